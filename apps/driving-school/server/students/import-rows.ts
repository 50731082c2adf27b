import { leafInput } from '../../contract/fields.ts';
import { maskLicenceNumber, parseLicenceNumber } from '../../contract/licence-number.ts';
import { type CalendarDay, parseEmail } from '../../contract/parsers.ts';
import type { ProblemDetail } from '../../contract/problem.ts';
import { type DateOrder, needsDateOrder, orderedDate } from '../../contract/student-dates.ts';
import type { ImportProblem } from '../../contract/student-import.ts';
import { parseStudent, type StudentFields } from '../../contract/students.ts';
import type { ImportColumn } from './import-columns.ts';
import { shown } from './import-report.ts';

/** A valid row, before lookups in the database. */
export interface ImportedStudent {
  readonly row: number;
  readonly fields: StudentFields;
  /** In its normal form; resolved to an ID later. */
  readonly instructorEmail: string | null;
}

/** Settings for reading the rows of a file. */
export interface RowRules {
  readonly columns: readonly ImportColumn[];
  readonly dateOrder: DateOrder;
  readonly today: CalendarDay;
}

type RowProblem = Omit<ImportProblem, 'row'>;

const instructorColumn = 'instructor_email';

/** The student of one row, or all of its problems. */
export function readRow(
  cells: readonly string[],
  rules: RowRules,
): Omit<ImportedStudent, 'row'> | { readonly problems: readonly RowProblem[] } {
  const { columns, dateOrder, today } = rules;
  if (cells.slice(columns.length).some((cell) => cell.trim() !== '')) {
    const message = `This row has ${cells.length} values for ${columns.length} columns. A value with a comma needs quotation marks.`;
    return { problems: [{ field: '', code: 'too_many_values', message, value: '' }] };
  }
  const input: Record<string, unknown> = {};
  const groups: Record<string, Record<string, unknown>> = {};
  let instructorText = '';
  for (const [index, { name: column, leaf }] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (column === instructorColumn) instructorText = cell.trim();
    else {
      const value = leafInput(leaf.field, leaf.field.kind === 'day' ? orderedDate(cell, dateOrder) : cell);
      if (leaf.member === undefined) input[leaf.name] = value;
      else (groups[leaf.name] ??= {})[leaf.member] = value;
    }
  }

  const problems: RowProblem[] = [];
  const instructor = instructorText === '' ? undefined : parseEmail(instructorText);
  if (instructor !== undefined && !instructor.ok) {
    const { code, message } = instructor;
    problems.push({ field: instructorColumn, code, message, value: shown(instructorText) });
  }
  const parsed = parseStudent({ ...input, ...groups }, today);
  if (!parsed.ok) problems.push(...parsed.problems.map((problem) => rowProblem(problem, cells, rules)));
  if (!parsed.ok || problems.length > 0) return { problems };
  return { fields: parsed.value, instructorEmail: instructor?.ok === true ? instructor.value : null };
}

/** Truncates a value for a report, or masks it if it is a licence number. */
export function shownCell({ leaf: { field } }: ImportColumn, value: string): string {
  return field.kind === 'text' && field.mask !== undefined ? maskedValue(value) : shown(value);
}

function rowProblem(
  { pointer, code, message }: ProblemDetail,
  cells: readonly string[],
  { columns, dateOrder }: RowRules,
): RowProblem {
  const index = columns.findIndex(({ leaf }) => `/${leaf.path}` === pointer);
  const column = columns[index];
  // The file does not have this column.
  if (column === undefined) return { field: pointer.split('/').at(-1) ?? '', code, message, value: '' };
  const value = cells[index] ?? '';
  if (code === 'date_format' && dateOrder === 'ymd' && needsDateOrder(value)) {
    const choose = 'Choose whether this file has the month or the day first, or write it as 2008-03-09.';
    return { field: column.name, code: 'date_order', message: choose, value: shown(value) };
  }
  return { field: column.name, code, message, value: shownCell(column, value) };
}

/** The birth date may be anywhere in an invalid number, so only its first five characters are shown. */
function maskedValue(value: string): string {
  const parsed = parseLicenceNumber(value);
  if (parsed.ok) return maskLicenceNumber(parsed.value);
  return value.trim().length > 5 ? `${value.trim().slice(0, 5)}…` : value.trim();
}
