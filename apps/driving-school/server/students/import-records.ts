import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { EventLoopYielder } from '../platform/event-loop-yielder.ts';
import { textOf } from './import-text.ts';

/** Maximum length of a row, in characters: more than the longest note and all other fields need. */
const recordLengthMax = 20_000;
/** Characters parsed at once: about a millisecond of work. */
const parserPieceLength = 4_096;

/** A row of the table. `row` is its number in a spreadsheet: 1 is the header, and blank rows count. */
export interface ImportRecord {
  readonly row: number;
  readonly cells: readonly string[];
}

/** The file is not valid CSV, starting with `row`. */
export class CsvInvalidError extends Error {
  override readonly name = 'CsvInvalidError';
  readonly code = 'file_format';
  readonly row: number;

  constructor(row: number, message: string) {
    super(message);
    this.row = row;
  }
}

/** Properties of a file that are determined before it is parsed. */
export interface FileSurvey {
  readonly delimiter: string;
  /** Rows with content below the header. */
  readonly rows: number;
  /** Whether the file contains anything but blanks. */
  readonly hasContent: boolean;
}

/**
 * Counts the rows of a file, so that a file with too many is refused before it is parsed. Takes a few nanoseconds per
 * character and no memory.
 *
 * @throws FileUnreadableError; the signal's reason
 */
export async function surveyFile(
  file: Uint8Array,
  yielder: EventLoopYielder,
  signal?: AbortSignal,
): Promise<FileSurvey> {
  let splitter: RecordSplitter | undefined;
  let rows = 0;
  let hasContent = false;
  const count = ({ row, filled }: SplitRecord): void => {
    if (filled) hasContent = true;
    if (filled && row > 1) rows += 1;
  };
  for (const piece of textOf(file)) {
    splitter ??= new RecordSplitter(delimiterOf(piece), { keepText: false });
    splitter.split(piece, count);
    await yielder.yieldIfDue(signal);
  }
  splitter?.end(count);
  return { delimiter: splitter?.delimiter ?? ',', rows, hasContent };
}

/**
 * Reads a file record by record. Removes blank rows before parsing, because spreadsheets export tens of thousands of them.
 *
 * @param onRecord called with the header, blank or not, and every row with content, in order
 * @throws FileUnreadableError, CsvInvalidError; the signal's reason; errors of `onRecord`
 */
export async function readRecords(
  file: Uint8Array,
  delimiter: string,
  {
    yielder,
    signal,
    onRecord,
  }: { yielder: EventLoopYielder; signal?: AbortSignal | undefined; onRecord: (record: ImportRecord) => void },
): Promise<void> {
  const rows: number[] = [];
  let parsed = 0;
  const source = async function* (): AsyncGenerator<string, void> {
    const splitter = new RecordSplitter(delimiter, { keepText: true });
    let text = '';
    const ready: string[] = [];
    const take = ({ row, filled, text: record }: SplitRecord): void => {
      if (!filled && row > 1) return;
      rows.push(row);
      text += `${record}\n`;
      if (text.length < parserPieceLength) return;
      ready.push(text);
      text = '';
    };
    const pass = async function* (): AsyncGenerator<string, void> {
      for (const piece of ready.splice(0)) {
        yield piece;
        await yielder.yieldIfDue(signal);
      }
    };
    for (const piece of textOf(file)) {
      splitter.split(piece, take);
      yield* pass();
      await yielder.yieldIfDue(signal);
    }
    splitter.end(take);
    yield* pass();
    // Without the last added line feed, the parser detects an unclosed quotation mark.
    if (text !== '') yield text.slice(0, -1);
  };
  const parser = parse({
    delimiter,
    relax_column_count: true,
    skip_empty_lines: false,
    max_record_size: recordLengthMax,
    record_delimiter: ['\r\n', '\n', '\r'],
  });
  try {
    await pipeline(Readable.from(source(), { highWaterMark: 1 }), parser, async (records: AsyncIterable<string[]>) => {
      for await (const cells of records) {
        onRecord({ row: rows[parsed] ?? 1, cells });
        parsed += 1;
        await yielder.yieldIfDue(signal);
      }
    });
  } catch (error) {
    throw error instanceof CsvError ? csvInvalid(error, rows[error['records'] as number] ?? rows.at(-1) ?? 1) : error;
  }
}

/** A record. `text` is empty unless the splitter keeps it. */
interface SplitRecord {
  readonly row: number;
  readonly filled: boolean;
  readonly text: string;
}

/** Splits text into records at line ends outside of quotation marks, and detects blank records. */
class RecordSplitter {
  readonly delimiter: string;
  readonly #keepText: boolean;
  #row = 1;
  #inQuotes = false;
  #afterReturn = false;
  #filled = false;
  #length = 0;
  #text = '';

  constructor(delimiter: string, { keepText }: { readonly keepText: boolean }) {
    this.delimiter = delimiter;
    this.#keepText = keepText;
  }

  /** @throws CsvInvalidError when a record is too long */
  split(piece: string, found: (record: SplitRecord) => void): void {
    const delimiter = this.delimiter.charCodeAt(0);
    let start = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const code = piece.charCodeAt(at);
      if (code === 10 || code === 13) {
        const secondOfPair = code === 10 && this.#afterReturn && this.#length === 0 && !this.#inQuotes;
        this.#afterReturn = code === 13;
        if (this.#inQuotes) {
          this.#length += 1;
          continue;
        }
        if (!secondOfPair) this.#finish(piece.slice(start, at), found);
        start = at + 1;
        continue;
      }
      this.#length += 1;
      if (code === 34) this.#inQuotes = !this.#inQuotes;
      else if (code !== delimiter && code !== 32 && code !== 9) {
        this.#filled = true;
        if (this.#length > recordLengthMax) throw tooLong(this.#row);
      }
    }
    if (this.#keepText) {
      this.#text += piece.slice(start);
      if (this.#text.length > recordLengthMax) throw tooLong(this.#row);
    }
  }

  /** Ends the last record, which has no line end. */
  end(found: (record: SplitRecord) => void): void {
    if (this.#length > 0) this.#finish('', found);
  }

  #finish(rest: string, found: (record: SplitRecord) => void): void {
    found({ row: this.#row, filled: this.#filled, text: this.#keepText ? this.#text + rest : '' });
    this.#row += 1;
    this.#filled = false;
    this.#length = 0;
    this.#text = '';
  }
}

/** Detects the column separator. Excel writes semicolons where the decimal sign is a comma, as in French Canada. */
function delimiterOf(text: string): string {
  const header = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const count = (mark: string): number => header.split(mark).length - 1;
  const [mark = ','] = [',', ';', '\t'].toSorted((a, b) => count(b) - count(a));
  return mark;
}

function tooLong(row: number): CsvInvalidError {
  return new CsvInvalidError(
    row,
    `This row is longer than ${recordLengthMax.toLocaleString('en-CA')} characters. Check the quotation marks before it.`,
  );
}

/** Replaces the parser's message, which would repeat text from the file. */
function csvInvalid({ code }: CsvError, row: number): CsvInvalidError {
  if (code === 'CSV_MAX_RECORD_SIZE') return tooLong(row);
  return new CsvInvalidError(
    row,
    code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'A quotation mark is opened and never closed. Check the quotation marks from this row on.'
      : 'This row is not valid CSV. Inside a value, write a quotation mark twice: "".',
  );
}
