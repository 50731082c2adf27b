import type { Parsed } from './parsers.ts';
import { parseCalendarDay } from './parsers.ts';
import type { ProblemDetail } from './problem.ts';
import type { Role } from './session.ts';

/**
 * The fields of a slice's records, declared once, as in `student-fields.ts`. API schemas (`field-schemas.ts`), parsing,
 * database columns, CSV import, search, forms and pages are derived from the table.
 * This file does not import Zod, so that pages don't load it.
 */
export type FieldTable = Readonly<Record<string, Field>>;

/** A field of a record. */
export type Field = LeafField | GroupField;
/** A field with one value. */
export type LeafField = TextField | DayField | ChoiceField | FlagField | NumberField;

interface FieldBase {
  /** The label on forms, in messages and in comparisons. */
  readonly label: string;
  /** The text below the input. */
  readonly hint?: string;
  /** Texts for the API documentation. `requestDescription` defaults to `description`. */
  readonly api?: {
    readonly description?: string;
    readonly requestDescription?: string;
    readonly example?: string | number | boolean;
  };
  /** The section of the form and the page. */
  readonly section?: string;
  /** The label on the record's page. Default: `label`. False: not shown on its own. */
  readonly fact?: string | false;
  /** Options of the input. False: not on the form. */
  readonly input?: InputOptions | false;
  /** Whether list rows contain the field. */
  readonly list?: true;
  /** Roles that can see the field; for others it is null. Default: everyone who can see the record. */
  readonly visibleTo?: readonly Role[];
}

/** Options of a field's input. */
export interface InputOptions {
  readonly type?: 'tel' | 'email' | 'textarea';
  readonly capitals?: 'words' | 'characters' | 'off';
  readonly lengthMax?: number;
  /** Full width, or half a column next to an adjacent field. */
  readonly width?: 'wide' | 'half';
}

/** Options for storing and importing a leaf. */
interface Stored {
  /** Column name in the database and in import files. Default: the field's name, or `<group>_<member>` in a group. */
  readonly column?: string;
  /** False: not imported. */
  readonly import?: ImportOptions | false;
}

/** A column of the import file. */
export interface ImportOptions {
  /** Name of the column in the file, if it differs from that in the database. */
  readonly column?: string;
  /** Other accepted headers: lower case, without accents, words joined by `_`. */
  readonly aliases?: readonly string[];
  /** Headers that are not accepted, but for which this column is suggested. */
  readonly ambiguous?: readonly string[];
  /** The value in the template's example row. */
  readonly example?: string;
}

/** Text with a normal form; null when empty. */
export interface TextField extends FieldBase, Stored {
  readonly kind: 'text';
  /** Parses text into its normal form. `also` has values for other fields of the record, used where those are empty. */
  readonly parse: (
    text: string,
  ) =>
    | { readonly ok: true; readonly value: string; readonly also?: Readonly<Record<string, string>> }
    | Extract<Parsed<string>, { ok: false }>;
  /** The message for a missing value, which makes the field required. In a group: required if the group has any value. */
  readonly required?: string;
  /** Answers contain only the mask, as `<name>_masked`; the slice stores the value itself. */
  readonly mask?: (value: string) => string;
  /** Formats the value for display. Default: unchanged. */
  readonly format?: (value: string, record: Readonly<Record<string, unknown>>) => string;
  /** How searches find the value. `words`: by prefixes of its words; the others also by their usual parts. */
  readonly search?: 'words' | 'email' | 'phone' | 'postal-code';
}

/** A calendar day. */
export interface DayField extends FieldBase, Stored {
  readonly kind: 'day';
  readonly required?: string;
}

/** One of a few values, each with a label. */
export interface ChoiceField extends FieldBase, Stored {
  readonly kind: 'choice';
  readonly options: Readonly<Record<string, string>>;
  readonly byDefault: string;
}

/** Yes or no: a checkbox on forms, true or false in the API, yes or no in import files. */
export interface FlagField extends FieldBase, Stored {
  readonly kind: 'flag';
  readonly byDefault: boolean;
}

/** A whole number. */
export interface NumberField extends FieldBase, Stored {
  readonly kind: 'number';
  readonly min: number;
  readonly max: number;
  /** The unit, in the plural, such as `minutes`. */
  readonly unit?: string;
  /** The value when none is sent. Without it and without `required`, the value can be null. */
  readonly byDefault?: number;
  /** The message for a missing value, which makes the field required. */
  readonly required?: string;
}

