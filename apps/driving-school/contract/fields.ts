import type { Parsed } from './parsers.ts';
import { parseCalendarDay } from './parsers.ts';
import type { ProblemDetail } from './problem.ts';
import type { Role } from './session.ts';

/**
 * A slice lists the fields of its records once, in a table like `student-fields.ts`. Everything else follows from it:
 * API schemas (`field-schemas.ts`), parsing (below), columns in the database, CSV import, search, form and page.
 * Free of zod, so that pages can use the labels without loading it.
 */
export type FieldTable = Readonly<Record<string, Field>>;

export type Field = LeafField | GroupField;
/** A field with one value. */
export type LeafField = TextField | DayField | ChoiceField;

interface FieldBase {
  /** On the form, in messages and in comparisons. */
  readonly label: string;
  /** Below the input. */
  readonly hint?: string;
  /** What the API documentation says: of answers, and of requests where that differs. */
  readonly api?: { readonly description?: string; readonly requestDescription?: string; readonly example?: string };
  /** The part of form and page that it belongs to. */
  readonly section?: string;
  /** The label on the record's page. Default: `label`. False: shown as part of another fact, or not at all. */
  readonly fact?: string | false;
  /** How it is typed. False: not on the form. */
  readonly input?: InputOptions | false;
  /** Whether it is part of a list's rows. */
  readonly list?: true;
  /** Roles that see it. Default: everyone who can see the record. Others are answered with null. */
  readonly visibleTo?: readonly Role[];
}

/** How a field looks on the form. */
export interface InputOptions {
  readonly type?: 'tel' | 'email' | 'textarea';
  readonly capitals?: 'words' | 'characters' | 'off';
  readonly lengthMax?: number;
  /** Full width, or half of a column, next to the field after or before it. */
  readonly width?: 'wide' | 'half';
}

/** Where a leaf is stored and imported. */
interface Stored {
  /** In the database and in import files. Default: the field's name; for a member of a group `<group>_<member>`. */
  readonly column?: string;
  /** False: not imported. */
  readonly import?: ImportOptions | false;
}

/** A column of the import file. */
export interface ImportOptions {
  /** Its name in the file, if other than the column in the database. */
  readonly column?: string;
  /** Other headers that mean this column: lower case, without accents, words joined by `_`. */
  readonly aliases?: readonly string[];
  /** Headers that may mean this column: never accepted, only answered with a suggestion. */
  readonly ambiguous?: readonly string[];
  /** In the template's example row. */
  readonly example?: string;
}

/** Text with a normal form; null when empty. */
export interface TextField extends FieldBase, Stored {
  readonly kind: 'text';
  /** May also give values for other fields of the record, which apply where those are empty. */
  readonly parse: (
    text: string,
  ) =>
    | { readonly ok: true; readonly value: string; readonly also?: Readonly<Record<string, string>> }
    | Extract<Parsed<string>, { ok: false }>;
  /** Makes the field required; the sentence to show when it is missing. In a group: when the group has any value. */
  readonly required?: string;
  /** Answers contain only this, as `<name>_masked`; the value itself is stored by code of the slice. */
  readonly mask?: (value: string) => string;
  /** For people. Default: the value itself. */
  readonly format?: (value: string, record: Readonly<Record<string, unknown>>) => string;
  /** How searches find it. `words`: by the beginnings of its words; the others also by their usual parts. */
  readonly search?: 'words' | 'email' | 'phone' | 'postal-code';
}

/** A calendar day. */
export interface DayField extends FieldBase, Stored {
  readonly kind: 'day';
  readonly required?: string;
}

/** One of a few values, each with its text for people. */
export interface ChoiceField extends FieldBase, Stored {
  readonly kind: 'choice';
  readonly options: Readonly<Record<string, string>>;
  readonly byDefault: string;
}

/** An object of leaves; null when none of its texts has a value. */
export interface GroupField extends FieldBase {
  readonly kind: 'group';
  readonly fields: Readonly<Record<string, LeafField>>;
}

/** The value of a field in its normal form. */
export type ValueOf<F> = F extends { readonly kind: 'group'; readonly fields: infer Members }
  ? { readonly [M in keyof Members]: ValueOf<Members[M]> } | null
  : F extends { readonly kind: 'choice'; readonly options: infer Options }
    ? keyof Options & string
    : F extends { readonly required: string }
      ? string
      : string | null;

/** A record in its normal form, as it is stored. */
export type RecordOf<T> = { readonly [N in keyof T]: ValueOf<T[N]> };

