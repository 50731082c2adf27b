import type { ComponentChildren, HTMLAttributes, JSX } from 'preact';

export interface Column<Row> {
  readonly key: string;
  readonly header: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand to the right. */
  readonly align?: 'end';
  /** As narrow as its content. */
  readonly fit?: boolean;
  /** True when this row has nothing here: on a phone the line is left out. */
  readonly isEmpty?: (row: Row) => boolean;
  /** On a phone the value stands alone: it says itself what it is, as a phone number does. */
  readonly plain?: boolean;
  /** Left out on a phone: nice to know, not needed to choose a row. */
  readonly wideOnly?: boolean;
  /** Left out of the header for the eye (a column of buttons); screen readers still hear it. */
  readonly headerHidden?: boolean;
}

/** Rough widths of columns in rem; together they say how much room a table needs. */
const widths = { first: 9, number: 5, fit: 6, text: 6.5 } as const;

/**
 * Goes around a table, and lets its rows become cards where there is less room than its columns need.
 *
 * @param width what the columns need, in rem: it grows with the text
 */
export function TableBox({
  width,
  children,
}: {
  readonly width: number;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="table-box" style={{ '--table-width': `${width}rem` }}>
      {children}
    </div>
  );
}

function widthOf<Row>(columns: readonly Column<Row>[]): number {
  return columns.reduce((sum, { align, fit }, place) => {
    const kind = place === 0 ? 'first' : align === 'end' ? 'number' : fit ? 'fit' : 'text';
    return sum + widths[kind];
  }, 0);
}

/** Rows and columns; without room for them every row is a small card whose first cell is the title. */
export function Table<Row>({
  caption,
  columns,
  rows,
  rowKey,
  rowProps,
  hover = false,
  width = widthOf(columns),
}: {
  /** Said by screen readers, not shown. */
  readonly caption: string;
  /** The first column names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly rowProps?: (row: Row, index: number) => HTMLAttributes<HTMLTableRowElement>;
  readonly hover?: boolean;
  /** Room that the columns need, in rem. Default: by number and kind of the columns. */
  readonly width?: number;
}): JSX.Element {
  return (
    <TableBox width={width}>
      <table class={`table table-stacking${hover ? ' table-hover' : ''}`}>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" class={cellClass(column, false)}>
                {column.headerHidden ? <span class="visually-hidden">{column.header}</span> : column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={rowKey(row)} {...rowProps?.(row, index)}>
              {columns.map((column, position) =>
                position === 0 ? (
                  <th key={column.key} scope="row" class={cellClass(column, false)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td
                    key={column.key}
                    class={cellClass(column, column.isEmpty?.(row) ?? false)}
                    data-label={column.headerHidden || column.plain ? undefined : column.header}
                  >
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function cellClass<Row>(column: Column<Row>, empty: boolean): string | undefined {
  const names = [
    column.align === 'end' && 'align-end',
    column.fit && 'fit',
    column.wideOnly && 'wide-only',
    empty && 'is-empty',
  ].filter(Boolean);
  return names.length === 0 ? undefined : names.join(' ');
}
