import { type ImportOptions, isAlwaysSet, type Leaf, leavesOf } from '../../contract/fields.ts';
import { studentFields } from '../../contract/student-fields.ts';
import type { ImportProblem } from '../../contract/student-import.ts';
import { shown } from './import-report.ts';

/** A column of the file and its field. */
export interface ImportColumn {
  readonly name: string;
  readonly leaf: Leaf;
}

/** The columns of the file, in the order of the template. */
export const importColumns: readonly ImportColumn[] = leavesOf(studentFields).flatMap((leaf) => {
  const { import: options } = leaf.field;
  return options === false ? [] : [{ name: options?.column ?? leaf.column, leaf }];
});

const requiredColumns = importColumns.filter(({ leaf: { field, member } }) => {
  return member === undefined && !isAlwaysSet(field) && 'required' in field && field.required !== undefined;
});

const columnsByName = new Map(
  importColumns.flatMap((column) => [
    ...optionsOf(column).aliases.map((alias) => [alias, column] as const),
    [column.name, column] as const,
  ]),
);

const ambiguousNames = new Map(
  importColumns.flatMap((column) => optionsOf(column).ambiguous.map((name) => [name, column] as const)),
);

/** Maximum number of columns. */
const columnsMax = 100;

/** Creates a file with a header and a fictional example row. The byte order mark is for spreadsheets. */
export function importTemplate(): string {
  const cells = importColumns.map((column) => optionsOf(column).example);
  return `\uFEFF${importColumns.map(({ name }) => name).join(',')}\r\n${cells.join(',')}\r\n`;
}

/** The columns in the order of the file; empty when there is a problem. */
export interface ImportHeader {
  readonly columns: readonly ImportColumn[];
  readonly problems: readonly ImportProblem[];
}

/** Matches headers to columns, ignoring case, accents, spaces and hyphens. */
export function readHeader(header: readonly string[]): ImportHeader {
  if (header.length > columnsMax) {
    const message = `The first row has ${header.length.toLocaleString('en-CA')} columns; at most ${columnsMax} can be read. Remove the columns that you don’t need.`;
    return { columns: [], problems: [{ row: 1, field: '', code: 'too_many_columns', message, value: '' }] };
  }
  const problems: ImportProblem[] = [];
  const report = (field: string, code: string, message: string): void => {
    problems.push({ row: 1, field: shown(field), code, message, value: shown(field) });
  };
  const names = header.map(columnName);
  const columns: ImportColumn[] = [];
  const spelledAs = new Map<ImportColumn, string>();
  const suggested = new Set<ImportColumn>();
  for (const [index, name] of names.entries()) {
    const known = columnsByName.get(name);
    const given = header[index] ?? '';
    if (known === undefined) {
      const expected = expectedColumn(name);
      if (expected !== undefined) suggested.add(expected);
      const hint =
        expected === undefined
          ? `Known columns: ${importColumns.map((column) => column.name).join(', ')}.`
          : `Rename it to "${expected.name}".`;
      const problem =
        given.trim() === '' ? `Column ${index + 1} has no name.` : `The column "${shown(given)}" is unknown.`;
      report(given, 'unknown_column', `${problem} ${hint}`);
    } else if (spelledAs.has(known)) {
      const other = spelledAs.get(known) ?? known.name;
      const message =
        columnName(other) === name
          ? `The column "${shown(given)}" appears twice. Remove one of them.`
          : `Both "${shown(other)}" and "${shown(given)}" mean "${known.name}". Remove one of them.`;
      report(given, 'repeated_column', message);
    } else {
      columns.push(known);
      spelledAs.set(known, given);
    }
  }
  for (const column of requiredColumns) {
    if (columns.includes(column) || suggested.has(column)) continue;
    report(column.name, 'missing_column', `The column "${column.name}" is missing.`);
  }
  return { columns: problems.length === 0 ? columns : [], problems };
}

/** The import options of a column, with their defaults. */
function optionsOf({ leaf: { field } }: ImportColumn): Required<Omit<ImportOptions, 'column'>> {
  const { aliases = [], ambiguous = [], example = '' } = field.import === false ? {} : (field.import ?? {});
  return { aliases, ambiguous, example };
}

function columnName(header: string): string {
  return header
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .trim()
    .toLowerCase()
    .replaceAll(/[\s.-]+/g, '_');
}

/** The column that an unknown header probably means: one with that ambiguous name, or at most two typos away. */
function expectedColumn(header: string): ImportColumn | undefined {
  const ambiguous = ambiguousNames.get(header);
  if (ambiguous !== undefined) return ambiguous;
  const near = importColumns
    .map((column) => ({ column, edits: editDistance(header.slice(0, 40), column.name) }))
    .toSorted((a, b) => a.edits - b.edits)[0];
  return near !== undefined && near.edits <= 2 ? near.column : undefined;
}

/** The Levenshtein distance. */
function editDistance(from: string, to: string): number {
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