/** A record as it is answered: masked fields only by their masks. */
export type ShownRecordOf<T> = {
  readonly [N in keyof T as T[N] extends { readonly mask: unknown } ? `${N & string}_masked` : N]: ValueOf<T[N]>;
};

/** Names of the fields that are part of list rows. */
export type ListedNameOf<T> = { [N in keyof T]: T[N] extends { readonly list: true } ? N : never }[keyof T];

/** A leaf and where it is in the record. */
export interface Leaf {
  /** JSON pointer without the first slash: `phone`, `address/street`. */
  readonly path: string;
  readonly name: string;
  /** For a member of a group. */
  readonly member?: string;
  readonly column: string;
  readonly field: LeafField;
}

/** All leaves in the order of the table. */
export function leavesOf(table: FieldTable): readonly Leaf[] {
  return Object.entries(table).flatMap(([name, field]): Leaf[] =>
    field.kind === 'group'
      ? Object.entries(field.fields).map(([member, leaf]) => ({
          path: `${name}/${member}`,
          name,
          member,
          column: leaf.column ?? `${name}_${member}`,
          field: leaf,
        }))
      : [{ path: name, name, column: field.column ?? name, field }],
  );
}

/** The value of a leaf in a record. */
export function leafValue(record: Readonly<Record<string, unknown>>, { name, member }: Leaf): string | null {
  const value = record[name] ?? null;
  const leaf = member === undefined || value === null ? value : (value as Readonly<Record<string, unknown>>)[member];
  return typeof leaf === 'string' ? leaf : null;
}

/** The fields of a record that are part of list rows. */
export function listedFields<T extends FieldTable, R extends { readonly [N in ListedNameOf<T>]: unknown }>(
  table: T,
  record: R,
): Pick<R, ListedNameOf<T>> {
  return Object.fromEntries(listedNames(table).map((name) => [name, record[name]])) as Pick<R, ListedNameOf<T>>;
}

/** Names of the fields in list rows. */
export function listedNames<T extends FieldTable>(table: T): readonly (ListedNameOf<T> & string)[] {
  return Object.keys(table).filter((name) => table[name]?.list === true) as (ListedNameOf<T> & string)[];
}

/** Copies a record, with null in place of the fields that a role does not see. */
export function visibleRecord<R extends object>(table: FieldTable, record: R, role: Role): R {
  const hidden = Object.entries(table).filter(
    ([, { visibleTo }]) => visibleTo !== undefined && !visibleTo.includes(role),
  );
  return { ...record, ...Object.fromEntries(hidden.map(([name]) => [name, null])) };
}

/** Adds to a record from an earlier release the optional fields that were unknown then. */
export function withMissingFields(table: FieldTable, record: unknown): unknown {
  if (!isObject(record)) return record;
  const optional = Object.entries(table).filter(
    ([, field]) => field.kind === 'group' || (field.kind !== 'choice' && field.required === undefined),
  );
  return {
    ...Object.fromEntries(
      optional.map(([name, field]) => ['mask' in field && field.mask !== undefined ? `${name}_masked` : name, null]),
    ),
    ...record,
  };
}

export type ParsedRecord<R> =
  { readonly ok: true; readonly value: R } | { readonly ok: false; readonly problems: readonly ProblemDetail[] };

type Nullable<R> = { readonly [N in keyof R]: R[N] | null };

/** Rules that need the calendar or a second field. A field that could not be parsed is null and `failed`. */
export type RecordRules<T> = (
  values: Nullable<RecordOf<T>>,
  report: (name: keyof T & string, code: string, message: string) => void,
  failed: (name: keyof T & string) => boolean,
) => void;

/**
 * Parses a whole record as it was sent or typed: the normal form, or everything that is wrong, in the order of the
 * table. Empty text counts as omitted.
 */
export function parseRecord<T extends FieldTable>(
  table: T,
  input: unknown,
  rules: RecordRules<T> = () => {},
): ParsedRecord<RecordOf<T>> {
  if (!isObject(input)) {
    return { ok: false, problems: [{ pointer: '', code: 'wrong_type', message: 'Send a JSON object.' }] };
  }
  const reader = new FieldReader(table, input);
  const values = reader.read();
  rules(
    // The reader gives each field a value of its kind.
    values as Nullable<RecordOf<T>>,
    (name, code, message) => reader.report(name, code, message),
    (name) => reader.failed(name),
  );
  if (reader.problems.length === 0) return { ok: true, value: values as RecordOf<T> };
  const names = Object.keys(table);
  const position = ({ pointer }: ProblemDetail): number => names.indexOf(pointer.split('/')[1] ?? '');
  return { ok: false, problems: reader.problems.toSorted((a, b) => position(a) - position(b)) };
}

