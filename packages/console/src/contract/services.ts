import { z } from 'zod';
import { breakGlass, instant, reason } from './common.ts';

/** An order from its request to what came of it. */
export const operationView = z.object({
  id: z.string(),
  /** What it is done to: the id of a service or of a bulk operation. */
  service: z.string(),
  action: z.string(),
  state: z.enum(['requested', 'applying', 'applied', 'partial', 'failed', 'expired']),
  requested_at: instant,
  ended_at: instant.nullable(),
  actor: z.string(),
  reason: z.string(),
  /** What has been done so far. */
  steps: z.array(z.object({ at: instant, text: z.string() })),
  /** What came of it, in a sentence. */
  message: z.string().nullable(),
  acknowledgements: z.array(
    z.object({ instance: z.string(), ok: z.boolean(), ms: z.number(), error: z.string().nullable() }),
  ),
});
export type OperationView = z.infer<typeof operationView>;

export const serviceActionView = z.object({
  name: z.string(),
  time_limit_ms: z.number(),
  cool_down_ms: z.number(),
  /** Until when it is not taken again, if that is so. */
  cooling_until: instant.nullable(),
  /** Users notice it. */
  destructive: z.boolean(),
});

export const serviceView = z.object({
  id: z.string(),
  name: z.string(),
  /** `up`, `down`, `starting`, `restarting`, `stopped`, or a word of the service's own. */
  state: z.string(),
  since: instant,
  reason: z.string(),
  /** Further facts in the service's own words, such as `pid` or `restarts`. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  actions: z.array(z.string()),
  action_details: z.array(serviceActionView),
  /** Breakers and services that fail when it does. */
  dependants: z.array(z.string()),
  /** Automatic recovery is at work on it right now. */
  recovering: z.boolean(),
  /** The action that runs now, or ran last. */
  operation: operationView.nullable(),
});
export type ServiceView = z.infer<typeof serviceView>;

export const serviceList = z.object({ services: z.array(serviceView) });

/** `POST services/{id}/actions` */
export const serviceOrder = z.object({ action: z.string().max(100), reason, break_glass: breakGlass });

/** `POST bulk-operations`: either what was seen, by id and version, or a filter and how many it showed. */
export const bulkOrder = z.object({
  action: z.enum(['trip', 'probe', 'reset', 'isolate', 'hold_closed', 'release']),
  reason,
  targets: z
    .array(z.object({ id: z.string().max(300), version: z.string().max(100) }))
    .min(1, 'Provide at least one breaker.')
    .max(500)
    .optional(),
  filter: z
    .object({
      state: z.enum(['closed', 'open', 'half-open', 'isolated', 'held_closed']).optional(),
      q: z.string().min(1).max(200).optional(),
    })
    .refine((filter) => Object.values(filter).some((value) => value !== undefined), 'A filter needs a condition.')
    .optional(),
  expected_count: z.int().min(0).optional(),
  expires_at: instant.optional(),
  dry_run: z.boolean().optional(),
});

export const bulkView = z.object({
  id: z.string(),
  action: z.string(),
  reason: z.string(),
  actor: z.string(),
  state: z.enum(['planned', 'running', 'done', 'stopped']),
  dry_run: z.boolean(),
  requested_at: instant,
  ended_at: instant.nullable(),
  total: z.int(),
  done: z.int(),
  skipped: z.int(),
  failed: z.int(),
  items: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['planned', 'done', 'skipped', 'failed', 'stopped']),
      detail: z.string().nullable(),
    }),
  ),
});
export type BulkView = z.infer<typeof bulkView>;
