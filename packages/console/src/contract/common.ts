import { z } from 'zod';
import { withoutPersonalData } from '../logs/personal-data.ts';
import { redactText } from '../logs/redact.ts';

/** An instant, ISO 8601 in UTC, to the millisecond. */
export const instant = z.iso.datetime({ precision: 3 });

const reasonLength = 'Enter a reason of 3 to 500 characters.';
/** The reason for an action. Other people will read it, so anything that looks like a secret or personal data is removed. */
export const reason = z
  .string({ error: reasonLength })
  .trim()
  .min(3, reasonLength)
  .max(500, reasonLength)
  .transform((text) => withoutPersonalData(redactText(text)));

/** A measured duration in milliseconds; null if nothing was measured. */
export const durationMs = z.number().nullable();

export const count = z.int().min(0);

/** Several counts, by name. */
export function counts<const N extends string>(...names: readonly N[]): Record<N, typeof count> {
  return Object.fromEntries(names.map((name) => [name, count])) as Record<N, typeof count>;
}

/** Carries out the action although the audit log can't be written. Needs a permission; logged to standard error. */
export const breakGlass = z.boolean().optional();

/** The position of a page in a list. As `next_cursor`, null on the last page. */
export const cursor = z.string().max(200);

/** Errors of one class and type. Contains nothing from an error's message. */
export const errorView = z.object({
  class: z.enum(['transient', 'persistent', 'system', 'cancelled', 'refused']),
  /** The classifier's rule, or `_OTHER` for types beyond the limit. */
  type: z.string(),
  count,
  first_seen_at: instant,
  last_seen_at: instant,
  sample: z
    .object({ at: instant, key: z.string(), pipeline: z.string(), correlation_id: z.string().nullable() })
    .nullable(),
});
export type ErrorView = z.infer<typeof errorView>;
