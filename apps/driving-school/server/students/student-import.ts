import type { DateOrder } from '../../contract/student-dates.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import {
  type ImportPreview,
  type ImportProblem,
  importBytesMax,
  importRowsMax,
} from '../../contract/student-import.ts';
import { EventLoopYielder } from '../platform/event-loop-yielder.ts';
import { type ImportHeader, readHeader } from './import-columns.ts';
import { CsvInvalidError, type ImportRecord, readRecords, surveyFile } from './import-records.ts';
import { ProblemList, shown } from './import-report.ts';
import { type ImportedStudent, readRow, shownCell } from './import-rows.ts';
import { FileUnreadableError } from './import-text.ts';

/** The contents of a file, before lookups in the database. */
export interface ImportFile {
  /** Rows with content, without the header. */
  readonly rows: number;
  readonly students: readonly ImportedStudent[];
  readonly problems: ProblemList;
  readonly preview: ImportPreview;
}

/** Options for reading a file. */
export interface ReadingOptions {
  /** The school's calendar day. */
  readonly today: CalendarDay;
  /** Default `ymd`. */
  readonly dateOrder?: DateOrder;
  /** Default: yields to other work every 8 ms. */
  readonly yielder?: EventLoopYielder;
  readonly signal?: AbortSignal | undefined;
}

/** Rows in a preview: enough to check how names and dates were read. */
const previewRows = 5;

const emptyPreview: ImportPreview = { columns: [], rows: [] };

/**
 * Reads a CSV file: UTF-8 or UTF-16; comma, semicolon or tab; any line ends; line feeds in quotation marks. Counts the
 * rows first and parses them one by one, so that no file blocks the event loop.
 * Reports every error in the file as a problem with its row. Row 1 is the header.
 *
 * @throws only the signal's reason
 */
export async function readImportFile(
  file: Uint8Array,
  { today, dateOrder = 'ymd', yielder = new EventLoopYielder(), signal }: ReadingOptions,
): Promise<ImportFile> {
  if (file.length > importBytesMax) {
    return refused('file_too_large', `The file is larger than ${importBytesMax / 1024 / 1024} MB. Split it in two.`);
  }
  try {
    const { delimiter, rows, hasContent } = await surveyFile(file, yielder, signal);
    if (!hasContent)
      return refused('file_empty', 'The file is empty. Download the template to see the required columns.');
    if (rows > importRowsMax) return tooManyRows(rows);
    const reader = new TableReader({ today, dateOrder });
    await readRecords(file, delimiter, { yielder, signal, onRecord: (record) => reader.read(record) });
    return reader.result();
  } catch (error) {
    if (error instanceof FileUnreadableError) return refused(error.code, error.message);
    if (error instanceof CsvInvalidError) return refused(error.code, error.message, { problemRow: error.row });
    throw error;
  }
}

/** Reads records one by one: the header first, then the rows. */
class TableReader {
  readonly #today: CalendarDay;
  readonly #dateOrder: DateOrder;
  readonly #students: ImportedStudent[] = [];
  readonly #problems = new ProblemList();
  readonly #shownRows: ImportPreview['rows'][number][] = [];
  #header: ImportHeader | undefined;
  #headerCells: readonly string[] = [];
  #rows = 0;

  constructor({ today, dateOrder }: { readonly today: CalendarDay; readonly dateOrder: DateOrder }) {
    this.#today = today;
    this.#dateOrder = dateOrder;
  }

  read({ row, cells }: ImportRecord): void {
    if (this.#header === undefined) {
      this.#header = readHeader(cells);
      this.#headerCells = cells;
      for (const problem of this.#header.problems) this.#problems.add(problem);
      return;
    }
    if (cells.every((cell) => cell.trim() === '')) return;
    this.#rows += 1;
    const { columns } = this.#header;
    // Without a valid header, rows can't be read.
    if (columns.length === 0) return;
    if (this.#shownRows.length < previewRows) {
      this.#shownRows.push({ row, values: columns.map((column, index) => shownCell(column, cells[index] ?? '')) });
    }
    const read = readRow(cells, { columns, dateOrder: this.#dateOrder, today: this.#today });
    if ('problems' in read) for (const problem of read.problems) this.#problems.add({ row, ...problem });
    else this.#students.push({ row, ...read });
  }

  result(): ImportFile {
    const { columns = [] } = this.#header ?? {};
    if (this.#rows === 0 && this.#problems.count === 0) {
      return refused('no_rows', 'The file has a header but no rows below it.');
    }
    const preview = {
      columns: columns.map((column, index) => ({ header: shown(this.#headerCells[index] ?? ''), column: column.name })),
      rows: this.#shownRows,
    };
    return { rows: this.#rows, students: this.#students, problems: this.#problems, preview };
  }
}

function tooManyRows(rows: number): ImportFile {
  const [count, limit] = [rows.toLocaleString('en-CA'), importRowsMax.toLocaleString('en-CA')];
  const message = `The file has ${count} rows; at most ${limit} can be imported at once. Split it.`;
  return refused('too_many_rows', message, { rows });
}

function refused(
  code: ImportProblem['code'],
  message: string,
  { rows = 0, problemRow = 1 }: { readonly rows?: number; readonly problemRow?: number } = {},
): ImportFile {
  const problems = new ProblemList();
  problems.add({ row: problemRow, field: '', code, message, value: '' });
  return { rows, students: [], problems, preview: emptyPreview };
}