/** An object of leaves. Null when all its texts are empty. */
export interface GroupField extends FieldBase {
  readonly kind: 'group';
  readonly fields: Readonly<Record<string, LeafField>>;
}

/** The type of a field's value in its normal form. */
export type ValueOf<F> = F extends { readonly kind: 'group'; readonly fields: infer Members }
  ? { readonly [M in keyof Members]: ValueOf<Members[M]> } | null
  : F extends { readonly kind: 'choice'; readonly options: infer Options }
    ? keyof Options & string
    : F extends { readonly kind: 'flag' }
      ? boolean
      : F extends { readonly kind: 'number' }
        ? F extends { readonly required: string } | { readonly byDefault: number }
          ? number
          : number | null
        : F extends { readonly required: string }
          ? string
          : string | null;

/** The type of a record in its normal form, as it is stored. */
export type RecordOf<T> = { readonly [N in keyof T]: ValueOf<T[N]> };

/** The type of a record in answers, with masks instead of masked fields. */
export type ShownRecordOf<T> = {
  readonly [N in keyof T as T[N] extends { readonly mask: unknown } ? `${N & string}_masked` : N]: ValueOf<T[N]>;
};

/** The type of the names of fields in list rows. */
export type ListedNameOf<T> = { [N in keyof T]: T[N] extends { readonly list: true } ? N : never }[keyof T];

