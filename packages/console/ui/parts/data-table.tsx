import type { ComponentChildren, JSX } from 'preact';
import { Table, type Column } from '@dualbrake/kit';
import { hrefOf } from '../live/router.ts';
import type { Status } from '../words/words.ts';
import { isTerm } from '../words/glossary.ts';
import { StateMark } from './status.tsx';
import { Term } from './term.tsx';
import { Time } from './time.tsx';

type Options<Row> = Omit<Column<Row>, 'key' | 'header' | 'cell'>;

interface Link {
  readonly path: readonly (string | number)[];
  readonly text: string;
  readonly note?: string;
}

function of<Row>(header: string, cell: (row: Row) => ComponentChildren, options: Options<Row> = {}): Column<Row> {
  return { key: header, header, cell, ...options };
}

/** Builders of columns by kind of content. The header is also the key. */
export function columnsOf<Row>() {
  return {
    of: of<Row>,
    /** The header links to the glossary if it is a term. */
    number: (header: string, text: (row: Row) => ComponentChildren) =>
      of<Row>(header, (row) => <span class="numbers">{text(row)}</span>, {
        align: 'end',
        ...(isTerm(header) && { head: <Term term={header} /> }),
      }),
    time: (
      header: string,
      instant: (row: Row) => string,
      form: 'relative' | 'both' = 'relative',
      options: Options<Row> = {},
    ) => of<Row>(header, (row) => <Time instant={instant(row)} form={form} />, options),
    status: (header: string, status: (row: Row) => Status) =>
      of<Row>(header, (row) => <StateMark status={status(row)} />),
    /** Names the row and links to its page. */
    link: (header: string, link: (row: Row) => Link) =>
      of<Row>(header, (row) => {
        const { path, text, note = '' } = link(row);
        return (
          <>
            <a class="row-link" href={hrefOf(path)} data-row>
              {text}
            </a>
            {note !== '' && <span class="row-note">{note}</span>}
          </>
        );
      }),
  };
}

/** A table whose columns are built for the type of its rows. */
export function DataTable<Row>({
  columns,
  empty,
  ...table
}: Omit<Parameters<typeof Table<Row>>[0], 'columns'> & {
  readonly columns: (col: ReturnType<typeof columnsOf<Row>>) => readonly Column<Row>[];
  /** Shown in place of a table without rows. */
  readonly empty?: JSX.Element;
}) {
  if (empty !== undefined && table.rows.length === 0) return empty;
  return <Table {...table} columns={columns(columnsOf<Row>())} />;
}
