/** Columns of the database from a table of fields. Masked fields are left to the slice, which stores them encrypted. */
import { type FieldTable, leavesOf, type ValueOf } from '../../../contract/fields.ts';
import { type AliasedRawBuilder, type RawBuilder, sql } from 'kysely';

type Group = { readonly kind: 'group'; readonly fields: object };
type Masked = { readonly mask: unknown };

/** Paths of the members of groups: `address/street`. */
type MemberPath<T> = {
  [N in keyof T & string]: T[N] extends { readonly kind: 'group'; readonly fields: infer Members }
    ? `${N}/${keyof Members & string}`
    : never;
}[keyof T & string];

type MemberValue<T, P> = P extends `${infer N}/${infer M}`
  ? N extends keyof T
    ? T[N] extends { readonly fields: infer Members }
      ? M extends keyof Members
        ? ValueOf<Members[M]>
        : never
      : never
    : never
  : never;

type MemberColumn<T, P> = P extends `${infer N}/${infer M}`
  ? N extends keyof T
    ? T[N] extends { readonly fields: infer Members }
      ? M extends keyof Members
        ? Members[M] extends { readonly column: infer C extends string }
          ? C
          : `${N}_${M}`
        : never
      : never
    : never
  : never;

/** The columns of a field table and the types of their values. Omits masked fields, which the slice stores encrypted. */
export type ColumnsOf<T> = {
  [N in keyof T as T[N] extends Group | Masked ? never : N]: ValueOf<T[N]>;
} & { [P in MemberPath<T> as MemberColumn<T, P>]: MemberValue<T, P> | null };

/** The names of columns with a calendar day. */
export type DayColumnOf<T> = { [N in keyof T]: T[N] extends { readonly kind: 'day' } ? N : never }[keyof T] & string;

/** Converts a record to columns. All columns of a group are null when the group is null. */
export function columnsOf<T extends FieldTable>(table: T, record: Readonly<Record<string, unknown>>): ColumnsOf<T> {
  const entries = storedLeaves(table).map(({ name, member, column }) => {
    const value = record[name] as Readonly<Record<string, unknown>> | string | number | boolean | null;
    return [column, member === undefined || value === null ? value : (value as Record<string, unknown>)[member]];
  });
  return Object.fromEntries(entries) as ColumnsOf<T>;
}

/** Converts a row to a record. A group is null when all its columns are. Masked fields are read from `<name>_masked`. */
export function recordOf(table: FieldTable, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(table)) {
    if (field.kind === 'group') {
      const members = leavesOf({ [name]: field }).map(
        ({ member = '', column }) => [member, row[column] ?? null] as const,
      );
      record[name] = members.every(([, value]) => value === null) ? null : Object.fromEntries(members);
    } else if (field.kind === 'text' && field.mask !== undefined) record[`${name}_masked`] = row[`${name}_masked`];
    else record[name] = row[field.column ?? name];
  }
  return record;
}

/** Selects a calendar day as text, `YYYY-MM-DD`. @param column such as `students.birth_date` */
export function dayColumn(column: string): RawBuilder<string> {
  return sql<string>`to_char(${sql.ref(column)}, 'YYYY-MM-DD')`;
}

/** Selects all columns with a calendar day under their own names. @param of name of the SQL table */
export function dayColumns<T extends FieldTable>(table: T, of: string): AliasedRawBuilder<string, DayColumnOf<T>>[] {
  const days = leavesOf(table).filter(({ field }) => field.kind === 'day');
  return days.map(({ column }) => dayColumn(`${of}.${column}`).as(column as DayColumnOf<T>));
}

function storedLeaves(table: FieldTable) {
  return leavesOf(table).filter(({ field }) => !(field.kind === 'text' && field.mask !== undefined));
}
