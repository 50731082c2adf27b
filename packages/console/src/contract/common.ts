import { z } from 'zod';
import { withoutPersonalData } from '../logs/personal-data.ts';
import { redactText } from '../logs/redact.ts';

/** An instant, ISO 8601 in UTC, to the millisecond. */
export const instant = z.iso.datetime({ precision: 3 });

/** Why something was ordered: others will read it, so what looks like a secret or a person's data is taken out of it. */
export const reason = z
  .string({ error: 'Enter a reason of 3 to 500 characters.' })
  .trim()
  .min(3, 'Enter a reason of 3 to 500 characters.')
  .max(500, 'Enter a reason of 3 to 500 characters.')
  .transform((text) => withoutPersonalData(redactText(text)));

/** A duration in milliseconds, measured; nothing where nothing was measured. */
export const durationMs = z.number().nullable();

export const count = z.int().min(0);

/** Changes something although the audit log cannot be written; only for who may. Told on standard error. */
export const breakGlass = z.boolean().optional();

/** A page of a list: `cursor` of the next one, or null at the end. */
export const cursor = z.string().max(200);

/** Where calls went wrong, and when last; nothing of an error's message. */
export const errorView = z.object({
  class: z.enum(['transient', 'persistent', 'system', 'cancelled', 'refused']),
  /** The classifier's rule, or `_OTHER` for all that found no room. */
  type: z.string(),
  count,
  first_seen_at: instant,
  last_seen_at: instant,
  sample: z
    .object({ at: instant, key: z.string(), pipeline: z.string(), correlation_id: z.string().nullable() })
    .nullable(),
});
export type ErrorView = z.infer<typeof errorView>;
