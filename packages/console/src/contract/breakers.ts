import { z } from 'zod';
import { breakGlass, count, cursor, durationMs, instant, reason } from './common.ts';

/** What a call would meet. */
export const breakerState = z.enum(['closed', 'open', 'half-open']);
export type BreakerState = z.infer<typeof breakerState>;

/** Who changed a state: the breaker's own rules, a person, a health check, or what other processes have found. */
export const trigger = z.enum(['automatic', 'operator', 'health-check', 'shared']);
export type Trigger = z.infer<typeof trigger>;

/** Orders that change the automatic state once. Those that hold for a while are overrides. */
export const breakerActions = ['trip', 'probe', 'reset'] as const;
export type BreakerAction = (typeof breakerActions)[number];

/** `isolated` blocks all calls, `held_closed` lets all through; underneath the breaker goes on judging. */
export const overrideMode = z.enum(['isolated', 'held_closed']);
export type OverrideMode = z.infer<typeof overrideMode>;

export const overrideView = z.object({
  mode: overrideMode,
  reason: z.string(),
  actor: z.string().nullable(),
  since: instant,
  /** It ends by itself then. */
  ends_at: instant,
});
export type OverrideView = z.infer<typeof overrideView>;

export const transitionView = z.object({
  from: breakerState,
  to: breakerState,
  trigger,
  reason: z.string(),
  at: instant,
});
export type TransitionView = z.infer<typeof transitionView>;

/** The last failure that counted. */
export const failureView = z.object({ class: z.string(), kind: z.string(), rule: z.string(), at: instant });

/** Times to recovery of resolved incidents, drills and isolations left out. A mean is never told without its count and p95. */
export const recoveryFigures = z.object({
  count,
  mean_ms: durationMs,
  p95_ms: durationMs,
  longest_ms: durationMs,
  flaps: count,
});
export type RecoveryFigures = z.infer<typeof recoveryFigures>;

export const breakerView = z.object({
  id: z.string(),
  name: z.string(),
  /** Changes whenever state, override or settings do; the same as the ETag. */
  version: z.string(),
  /** What a call meets: the override if there is one, else the automatic state. */
  state: breakerState,
  /** What the breaker itself has judged; goes on under an override. */
  circuit: breakerState,
  override: overrideView.nullable(),
  since: instant,
  reason: z.string(),
  /** When it tests by itself; only while open. */
  next_test_at: instant.nullable(),
  last_failure: failureView.nullable(),
  /** What it counts: failures in a row, the last calls, or the calls of the last time. */
  window: z.enum(['consecutive', 'count', 'time']),
  consecutive_failures: count,
  /** Shares in the window, 0 to 1; null without a window, or with an empty one. */
  failure_ratio: z.number().nullable(),
  slow_ratio: z.number().nullable(),
  calls: count,
  running: count,
  successes: count,
  failures: count,
  neutral: count,
  refused: count,
  openings: count,
  recoveries: count,
  last_recovery_ms: durationMs,
  recovery: recoveryFigures,
  /** A fault is injected into its calls on purpose. */
  drill: z.boolean(),
  description: z.string(),
  /** Pipelines that list it. */
  used_by: z.array(z.string()),
  /** Breakers that fail when this one does, and those that this one fails with. */
  neighbours: z.array(z.string()),
  settings: z.record(z.string(), z.number()),
  actions: z.array(z.enum(breakerActions)),
  /** Newest first, 20 at most. */
  transitions: z.array(transitionView),
});
export type BreakerView = z.infer<typeof breakerView>;

export const breakerList = z.object({
  breakers: z.array(breakerView),
  total: count,
  next_cursor: cursor.nullable(),
});
export type BreakerList = z.infer<typeof breakerList>;

export const breakerQuery = z.object({
  state: breakerState.or(z.enum(['isolated', 'held_closed'])).optional(),
  /** Part of the name. */
  q: z.string().max(200).optional(),
  sort: z.enum(['urgency', 'name', 'failures', 'calls']).default('urgency'),
  limit: z.coerce.number().int().min(1).max(200).default(200),
  cursor: cursor.optional(),
});

/** `POST breakers/{id}/actions` */
export const breakerOrder = z.object({
  action: z.enum(breakerActions, { error: `action must be one of ${breakerActions.join(', ')}.` }),
  reason,
  /** Says what would happen, and does nothing. */
  dry_run: z.boolean().optional(),
  break_glass: breakGlass,
});

/** `PUT breakers/{id}/override` */
export const overrideOrder = z.object({
  mode: overrideMode,
  reason,
  /** Default: in 30 minutes. At most 24 hours from now; `held_closed` at most 30 minutes. */
  expires_at: instant.optional(),
  break_glass: breakGlass,
});

/** `DELETE breakers/{id}/override`; the body may be left out. */
export const releaseOrder = z.object({ reason: reason.optional(), break_glass: breakGlass }).default({});

/** What an order would do. */
export const dryRun = z.object({
  dry_run: z.literal(true),
  state: breakerState,
  would_be: breakerState,
  consequence: z.string(),
});

export const historyQuery = z.object({
  /** Seconds back from `to`; instead of `from`. Default 900. */
  window: z.coerce
    .number()
    .int()
    .min(10)
    .max(30 * 86_400)
    .optional(),
  from: instant.optional(),
  to: instant.optional(),
  /** Seconds that a point should stand for; the nearest that is kept is taken. */
  step: z.coerce.number().int().min(1).max(86_400).optional(),
});

/** Counts of one span of time. */
export const historyPoint = z.object({
  at: instant,
  success: count,
  slow: count,
  failure: count,
  timeout: count,
  ignored: count,
  cancelled: count,
  rejected_open: count,
  rejected_override: count,
  rejected_probe_limit: count,
  /** Calls by how long they took: one number for each of `bounds_ms`, and one for all above. */
  durations: z.array(count),
});
export type HistoryPoint = z.infer<typeof historyPoint>;

export const historyView = z.object({
  breaker: z.string(),
  from: instant,
  to: instant,
  /** Seconds that each point stands for. */
  resolution_s: z.int(),
  /** Not all of the time asked for was recorded, or kept. */
  partial: z.boolean(),
  bounds_ms: z.array(z.number()),
  points: z.array(historyPoint),
});
export type HistoryView = z.infer<typeof historyView>;

export const activityQuery = z.object({
  /** Seconds back from now. */
  window: z.coerce.number().int().min(600).max(86_400).default(3_600),
});

/** What every breaker's calls came to lately, minute by minute: for small charts side by side. */
export const activityView = z.object({
  from: instant,
  to: instant,
  /** Seconds that each number stands for. */
  step_s: z.int(),
  /** By id; oldest first, all of the same length. Breakers without a call in that time are left out. */
  breakers: z.record(
    z.string(),
    z.object({ succeeded: z.array(count), failed: z.array(count), refused: z.array(count) }),
  ),
});
export type ActivityView = z.infer<typeof activityView>;