/** A leaf and its location in the record. */
export interface Leaf {
  /** JSON pointer without the first slash: `phone`, `address/street`. */
  readonly path: string;
  readonly name: string;
  /** Only for a member of a group. */
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

/** Whether a leaf has a value in every record. */
export function isAlwaysSet(field: LeafField): boolean {
  return field.kind === 'choice' || field.kind === 'flag' || (field.kind === 'number' && field.byDefault !== undefined);
}

/** The value of a leaf in a record, as text for forms and files: flags are `yes` or `no`. See `leafInput`. */
export function leafValue(record: Readonly<Record<string, unknown>>, { name, member }: Leaf): string | null {
  const value = record[name] ?? null;
  const leaf = member === undefined || value === null ? value : (value as Readonly<Record<string, unknown>>)[member];
  if (typeof leaf === 'boolean') return leaf ? 'yes' : 'no';
  return typeof leaf === 'string' ? leaf : typeof leaf === 'number' ? String(leaf) : null;
}

/** The value of a leaf in a record, as text for users; null without a value. Days stay as they are. */
export function shownLeaf(record: Readonly<Record<string, unknown>>, leaf: Leaf): string | null {
  const text = leafValue(record, leaf);
  const { field } = leaf;
  if (text === null || field.kind === 'day') return text;
  if (field.kind === 'choice') return field.options[text] ?? text;
  if (field.kind === 'flag') return text === 'yes' ? 'Yes' : 'No';
  if (field.kind === 'text') return field.format?.(text, record) ?? text;
  const number = Number(text).toLocaleString('en-CA');
  return field.unit === undefined ? number : `${number} ${field.unit}`;
}

/**
 * Converts text from a form or a file to the input of `parseRecord`: the opposite of `leafValue`. Text that is no flag or
 * number stays as it is, so that `parseRecord` reports it.
 */
export function leafInput(field: LeafField, text: string): string | number | boolean | null {
  if (field.kind !== 'flag' && field.kind !== 'number') return text;
  const plain = text.normalize('NFKC').trim().toLowerCase();
  if (plain === '') return null;
  if (field.kind === 'flag') return flagWords.get(plain) ?? text;
  // Digits in groups of three, as in "10 000" and "10,000".
  return /^-?(\d+|\d{1,3}([ ,]\d{3})+)$/.test(plain) ? Number(plain.replaceAll(/[ ,]/g, '')) : text;
}

/** Words for flags in files, in English and French. */
const flagWords: ReadonlyMap<string, boolean> = new Map([
  ...['yes', 'y', 'true', '1', 'x', 'oui'].map((word) => [word, true] as const),
  ...['no', 'n', 'false', '0', 'non'].map((word) => [word, false] as const),
]);

/** Picks the fields of a record that list rows contain. */
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

/** Copies a record, with null for fields that a role may not see. */
export function visibleRecord<R extends object>(table: FieldTable, record: R, role: Role): R {
  const hidden = Object.entries(table).filter(
    ([, { visibleTo }]) => visibleTo !== undefined && !visibleTo.includes(role),
  );
  return { ...record, ...Object.fromEntries(hidden.map(([name]) => [name, null])) };
}

/** Adds missing optional fields, as null, to a record stored by an earlier release. */
export function withMissingFields(table: FieldTable, record: unknown): unknown {
  if (!isObject(record)) return record;
  const optional = Object.entries(table).filter(
    ([, field]) =>
      field.kind === 'group' || !(isAlwaysSet(field) || ('required' in field && field.required !== undefined)),
  );
  return {
    ...Object.fromEntries(
      optional.map(([name, field]) => ['mask' in field && field.mask !== undefined ? `${name}_masked` : name, null]),
    ),
    ...record,
  };
}

/** A parsed record, or all problems with it. */
export type ParsedRecord<R> =
  { readonly ok: true; readonly value: R } | { readonly ok: false; readonly problems: readonly ProblemDetail[] };

type Nullable<R> = { readonly [N in keyof R]: R[N] | null };

/** Rules that depend on the date or on several fields. A field that could not be parsed is null and `failed`. */
export type RecordRules<T> = (
  values: Nullable<RecordOf<T>>,
  report: (name: keyof T & string, code: string, message: string) => void,
  failed: (name: keyof T & string) => boolean,
) => void;

/**
 * Parses a record that was sent or typed.
 *
 * @returns its normal form, or all problems in the order of the table. Empty text counts as omitted
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
 * Applies a JSON merge patch (RFC 7396) to a record: omitted fields are kept, null clears a field. The result must still
 * be parsed, and contains masked fields only if the patch does.
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

/** Maximum number of unknown fields that are reported: a body may have thousands. */
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
      else if (field.kind === 'flag') values[name] = this.#flag(name, field);
      else if (field.kind === 'number') values[name] = this.#number(name, field);
      else values[name] = this.#text(name, field, also);
    }
    for (const [name, value] of Object.entries(also)) values[name] ??= value;
    return values;
  }

  failed(name: string): boolean {
    return this.problems.some(({ pointer }) => pointer === `${this.#prefix}/${name}`);
  }

  report(name: string, code: string, message: string): void {
    // A JSON pointer (RFC 6901) escapes "~" and "/" in names. Truncated, because unknown names may have any length.
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

  #flag(name: string, { byDefault }: FlagField): boolean {
    const value = this.#valueOf(name) ?? byDefault;
    if (typeof value === 'boolean') return value;
    this.report(name, 'flag_format', 'Enter yes or no. In JSON, send true or false.');
    return byDefault;
  }

  #number(name: string, { min, max, byDefault, required }: NumberField): number | null {
    const value = this.#valueOf(name) ?? byDefault ?? null;
    if (value === null) {
      if (required !== undefined) this.report(name, 'required', required);
      return null;
    }
    const range = `from ${min.toLocaleString('en-CA')} to ${max.toLocaleString('en-CA')}`;
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      this.report(name, 'number_format', `Enter a whole number ${range}.`);
    } else if (value < min || value > max) {
      this.report(name, 'number_range', `Enter a number ${range}.`);
    } else return value;
    return byDefault ?? null;
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
    const isEmpty = Object.entries(fields).every(([member, leaf]) => isAlwaysSet(leaf) || values[member] === null);
    // An empty group has no required fields.
    this.problems.push(...reader.problems.filter(({ code }) => !(isEmpty && code === 'required')));
    return isEmpty ? null : values;
  }

  #refuseUnknown(): void {
    const unknown = Object.keys(this.#input).filter((name) => !Object.hasOwn(this.#table, name));
    for (const name of unknown.slice(0, unknownFieldsMax))
      this.report(name, 'unknown_field', 'This field cannot be set.');
  }

  /** The value of a field; null when it is omitted. */
  #valueOf(name: string): unknown {
    return Object.hasOwn(this.#input, name) ? (this.#input[name] ?? null) : null;
  }

  /** The text of a field; null when it is empty or omitted. */
  #textOf(name: string): string | null {
    const value = this.#valueOf(name);
    if (value === null) return null;
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
