import type { ImportProblem } from '../../contract/students.ts';
import { shown } from './import-report.ts';

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
/** One of them, as the template spells it. */
export type ImportColumn = (typeof importColumns)[number];

const requiredColumns: readonly ImportColumn[] = ['legal_family_name', 'birth_date'];

/** What other programs call these columns. Accepted, and the report says which column was read as which. */
const otherNames: Readonly<Record<string, ImportColumn>> = {
  last_name: 'legal_family_name',
  lastname: 'legal_family_name',
  surname: 'legal_family_name',
  family_name: 'legal_family_name',
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

/** Names that may mean more than one thing: never accepted, only answered with a suggestion. */
const ambiguousNames: Readonly<Record<string, ImportColumn>> = {
  name: 'legal_family_name',
  full_name: 'legal_family_name',
  student: 'legal_family_name',
};

/** A header with more columns than this is not one of a table of students. */
const columnsMax = 100;

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

/** What the header says: `columns` in the order of the file; empty when there is any problem. */
export interface ImportHeader {
  readonly columns: readonly ImportColumn[];
  readonly problems: readonly ImportProblem[];
}

/** Finds out which column is which. Capitals, accents, spaces and hyphens in a header do not matter. */
export function readHeader(header: readonly string[]): ImportHeader {
  if (header.length > columnsMax) {
    const message = `The first row has ${header.length.toLocaleString('en-CA')} columns; at most ${columnsMax} can be read. Remove the columns that are not needed.`;
    return { columns: [], problems: [{ row: 1, field: '', code: 'too_many_columns', message, value: '' }] };
  }
  const problems: ImportProblem[] = [];
  const report = (field: string, code: string, message: string): void => {
    problems.push({ row: 1, field: shown(field), code, message, value: shown(field) });
  };
  const names = header.map(columnName);
  const columns: ImportColumn[] = [];
  const spelledAs = new Map<ImportColumn, string>();
  const meant = new Set<ImportColumn>();
  for (const [index, name] of names.entries()) {
    const known = knownColumn(name);
    const given = header[index] ?? '';
    if (known === undefined) {
      const expected = expectedColumn(name);
      if (expected !== undefined) meant.add(expected);
      const hint = expected === undefined ? `Known columns: ${importColumns.join(', ')}.` : `Call it "${expected}".`;
      const what =
        given.trim() === '' ? `Column ${index + 1} has no name.` : `The column "${shown(given)}" is not known.`;
      report(given, 'unknown_column', `${what} ${hint}`);
    } else if (spelledAs.has(known)) {
      const other = spelledAs.get(known) ?? known;
      const message =
        columnName(other) === name
          ? `The column "${shown(given)}" is there twice. Remove one of them.`
          : `Both "${shown(other)}" and "${shown(given)}" mean "${known}". Remove one of them.`;
      report(given, 'repeated_column', message);
    } else {
      columns.push(known);
      spelledAs.set(known, given);
    }
  }
  for (const column of requiredColumns) {
    if (columns.includes(column) || meant.has(column)) continue;
    report(column, 'missing_column', `The column "${column}" is missing.`);
  }
  return { columns: problems.length === 0 ? columns : [], problems };
}

function knownColumn(name: string): ImportColumn | undefined {
  return (
    importColumns.find((column) => column === name) ?? (Object.hasOwn(otherNames, name) ? otherNames[name] : undefined)
  );
}

function columnName(header: string): string {
  return header
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .trim()
    .toLowerCase()
    .replaceAll(/[\s.-]+/g, '_');
}

/** What an unknown column was probably meant to be: an ambiguous name, or at most two slips away. */
function expectedColumn(name: string): ImportColumn | undefined {
  if (Object.hasOwn(ambiguousNames, name)) return ambiguousNames[name];
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
