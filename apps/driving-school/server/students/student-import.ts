import { parse } from 'csv-parse/sync';
import type { ProblemDetail } from '../../contract/problem.ts';
import {
  type CalendarDay,
  type ImportDuplicate,
  type ImportProblem,
  type ImportReport,
  importBytesMax,
  importRowsMax,
  maskLicenceNumber,
  parseEmail,
  parseLicenceNumber,
  parseStudent,
  type StudentFields,
} from '../../contract/students.ts';
import type { Likeness, LikeStudent } from './student-repository.ts';
import { sortNameOf } from './student.ts';

/** The columns of the file, in the order of the template. The first two of `required` must be there. */
export const importColumns = [
  'legal_family_name',
  'legal_given_names',
  'preferred_name',
  'birth_date',
  'email',
  'phone',
  'phone_extension',
  'sms_capable',
  'street',
  'city',
  'province',
  'postal_code',
  'preferred_language',
  'licence_number',
  'licence_class',
  'licence_issued_on',
  'licence_expires_on',
  'licence_sighted_on',
  'licence_sighted_by',
  'instructor_email',
  'notes',
] as const;
type ImportColumn = (typeof importColumns)[number];

const requiredColumns: readonly ImportColumn[] = ['legal_family_name', 'birth_date'];
const addressColumns: readonly ImportColumn[] = ['street', 'city', 'province', 'postal_code'];

/** What other programs call these columns. Named in the report as what was probably meant, never taken silently. */
const otherNames: Readonly<Record<string, ImportColumn>> = {
  last_name: 'legal_family_name',
  lastname: 'legal_family_name',
  surname: 'legal_family_name',
  family_name: 'legal_family_name',
  name: 'legal_family_name',
  nom: 'legal_family_name',
  first_name: 'legal_given_names',
  firstname: 'legal_given_names',
  given_name: 'legal_given_names',
  given_names: 'legal_given_names',
  prenom: 'legal_given_names',
  nickname: 'preferred_name',
  dob: 'birth_date',
  date_of_birth: 'birth_date',
  birthdate: 'birth_date',
  birthday: 'birth_date',
  date_de_naissance: 'birth_date',
  mail: 'email',
  e_mail: 'email',
  courriel: 'email',
  phone_number: 'phone',
  telephone: 'phone',
  mobile: 'phone',
  cell: 'phone',
  extension: 'phone_extension',
  address: 'street',
  adresse: 'street',
  town: 'city',
  ville: 'city',
  postcode: 'postal_code',
  zip: 'postal_code',
  code_postal: 'postal_code',
  language: 'preferred_language',
  langue: 'preferred_language',
  licence: 'licence_number',
  license: 'licence_number',
  license_number: 'licence_number',
  licence_no: 'licence_number',
  class: 'licence_class',
  license_class: 'licence_class',
  issued: 'licence_issued_on',
  expiry: 'licence_expires_on',
  expires: 'licence_expires_on',
  instructor: 'instructor_email',
  note: 'notes',
  comments: 'notes',
};

/** No report is longer, in problems: who has this many begins with the first. */
const problemsMax = 500;
/** The longest piece of a value that a report repeats. */
const shownValueLengthMax = 60;

/** An empty file with the right header and one example row, which is fictional. Begins with a mark for spreadsheets. */
export function importTemplate(): string {
  const example: Partial<Record<ImportColumn, string>> = {
    legal_family_name: 'Tremblay',
    legal_given_names: 'Zoé',
    birth_date: '2008-03-09',
    email: 'zoe.tremblay@example.com',
    phone: '416-555-0123',
    sms_capable: 'yes',
    street: '1 Example Street',
    city: 'Toronto',
    province: 'ON',
    postal_code: 'M0M 0M0',
    preferred_language: 'fr',
    licence_class: 'G1',
    licence_issued_on: '2024-04-02',
    licence_expires_on: '2029-04-02',
  };
  const cells = importColumns.map((column) => example[column] ?? '');
  return `\uFEFF${importColumns.join(',')}\r\n${cells.join(',')}\r\n`;
}

/** A file that has been read, row by row, before anything was looked up. */
export interface ImportFile {
  /** Rows with content, without the header. */
  readonly rows: number;
  readonly students: readonly ImportedStudent[];
  readonly problems: readonly ImportProblem[];
}

