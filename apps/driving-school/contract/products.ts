import { z } from 'zod';
import { instant } from './field-schemas.ts';

export const productKinds = ['bde', 'lesson_pack', 'single', 'fee'] as const;
export type ProductKind = (typeof productKinds)[number];
export const productStatuses = ['active', 'archived'] as const;

/** The longest name of a product, in characters. */
export const productNameLengthMax = 100;
/** The most in-car time that can be sold, in minutes. */
export const soldMinutesMax = 100_000;

/** Something that the school sells. */
export const productSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(productKinds),
  in_vehicle_minutes: z.int().nullable().meta({ description: 'In-car time that it contains' }),
  status: z.enum(productStatuses),
  version: z.int(),
});
export type Product = z.infer<typeof productSchema>;

export const productAnswerSchema = z.object({ data: productSchema, stale: z.boolean(), as_of: instant });
export type ProductAnswer = z.infer<typeof productAnswerSchema>;

/** All products, by name. A school has few, so there is one page. */
export const productListSchema = z.object({
  data: z.array(productSchema),
  next_cursor: z.string().nullable(),
  stale: z.boolean(),
  as_of: instant,
  complete: z.boolean(),
});
export type ProductList = z.infer<typeof productListSchema>;

const name = z
  .string()
  .trim()
  .min(1, 'Enter a name.')
  .max(productNameLengthMax, `Enter at most ${productNameLengthMax} characters.`);
const minutes = z
  .int('Send whole minutes.')
  .min(0, 'Send whole minutes, 0 or more.')
  .max(soldMinutesMax, `Send at most ${soldMinutesMax} minutes.`)
  .nullable();

/** `POST /api/products`. */
export const productCreateSchema = z.strictObject({
  name,
  kind: z.enum(productKinds),
  in_vehicle_minutes: minutes.optional(),
});
export type ProductCreate = z.input<typeof productCreateSchema>;

/** `PATCH /api/products/{id}`. Omitted members stay the same. The kind of a product never changes. */
export const productChangesSchema = z.strictObject({
  name: name.optional(),
  in_vehicle_minutes: minutes.optional(),
  status: z.enum(productStatuses).optional(),
});
export type ProductChanges = z.input<typeof productChangesSchema>;