/**
 * The record after a JSON merge patch (RFC 7396), not yet parsed: omitted fields stay, null clears. Masked fields are
 * in the result only if they are in the patch.
 */
export function mergePatch(
  table: FieldTable,
  current: object,
  patch: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const record = current as Readonly<Record<string, unknown>>;
  const merged: Record<string, unknown> = {};
  for (const name of Object.keys(table)) if (Object.hasOwn(record, name)) merged[name] = record[name];
  for (const [name, value] of Object.entries(patch)) {
    const isGroup = Object.hasOwn(table, name) && table[name]?.kind === 'group';
    merged[name] = isGroup && isObject(value) ? { ...(record[name] as object | null), ...value } : value;
  }
  return merged;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A body may have thousands of unknown fields; more problems than these are of no use. */
const unknownFieldsMax = 20;

/** Reads the fields of an untrusted object and collects all problems. */
class FieldReader {
  readonly problems: ProblemDetail[] = [];
  readonly #table: FieldTable;
  readonly #input: Readonly<Record<string, unknown>>;
  readonly #prefix: string;

  constructor(table: FieldTable, input: Readonly<Record<string, unknown>>, prefix = '') {
    this.#table = table;
    this.#input = input;
    this.#prefix = prefix;
  }

  read(): Record<string, unknown> {
    this.#refuseUnknown();
    const values: Record<string, unknown> = {};
    const also: Record<string, string> = {};
    for (const [name, field] of Object.entries(this.#table)) {
      if (field.kind === 'group') values[name] = this.#group(name, field);
      else if (field.kind === 'choice') values[name] = this.#choice(name, field);
      else values[name] = this.#text(name, field, also);
    }
    for (const [name, value] of Object.entries(also)) values[name] ??= value;
    return values;
  }

  failed(name: string): boolean {
    return this.problems.some(({ pointer }) => pointer === `${this.#prefix}/${name}`);
  }

  report(name: string, code: string, message: string): void {
    // JSON pointer (RFC 6901): "~" and "/" in a name are written as ~0 and ~1. Cut, as the name may be anything.
    const step = name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
    this.problems.push({ pointer: `${this.#prefix}/${step}`, code, message });
  }

  #text(name: string, field: TextField | DayField, also: Record<string, string>): string | null {
    const text = this.#textOf(name);
    if (text === null) {
      if (field.required !== undefined && !this.failed(name)) this.report(name, 'required', field.required);
      return null;
    }
    const parsed = field.kind === 'day' ? parseCalendarDay(text) : field.parse(text);
    if (!parsed.ok) {
      this.report(name, parsed.code, parsed.message);
      return null;
    }
    if ('also' in parsed) Object.assign(also, parsed.also);
    return parsed.value;
  }

  #choice(name: string, { options, byDefault }: ChoiceField): string {
    const text = this.#textOf(name);
    if (text === null) return byDefault;
    const choices = Object.keys(options);
    const chosen = choices.find((choice) => choice.toLowerCase() === text.trim().toLowerCase());
    if (chosen === undefined) this.report(name, 'unknown_choice', `Choose one of: ${choices.join(', ')}.`);
    return chosen ?? byDefault;
  }

  #group(name: string, { fields }: GroupField): Readonly<Record<string, unknown>> | null {
    const input = this.#input[name];
    if (input === null || input === undefined) return null;
    if (!isObject(input)) {
      this.report(name, 'wrong_type', `Send an object with ${listed(Object.keys(fields))}.`);
      return null;
    }
    const reader = new FieldReader(fields, input, `${this.#prefix}/${name}`);
    const values = reader.read();
    const isEmpty = Object.entries(fields).every(([member, { kind }]) => kind === 'choice' || values[member] === null);
    // Nothing is missing in a group that has no value.
    this.problems.push(...reader.problems.filter(({ code }) => !(isEmpty && code === 'required')));
    return isEmpty ? null : values;
  }

  #refuseUnknown(): void {
    const unknown = Object.keys(this.#input).filter((name) => !Object.hasOwn(this.#table, name));
    for (const name of unknown.slice(0, unknownFieldsMax))
      this.report(name, 'unknown_field', 'This field cannot be set.');
  }

  /** The text of a field; null when it is empty or omitted. */
  #textOf(name: string): string | null {
    const value = Object.hasOwn(this.#input, name) ? this.#input[name] : undefined;
    if (value === null || value === undefined) return null;
    if (typeof value !== 'string') {
      this.report(name, 'wrong_type', 'Send text or null.');
      return null;
    }
    return value.trim() === '' ? null : value;
  }
}

/** `a, b and c`. */
function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
