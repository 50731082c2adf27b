import type { ProblemDetail } from '../../contract/problem.ts';
import { type DateOrder, needsDateOrder, orderedDate } from '../../contract/student-dates.ts';
import {
  type CalendarDay,
  type ImportProblem,
  maskLicenceNumber,
  parseEmail,
  parseLicenceNumber,
  parseStudent,
  type StudentFields,
} from '../../contract/students.ts';
import type { ImportColumn } from './import-columns.ts';
import { shown } from './import-report.ts';

/** A row that can be imported, before anything was looked up. */
export interface ImportedStudent {
  readonly row: number;
  readonly fields: StudentFields;
  /** Normal form; looked up later. */
  readonly instructorEmail: string | null;
}

const addressColumns: readonly ImportColumn[] = ['street', 'city', 'province', 'postal_code'];
const dateColumns: readonly ImportColumn[] = [
  'birth_date',
  'licence_issued_on',
  'licence_expires_on',
  'licence_sighted_on',
];

/** What the rows of one file have in common. */
export interface RowRules {
  readonly columns: readonly ImportColumn[];
  readonly dateOrder: DateOrder;
  readonly today: CalendarDay;
}

type RowProblem = Omit<ImportProblem, 'row'>;

/** The student of one row, or everything that is wrong with it. */
export function readRow(
  cells: readonly string[],
  { columns, dateOrder, today }: RowRules,
): Omit<ImportedStudent, 'row'> | { readonly problems: readonly RowProblem[] } {
  const surplus = cells.slice(columns.length).some((cell) => cell.trim() !== '');
  if (surplus) {
    const message = `This row has ${cells.length} values for ${columns.length} columns. A value with a comma needs quotation marks.`;
    return { problems: [{ field: '', code: 'too_many_values', message, value: '' }] };
  }
  const values = new Map(columns.map((column, index) => [column, cells[index] ?? '']));
  const input: Record<string, unknown> = {};
  for (const [column, value] of values) {
    if (column === 'instructor_email' || addressColumns.includes(column)) continue;
    input[column] = dateColumns.includes(column) ? orderedDate(value, dateOrder) : value;
  }
  input['address'] = Object.fromEntries(addressColumns.map((column) => [column, values.get(column) ?? '']));

  const problems: RowProblem[] = [];
  const instructorText = values.get('instructor_email')?.trim() ?? '';
  const instructor = instructorText === '' ? undefined : parseEmail(instructorText);
  if (instructor !== undefined && !instructor.ok) {
    const { code, message } = instructor;
    problems.push({ field: 'instructor_email', code, message, value: shown(instructorText) });
  }
  const parsed = parseStudent(input, today);
  if (!parsed.ok) problems.push(...parsed.problems.map((problem) => rowProblem(problem, values, dateOrder)));
  if (!parsed.ok || problems.length > 0) return { problems };
  return { fields: parsed.value, instructorEmail: instructor?.ok === true ? instructor.value : null };
}

/** A value as it may be shown: a licence number only by its mask. */
export function shownCell(column: string, value: string): string {
  return column === 'licence_number' ? maskedValue(value) : shown(value);
}

function rowProblem(
  { pointer, code, message }: ProblemDetail,
  values: ReadonlyMap<string, string>,
  dateOrder: DateOrder,
): RowProblem {
  const field = pointer.split('/').at(-1) ?? '';
  const value = values.get(field) ?? '';
  if (code === 'date_format' && dateOrder === 'ymd' && needsDateOrder(value)) {
    const choose = 'Choose whether this file has the month or the day first, or write it as 2008-03-09.';
    return { field, code: 'date_order', message: choose, value: shown(value) };
  }
  return { field, code, message, value: shownCell(field, value) };
}

/** Nobody knows where the birth date is in a wrong number: nothing is shown beyond the first five characters. */
function maskedValue(value: string): string {
  const parsed = parseLicenceNumber(value);
  if (parsed.ok) return maskLicenceNumber(parsed.value);
  return value.trim().length > 5 ? `${value.trim().slice(0, 5)}…` : value.trim();
}
