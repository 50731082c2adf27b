/** Zod schemas from a table of fields: for types, validation of answers and copies, and the API documentation. */
import { z } from 'zod';
import {
  type Field,
  type FieldTable,
  isAlwaysSet,
  type LeafField,
  type ListedNameOf,
  type ShownRecordOf,
  type ValueOf,
} from './fields.ts';

type Exactly<V> = z.ZodType<V, V>;
type ReadShape<R> = { -readonly [N in keyof R]: Exactly<R[N]> };

/** The type of a field in requests. Texts may be in any spelling; `parseRecord` validates them. */
type WrittenOf<F> = F extends { readonly kind: 'group'; readonly fields: infer Members }
  ? { readonly [M in keyof Members]?: WrittenOf<Members[M]> | undefined } | null
  : ValueOf<F>;
type WriteShape<T> = {
  -readonly [N in keyof T]: T[N] extends { readonly required: string }
    ? Exactly<WrittenOf<T[N]>>
    : z.ZodOptional<Exactly<WrittenOf<T[N]>>>;
};

/** A calendar day in answers and requests. */
export const calendarDay = z
  .string()
  .meta({ description: 'Calendar day, YYYY-MM-DD, in no zone', example: '2008-03-09' });
/** An instant in answers. */
export const instant = z
  .string()
  .meta({ description: 'Instant, ISO 8601 in UTC', example: '2026-03-15T20:30:00.000Z' });

/** The Zod schemas of a record's fields in answers and copies. */
export function readShape<T extends FieldTable>(table: T): ReadShape<ShownRecordOf<T>> {
  const entries = Object.entries(table).map(([name, field]) => [
    isMasked(field) ? `${name}_masked` : name,
    readSchema(field),
  ]);
  return Object.fromEntries(entries) as ReadShape<ShownRecordOf<T>>;
}

/** The Zod schemas of the fields in list rows. */
export function listShape<T extends FieldTable>(table: T): ReadShape<{ [N in ListedNameOf<T>]: ValueOf<T[N]> }> {
  const entries = Object.entries(table).filter(([, { list }]) => list === true);
  return Object.fromEntries(entries.map(([name, field]) => [name, readSchema(field)])) as ReadShape<{
    [N in ListedNameOf<T>]: ValueOf<T[N]>;
  }>;
}

/** The Zod schemas of a request that creates a record. Use `.partial()` for one that changes it. */
export function writeShape<T extends FieldTable>(table: T): WriteShape<T> {
  const entries = Object.entries(table).map(([name, field]) => [name, writeSchema(field)]);
  return Object.fromEntries(entries) as WriteShape<T>;
}

function readSchema(field: Field): z.ZodType {
  if (field.kind === 'group') return z.object(mapped(field.fields, readSchema)).nullable();
  return described(isRequired(field) ? leafSchema(field) : leafSchema(field).nullable(), field.api);
}

function writeSchema(field: Field): z.ZodType {
  if (field.kind === 'group') return z.object(mapped(field.fields, readSchema)).partial().nullable().optional();
  const { description, requestDescription = description } = field.api ?? {};
  const meta = requestDescription === undefined ? undefined : { description: requestDescription };
  const schema = field.kind === 'number' ? z.int().min(field.min).max(field.max) : leafSchema(field);
  if (isAlwaysSet(field)) return described(schema.optional(), meta);
  return described(isRequired(field) ? schema : schema.nullable().optional(), meta);
}

function leafSchema(field: LeafField): z.ZodType {
  if (field.kind === 'choice') return z.enum(Object.keys(field.options));
  if (field.kind === 'flag') return z.boolean();
  // Without the bounds of today, which older values need not meet.
  if (field.kind === 'number') return z.int();
  return field.kind === 'day' ? calendarDay : z.string();
}

function isRequired(field: LeafField): boolean {
  return isAlwaysSet(field) || ('required' in field && field.required !== undefined);
}

function isMasked(field: Field): boolean {
  return field.kind === 'text' && field.mask !== undefined;
}

function described(
  schema: z.ZodType,
  meta: { readonly description?: string; readonly example?: string | number | boolean } | undefined,
) {
  const { description, example } = meta ?? {};
  if (description === undefined && example === undefined) return schema;
  return schema.meta({
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { example }),
  });
}

function mapped(fields: FieldTable, schemaOf: (field: Field) => z.ZodType): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, schemaOf(field)]));
}
