/** The form of a record, from its table of fields. Pure: input stays text until `parseRecord` reads it. */
import { type FieldTable, type Leaf, leafValue, leavesOf } from '../contract/fields.ts';

/** Names of the inputs: JSON pointers without the first slash. */
export type FormNameOf<T> = {
  [N in keyof T & string]: T[N] extends { readonly kind: 'group'; readonly fields: infer Members }
    ? `${N}/${keyof Members & string}`
    : T[N] extends { readonly input: false }
      ? never
      : N;
}[keyof T & string];

/** What is typed, as it is typed. */
export type FormOf<T> = Readonly<Record<FormNameOf<T>, string>>;

/** A field that someone else has changed while the form was open. */
export interface ConflictOf<T> {
  readonly name: FormNameOf<T>;
  readonly label: string;
  readonly before: string;
  readonly theirs: string;
  /** The text on this form, if it is neither the former nor their value. */
  readonly yours: string | undefined;
}

/** Creates the functions of a form. @param T the table of fields */
export function fieldForm<const T extends FieldTable>(table: T) {
  type Name = FormNameOf<T>;
  type Form = FormOf<T>;
  const leaves = leavesOf(table).filter(({ field }) => field.input !== false);
  const names: readonly Name[] = leaves.map(({ path }) => path as Name);
  const formOf = (valueOf: (leaf: Leaf) => string): Form =>
    Object.fromEntries(leaves.map((leaf) => [leaf.path, valueOf(leaf)])) as Form;

  return {
    /** Names in the order of the form. */
    names,

    labels: Object.fromEntries(leaves.map(({ path, field }) => [path, field.label])) as Readonly<Record<Name, string>>,

    /** A form with the default choices only. */
    empty: formOf(({ field }) => (field.kind === 'choice' ? field.byDefault : '')),

    /** A record as text. Masked fields stay empty, which means "unchanged". */
    fromRecord: (record: object): Form => {
      const values = record as Readonly<Record<string, unknown>>;
      return formOf((leaf) => {
        const value = leafValue(values, leaf);
        if (leaf.field.kind === 'choice') return value ?? leaf.field.byDefault;
        const format = leaf.field.kind === 'text' ? leaf.field.format : undefined;
        return value === null ? '' : (format?.(value, values) ?? value);
      });
    },

    /** The form in the shape of the API, for `parseRecord`. */
    toInput: (form: Form): Record<string, unknown> => {
      const input: Record<string, unknown> = {};
      for (const { path, name, member } of leaves) {
        const text = form[path as Name];
        if (member === undefined) input[name] = text;
        else input[name] = { ...(input[name] as object | undefined), [member]: text };
      }
      return input;
    },

    /** Whether anything was typed since. */
    isChanged: (form: Form, since: Form): boolean => names.some((name) => form[name] !== since[name]),

    /** What someone else has changed while the form was open. */
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

    /** Applies what was typed here to a newer record: untouched fields take the newer value. */
    rebase: (base: Form, theirs: Form, yours: Form): Form =>
      formOf(({ path }) => {
        const name = path as Name;
        return yours[name] === base[name] ? theirs[name] : yours[name];
      }),
  };
}

/** The fields in which a parsed record differs from the stored one, as a merge patch. Without masked fields. */
export function changedFields(table: FieldTable, stored: object, parsed: object): Record<string, unknown> {
  const [before, now] = [stored, parsed] as readonly Readonly<Record<string, unknown>>[];
  const changed = Object.entries(table).filter(
    ([name, field]) =>
      !(field.kind === 'text' && field.mask !== undefined) && textOf(before?.[name]) !== textOf(now?.[name]),
  );
  return Object.fromEntries(changed.map(([name]) => [name, now?.[name]]));
}

/** With keys in one order, so that equal objects give the same text. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  return JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
