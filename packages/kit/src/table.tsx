import type { ComponentChildren, HTMLAttributes, JSX } from 'preact';

/** A column of a `Table`. */
export interface Column<Row> {
  readonly key: string;
  readonly header: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** `end` for numbers. */
  readonly align?: 'end';
  /** Makes the column as narrow as its content. */
  readonly fit?: boolean;
  /** Whether the cell is empty in this row; empty cells are omitted from cards. */
  readonly isEmpty?: (row: Row) => boolean;
  /** Omits the column's name in cards, for values that need none, such as phone numbers. */
  readonly plain?: boolean;
  /** Omits the column in cards, for details that are not needed to pick a row. */
  readonly wideOnly?: boolean;
  /** Shown in place of the header's text, for a link or a control. */
  readonly head?: ComponentChildren;
  /** Class of all cells, for styles of one table. */
  readonly class?: string;
  /** Hides the header except from screen readers, for a column of buttons. */
  readonly headerHidden?: boolean;
}

/** Estimated widths of columns in rem. Their sum is the room that a table needs. */
const widths = { first: 9, number: 5, fit: 6, text: 6.5 } as const;

function widthOf<Row>(columns: readonly Column<Row>[]): number {
  return columns.reduce((sum, { align, fit }, index) => {
    const kind = index === 0 ? 'first' : align === 'end' ? 'number' : fit ? 'fit' : 'text';
    return sum + widths[kind];
  }, 0);
}

/** A table whose rows become cards in a narrow box. Shows only the header without rows: use an `EmptyState` then. */
export function Table<Row>({
  caption,
  columns,
  rows,
  rowKey,
  rowProps,
  hover = false,
  width = widthOf(columns),
}: {
  /** For screen readers; not shown. */
  readonly caption: string;
  /** The first column names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Attributes of the `<tr>`. */
  readonly rowProps?: (
    row: Row,
    index: number,
  ) => HTMLAttributes<HTMLTableRowElement> & Readonly<Record<`data-${string}`, string>>;
  /** Highlights the row under the pointer, for rows that lead somewhere. */
  readonly hover?: boolean;
  /** Room that the columns need, in rem. Default: estimated from the columns. */
  readonly width?: number;
}): JSX.Element {
  return (
    <div class="table-box" style={{ '--table-width': `${width}rem` }}>
      <table class={`table table-stacking${hover ? ' table-hover' : ''}`}>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" class={cellClass(column, false)}>
                {column.headerHidden ? (
                  <span class="visually-hidden">{column.header}</span>
                ) : (
                  (column.head ?? column.header)
                )}
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
    </div>
  );
}

function cellClass<Row>(column: Column<Row>, empty: boolean): string | undefined {
  const names = [
    column.class,
    column.align === 'end' && 'align-end',
    column.fit && 'fit',
    column.wideOnly && 'wide-only',
    empty && 'is-empty',
  ].filter(Boolean);
  return names.length === 0 ? undefined : names.join(' ');
}