interface ImportedStudent {
  readonly row: number;
  readonly fields: StudentFields;
  /** Normal form; looked up later. */
  readonly instructorEmail: string | null;
}

/** What an import would do. */
export interface ImportPlan {
  readonly rows: number;
  /** True when every row is good and new. */
  readonly applicable: boolean;
  /** Students to be added, in the order of the file. */
  readonly students: readonly StudentFields[];
  readonly problems: readonly ImportProblem[];
  readonly duplicates: readonly ImportDuplicate[];
}

/**
 * Reads a CSV file: UTF-8 with or without a mark, comma, semicolon or tab, any line ends, line feeds in quotation marks.
 * Never throws for what is in the file: whatever is wrong is a problem with its row. Row 1 is the header.
 */
export function readImportFile(file: Uint8Array, today: CalendarDay): ImportFile {
  if (file.length > importBytesMax) {
    return nothing('file_too_large', `The file is larger than ${importBytesMax / 1024 / 1024} MB. Split it in two.`);
  }
  const text = decoded(file);
  if (text === undefined) {
    return nothing('file_encoding', 'The file is not in UTF-8. Save it again as "CSV UTF-8 (comma delimited)".');
  }
  if (text.trim() === '') return nothing('file_empty', 'The file is empty. The template shows what it should hold.');

  const table = records(text);
  if ('message' in table) return nothing('file_format', table.message, table.row);
  const [header = [], ...body] = table.records;
  const { columns, problems } = readHeader(header);
  // Rows without content keep their number, so that the report counts as the spreadsheet does.
  const filled = body
    .map((cells, index) => ({ row: index + 2, cells }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  if (filled.length > importRowsMax) {
    return nothing(
      'too_many_rows',
      `The file has ${filled.length.toLocaleString('en-CA')} rows; at most ${importRowsMax.toLocaleString('en-CA')} can be imported at once. Split it.`,
    );
  }
  if (problems.length > 0) return { rows: filled.length, students: [], problems };
  if (filled.length === 0) return nothing('file_empty', 'The file has a header and no rows.');

  const students: ImportedStudent[] = [];
  const rowProblems: ImportProblem[] = [];
  for (const { row, cells } of filled) {
    const read = readRow(cells, columns, today);
    if ('problems' in read) rowProblems.push(...read.problems.map((problem) => ({ row, ...problem })));
    else students.push({ row, ...read });
  }
  return { rows: filled.length, students, problems: rowProblems };
}

function nothing(code: string, message: string, row = 1): ImportFile {
  return { rows: 0, students: [], problems: [{ row, field: '', code, message, value: '' }] };
}

/** What the school has that an import must be compared with. */
export interface ImportSurroundings {
  /** E-mail address in small letters to id. */
  readonly instructors: ReadonlyMap<string, string>;
  /** Who has seen a card, where the file does not say. */
  readonly witness: string;
  /** The spelling in which `findAlike` gives licence numbers. */
  readonly digest: (licenceNumber: string) => string;
  readonly findAlike: (wanted: readonly Likeness[]) => Promise<readonly LikeStudent[]>;
}

/** Compares what was read with itself and with the school. Changes nothing. */
export async function planImport(file: ImportFile, surroundings: ImportSurroundings): Promise<ImportPlan> {
  const problems = [...file.problems];
  const students: ImportedStudent[] = [];
  for (const student of file.students) {
    const { row, fields, instructorEmail } = student;
    const instructorId = instructorEmail === null ? null : surroundings.instructors.get(instructorEmail.toLowerCase());
    if (instructorId === undefined) {
      problems.push({
        row,
        field: 'instructor_email',
        code: 'unknown_instructor',
        message: 'No instructor of this school has this e-mail address. Invite the person first, or leave it empty.',
        value: shown(instructorEmail ?? ''),
      });
      continue;
    }
    const sightedBy = fields.licence_sighted_on === null ? null : (fields.licence_sighted_by ?? surroundings.witness);
    students.push({ ...student, fields: { ...fields, instructor_id: instructorId, licence_sighted_by: sightedBy } });
  }
  const duplicates = await findDuplicates(students, surroundings);
  problems.sort((a, b) => a.row - b.row);
  return {
    rows: file.rows,
    applicable: problems.length === 0 && duplicates.length === 0 && students.length > 0,
    students: students.map(({ fields }) => fields),
    problems,
    duplicates,
  };
}

/** What is told of a plan. */
export function reportOf(
  plan: ImportPlan,
  { dryRun, applied }: { readonly dryRun: boolean; readonly applied: number },
): ImportReport {
  const { rows, problems, duplicates, students } = plan;
  const duplicateRows = new Set(duplicates.map(({ row }) => row));
  return {
    dry_run: dryRun,
    rows,
    accepted: students.length - duplicateRows.size,
    applied,
    problems: problems.slice(0, problemsMax),
    duplicates: duplicates.slice(0, problemsMax),
    truncated: problems.length > problemsMax || duplicates.length > problemsMax,
  };
}

async function findDuplicates(
  students: readonly ImportedStudent[],
  { digest, findAlike }: ImportSurroundings,
): Promise<ImportDuplicate[]> {
  const wanted = students.map(({ fields }) => ({
    licenceNumber: fields.licence_number,
    sortName: sortNameOf(fields),
    birthDate: fields.birth_date,
  }));
  const known = wanted.length === 0 ? [] : await findAlike(wanted);
  const knownByLicence = new Map(
    known.flatMap((like) => (like.licenceDigest === null ? [] : [[like.licenceDigest, like]])),
  );
  const knownByPerson = new Map(known.map((like) => [personKey(like), like]));
  const rowByLicence = new Map<string, number>();
  const rowByPerson = new Map<string, number>();
  const duplicates: ImportDuplicate[] = [];
  for (const [index, { row }] of students.entries()) {
    const person = wanted[index];
    if (person === undefined) continue;
    const licence = person.licenceNumber === null ? undefined : digest(person.licenceNumber);
    const key = personKey(person);
    const report = (by: ImportDuplicate['by'], otherRow: number | undefined, studentId: string | undefined): void => {
      const what = by === 'licence_number' ? 'licence number' : 'name and birth date';
      const where = otherRow === undefined ? 'A student of the school' : `Row ${otherRow}`;
      duplicates.push({
        row,
        by,
        other_row: otherRow ?? null,
        student_id: studentId ?? null,
        message: `${where} has the same ${what}. Remove this row, or correct it.`,
      });
    };
    const sameLicenceRow = licence === undefined ? undefined : rowByLicence.get(licence);
    const sameLicence = licence === undefined ? undefined : knownByLicence.get(licence);
    // One finding per row: who has the same licence number mostly has the same name too.
    if (sameLicenceRow !== undefined || sameLicence !== undefined) {
      report('licence_number', sameLicenceRow, sameLicence?.id);
    } else if (rowByPerson.has(key) || knownByPerson.has(key)) {
      report('name_and_birth_date', rowByPerson.get(key), knownByPerson.get(key)?.id);
    }
    if (licence !== undefined && !rowByLicence.has(licence)) rowByLicence.set(licence, row);
    if (!rowByPerson.has(key)) rowByPerson.set(key, row);
  }
  return duplicates;
}

function personKey({ sortName, birthDate }: { readonly sortName: string; readonly birthDate: CalendarDay }): string {
  return `${birthDate} ${sortName}`;
}

/** The text of the file, or nothing when it is not UTF-8. A mark at its beginning is taken away. */
function decoded(file: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(file);
    return text.includes('\u0000') ? undefined : text;
  } catch {
    return undefined;
  }
}

function records(text: string): { readonly records: string[][] } | { readonly message: string; readonly row: number } {
  try {
    return {
      records: parse(text, {
        delimiter: delimiterOf(text),
        relax_column_count: true,
        skip_empty_lines: false,
        max_record_size: 20_000,
        record_delimiter: ['\r\n', '\n', '\r'],
      }),
    };
  } catch (error) {
    // csv-parse says where it stopped; its own sentence repeats the text of the file, so we say it in ours.
    const { code = '', records: count = 0 } = error as { readonly code?: string; readonly records?: number };
    const message =
      code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'A quotation mark is opened and never closed. Check the quotation marks from this row on.'
        : code === 'CSV_MAX_RECORD_SIZE'
          ? 'This row is longer than any row can be. Check the quotation marks before it.'
          : 'This row is not valid CSV. A quotation mark inside of a value is written twice: "".';
    return { message, row: count + 1 };
  }
}

/** The mark that parts the header. Excel writes semicolons where the comma is the decimal sign, as in French Canada. */
function delimiterOf(text: string): string {
  const header = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const count = (mark: string): number => header.split(mark).length - 1;
  const [mark = ','] = [',', ';', '\t'].toSorted((a, b) => count(b) - count(a));
  return mark;
}

/** Which column stands where. Capitals, spaces and hyphens in a header do not matter. */
function readHeader(header: readonly string[]): {
  readonly columns: readonly ImportColumn[];
  readonly problems: readonly ImportProblem[];
} {
  const problems: ImportProblem[] = [];
  const report = (field: string, code: string, message: string): void => {
    problems.push({ row: 1, field: shown(field), code, message, value: shown(field) });
  };
  const names = header.map(columnName);
  const columns: ImportColumn[] = [];
  const meant = new Set<ImportColumn>();
  for (const [index, name] of names.entries()) {
    const known = importColumns.find((column) => column === name);
    const given = header[index] ?? '';
    if (known === undefined) {
      const expected = expectedColumn(name);
      if (expected !== undefined) meant.add(expected);
      const hint = expected === undefined ? `Known columns: ${importColumns.join(', ')}.` : `Call it "${expected}".`;
      const what =
        given.trim() === '' ? `Column ${index + 1} has no name.` : `The column "${shown(given)}" is not known.`;
      report(given, 'unknown_column', `${what} ${hint}`);
    } else if (columns.includes(known)) {
      report(given, 'repeated_column', `The column "${known}" is there twice. Remove one of them.`);
    } else {
      columns.push(known);
    }
  }
  for (const column of requiredColumns) {
    if (columns.includes(column) || meant.has(column)) continue;
    report(column, 'missing_column', `The column "${column}" is missing.`);
  }
  return { columns, problems };
}

function columnName(header: string): string {
  return header
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .trim()
    .toLowerCase()
    .replaceAll(/[\s.-]+/g, '_');
}

/** What an unknown column was probably meant to be: another program's name for it, or at most two slips away. */
function expectedColumn(name: string): ImportColumn | undefined {
  if (Object.hasOwn(otherNames, name)) return otherNames[name];
  const near = importColumns
    .map((column) => ({ column, slips: slipsBetween(name.slice(0, 40), column) }))
    .toSorted((a, b) => a.slips - b.slips)[0];
  return near !== undefined && near.slips <= 2 ? near.column : undefined;
}

/** How many letters must be put in, left out or changed to get from one word to the other (Levenshtein). */
function slipsBetween(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const changed = (previous[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, changed));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

type RowProblem = Omit<ImportProblem, 'row'>;

function readRow(
  cells: readonly string[],
  columns: readonly ImportColumn[],
  today: CalendarDay,
): Omit<ImportedStudent, 'row'> | { readonly problems: readonly RowProblem[] } {
  const surplus = cells.slice(columns.length).filter((cell) => cell.trim() !== '');
  if (surplus.length > 0) {
    const message = `This row has ${cells.length} values for ${columns.length} columns. A value with a comma needs quotation marks.`;
    return { problems: [{ field: '', code: 'too_many_values', message, value: '' }] };
  }
  const values = new Map(columns.map((column, index) => [column, cells[index] ?? '']));
  const input: Record<string, unknown> = {};
  for (const [column, value] of values) {
    if (column !== 'instructor_email' && !addressColumns.includes(column)) input[column] = value;
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
  if (!parsed.ok) problems.push(...parsed.problems.map((problem) => rowProblem(problem, values)));
  if (!parsed.ok || problems.length > 0) return { problems };
  return { fields: parsed.value, instructorEmail: instructor?.ok === true ? instructor.value : null };
}

function rowProblem({ pointer, code, message }: ProblemDetail, values: ReadonlyMap<string, string>): RowProblem {
  const field = pointer.split('/').at(-1) ?? '';
  const value = values.get(field) ?? '';
  return { field, code, message, value: field === 'licence_number' ? maskedValue(value) : shown(value) };
}

/** Of a number that is wrong we do not know where the birth date is: beyond the first five characters nothing is shown. */
function maskedValue(value: string): string {
  const parsed = parseLicenceNumber(value);
  if (parsed.ok) return maskLicenceNumber(parsed.value);
  return value.trim().length > 5 ? `${value.trim().slice(0, 5)}…` : value.trim();
}

function shown(value: string): string {
  const characters = Array.from(value);
  return characters.length > shownValueLengthMax ? `${characters.slice(0, shownValueLengthMax).join('')}…` : value;
}
