/** The form of a record, from its table of fields. Pure: input stays text until `parseRecord` reads it. */
import { type FieldTable, type Leaf, type LeafField, leafInput, leafValue, leavesOf } from '../contract/fields.ts';

/** The type of the names of inputs: JSON pointers without the first slash. */
export type FormNameOf<T> = {
  [N in keyof T & string]: T[N] extends { readonly kind: 'group'; readonly fields: infer Members }
    ? `${N}/${keyof Members & string}`
    : T[N] extends { readonly input: false }
      ? never
      : N;
}[keyof T & string];

/** The type of a form: the text of each input, which `parseRecord` parses. */
export type FormOf<T> = Readonly<Record<FormNameOf<T>, string>>;

/** A field that someone else has changed while the form was open. */
export interface ConflictOf<T> {
  readonly name: FormNameOf<T>;
  readonly label: string;
  readonly before: string;
  readonly theirs: string;
  /** The text on this form, if it is neither the original nor their value. */
  readonly yours: string | undefined;
}

/** Creates the functions of a record's form from its field table. */
export function fieldForm<const T extends FieldTable>(table: T) {
  type Name = FormNameOf<T>;
  type Form = FormOf<T>;
  const leaves = leavesOf(table).filter(({ field }) => field.input !== false);
  const names: readonly Name[] = leaves.map(({ path }) => path as Name);
  const formOf = (valueOf: (leaf: Leaf) => string): Form =>
    Object.fromEntries(leaves.map((leaf) => [leaf.path, valueOf(leaf)])) as Form;

  return {
    /** The names of the inputs, in order. */
    names,

    labels: Object.fromEntries(leaves.map(({ path, field }) => [path, field.label])) as Readonly<Record<Name, string>>,

    /** An empty form with the default values. */
    empty: formOf(({ field }) => defaultText(field)),

    /** Fills a form from a record. Masked fields stay empty, which means unchanged. */
    fromRecord: (record: object): Form => {
      const values = record as Readonly<Record<string, unknown>>;
      return formOf((leaf) => {
        const value = leafValue(values, leaf);
        if (value === null) return defaultText(leaf.field);
        const format = leaf.field.kind === 'text' ? leaf.field.format : undefined;
        return format?.(value, values) ?? value;
      });
    },

    /** Converts the form to the input of `parseRecord`. */
    toInput: (form: Form): Record<string, unknown> => {
      const input: Record<string, unknown> = {};
      for (const { path, name, member, field } of leaves) {
        const value = leafInput(field, form[path as Name]);
        if (member === undefined) input[name] = value;
        else input[name] = { ...(input[name] as object | undefined), [member]: value };
      }
      return input;
    },

    /** Whether two states of the form differ. */
    isChanged: (form: Form, since: Form): boolean => names.some((name) => form[name] !== since[name]),

    /** Lists the fields that someone else has changed while the form was open. */
    conflictsBetween: (base: Form, theirs: Form, yours: Form): ConflictOf<T>[] =>
      leaves
        .map(({ path, field }) => ({ name: path as Name, label: field.label }))
        .filter(({ name }) => base[name] !== theirs[name])
        .map(({ name, label }) => ({
          name,
          label,
          before: base[name],
          theirs: theirs[name],
          yours: yours[name] === base[name] || yours[name] === theirs[name] ? undefined : yours[name],
        })),

    /** Applies the changes on this form to a newer record. */
    rebase: (base: Form, theirs: Form, yours: Form): Form =>
      formOf(({ path }) => {
        const name = path as Name;
        return yours[name] === base[name] ? theirs[name] : yours[name];
      }),
  };
}

/** The text of an input when the record has no value. */
function defaultText(field: LeafField): string {
  if (field.kind === 'choice') return field.byDefault;
  if (field.kind === 'flag') return field.byDefault ? 'yes' : 'no';
  return field.kind === 'number' && field.byDefault !== undefined ? String(field.byDefault) : '';
}

/** Creates a merge patch with the fields that differ from the stored record, without masked fields. */
export function changedFields(table: FieldTable, stored: object, parsed: object): Record<string, unknown> {
  const [before, now] = [stored, parsed] as readonly Readonly<Record<string, unknown>>[];
  const changed = Object.entries(table).filter(
    ([name, field]) =>
      !(field.kind === 'text' && field.mask !== undefined) && textOf(before?.[name]) !== textOf(now?.[name]),
  );
  return Object.fromEntries(changed.map(([name]) => [name, now?.[name]]));
}

/** Sorts keys, so that equal objects have the same text. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  return JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
