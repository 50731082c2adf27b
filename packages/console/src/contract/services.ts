import { z } from 'zod';
import { breakerActions, shownState } from './breakers.ts';
import { breakGlass, counts, instant, reason } from './common.ts';

/** An action that takes a while, from its request to its result. */
export const operationView = z.object({
  id: z.string(),
  /** The target: ID of a service or of a bulk operation. */
  service: z.string(),
  action: z.string(),
  state: z.enum(['requested', 'applying', 'applied', 'partial', 'failed', 'expired']),
  requested_at: instant,
  ended_at: instant.nullable(),
  actor: z.string(),
  reason: z.string(),
  /** Steps completed so far. */
  steps: z.array(z.object({ at: instant, text: z.string() })),
  /** The result, in a sentence. */
  message: z.string().nullable(),
  acknowledgements: z.array(
    z.object({ instance: z.string(), ok: z.boolean(), ms: z.number(), error: z.string().nullable() }),
  ),
});
export type OperationView = z.infer<typeof operationView>;

export const serviceView = z.object({
  id: z.string(),
  name: z.string(),
  /** `up`, `down`, `starting`, `restarting`, `stopped`, or the service's own word. */
  state: z.string(),
  since: instant,
  reason: z.string(),
  /** Other facts that the service reports, such as `pid` or `restarts`. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  actions: z.array(z.string()),
  action_details: z.array(
    z.object({
      name: z.string(),
      time_limit_ms: z.number(),
      cool_down_ms: z.number(),
      /** When it can be run again, during a cool-down. */
      cooling_until: instant.nullable(),
      /** Whether users notice it. */
      destructive: z.boolean(),
    }),
  ),
  /** Breakers and services that depend on it. */
  dependants: z.array(z.string()),
  /** Whether automatic recovery is running on it. */
  recovering: z.boolean(),
  /** The current or last action. */
  operation: operationView.nullable(),
});
export type ServiceView = z.infer<typeof serviceView>;

export const serviceList = z.object({ services: z.array(serviceView) });

/** `POST services/{id}/actions` */
export const serviceBody = z.object({ action: z.string().max(100), reason, break_glass: breakGlass });

/** `POST bulk-operations`: either targets by ID and version, or a filter and the expected number of matches. */
export const bulkBody = z.object({
  action: z.enum([...breakerActions, 'isolate', 'hold_closed', 'release']),
  reason,
  targets: z
    .array(z.object({ id: z.string().max(300), version: z.string().max(100) }))
    .min(1, 'Provide at least one breaker.')
    .max(500)
    .optional(),
  filter: z
    .object({
      state: shownState.optional(),
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
  ...counts('total', 'done', 'skipped', 'failed'),
  items: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['planned', 'done', 'skipped', 'failed', 'stopped']),
      detail: z.string().nullable(),
    }),
  ),
});
export type BulkView = z.infer<typeof bulkView>;
