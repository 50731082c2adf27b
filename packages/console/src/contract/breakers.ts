import { z } from 'zod';
import { breakGlass, count, counts, cursor, durationMs, instant, reason } from './common.ts';

const breakerState = z.enum(['closed', 'open', 'half-open']);
export type BreakerState = z.infer<typeof breakerState>;

/** The cause of a state change: the breaker's own rules, a user, a health check, or another process. */
export const trigger = z.enum(['automatic', 'operator', 'health-check', 'shared']);
export type Trigger = z.infer<typeof trigger>;

/** Actions that change the automatic state once. Overrides last for a while. */
export const breakerActions = ['trip', 'probe', 'reset'] as const;
export type BreakerAction = (typeof breakerActions)[number];

/** `isolated` blocks all calls, `held_closed` lets all through. The automatic state is still kept underneath. */
const overrideMode = z.enum(['isolated', 'held_closed']);
export type OverrideMode = z.infer<typeof overrideMode>;

export const overrideView = z.object({
  mode: overrideMode,
  reason: z.string(),
  actor: z.string().nullable(),
  since: instant,
  /** When it ends automatically. */
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

/** Recovery times of resolved incidents, without drills and isolations. Show a mean only with its count and p95. */
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
  /** Changes with the state, the override and the settings; the same as the ETag. */
  version: z.string(),
  /** The effective state: of the override if there is one, otherwise the automatic state. */
  state: breakerState,
  /** The automatic state, which is also kept under an override. */
  circuit: breakerState,
  override: overrideView.nullable(),
  since: instant,
  reason: z.string(),
  /** When the next automatic probe is due; only while open. */
  next_test_at: instant.nullable(),
  /** The last failure that counted. */
  last_failure: z.object({ class: z.string(), kind: z.string(), rule: z.string(), at: instant }).nullable(),
  /** How failures are counted: in a row, over the last calls, or over the last time. */
  window: z.enum(['consecutive', 'count', 'time']),
  consecutive_failures: count,
  /** Shares in the window, 0 to 1; null without a window and while it is empty. */
  failure_ratio: z.number().nullable(),
  slow_ratio: z.number().nullable(),
  ...counts('calls', 'running', 'successes', 'failures', 'neutral', 'refused', 'openings', 'recoveries'),
  last_recovery_ms: durationMs,
  recovery: recoveryFigures,
  /** A drill is injecting faults into its calls. */
  drill: z.boolean(),
  description: z.string(),
  /** Pipelines that list it. */
  used_by: z.array(z.string()),
  /** Breakers that may fail together with it. */
  neighbours: z.array(z.string()),
  settings: z.record(z.string(), z.number()),
  actions: z.array(z.enum(breakerActions)),
  /** Newest first, 20 at most. */
  transitions: z.array(transitionView),
});
export type BreakerView = z.infer<typeof breakerView>;

export const breakerList = z.object({ breakers: z.array(breakerView), total: count, next_cursor: cursor.nullable() });
export type BreakerList = z.infer<typeof breakerList>;

/** A state to filter by. */
export const shownState = z.enum([...breakerState.options, ...overrideMode.options]);

export const breakerQuery = z.object({
  state: shownState.optional(),
  /** Part of the name. */
  q: z.string().max(200).optional(),
  sort: z.enum(['urgency', 'name', 'failures', 'calls']).default('urgency'),
  limit: z.coerce.number().int().min(1).max(200).default(200),
  cursor: cursor.optional(),
});

/** `POST breakers/{id}/actions` */
export const breakerBody = z.object({
  action: z.enum(breakerActions, { error: `action must be one of ${breakerActions.join(', ')}.` }),
  reason,
  /** Returns what would happen, and changes nothing. */
  dry_run: z.boolean().optional(),
  break_glass: breakGlass,
});

/** `PUT breakers/{id}/override` */
export const overrideBody = z.object({
  mode: overrideMode,
  reason,
  /** Default: in 30 minutes. At most 24 hours from now; `held_closed` at most 30 minutes. */
  expires_at: instant.optional(),
  break_glass: breakGlass,
});

/** `DELETE breakers/{id}/override`; the body is optional. */
export const releaseBody = z.object({ reason: reason.optional(), break_glass: breakGlass }).default({});

/** The result of a dry run. */
export const dryRun = z.object({
  dry_run: z.literal(true),
  state: breakerState,
  would_be: breakerState,
  consequence: z.string(),
});

const MONTH_SECONDS = 30 * 86_400;

export const historyQuery = z.object({
  /** Seconds before `to`, as an alternative to `from`. Default 900. */
  window: z.coerce.number().int().min(10).max(MONTH_SECONDS).optional(),
  from: instant.optional(),
  to: instant.optional(),
  /** Seconds per point; the nearest recorded resolution is used. */
  step: z.coerce.number().int().min(1).max(86_400).optional(),
});

/** Counts of calls by result. */
export const callCounts = counts(
  'success',
  'slow',
  'failure',
  'timeout',
  'ignored',
  'cancelled',
  'rejected_open',
  'rejected_override',
  'rejected_probe_limit',
);

const historyPoint = z.object({
  at: instant,
  ...callCounts,
  /** Calls by duration: one count per entry of `bounds_ms`, and one for all above. */
  durations: z.array(count),
});
export type HistoryPoint = z.infer<typeof historyPoint>;

export const historyView = z.object({
  breaker: z.string(),
  from: instant,
  to: instant,
  /** Seconds per point. */
  resolution_s: z.int(),
  /** Whether part of the requested time was not recorded, or is no longer kept. */
  partial: z.boolean(),
  bounds_ms: z.array(z.number()),
  points: z.array(historyPoint),
});
export type HistoryView = z.infer<typeof historyView>;

export const activityQuery = z.object({
  /** Seconds back from now. */
  window: z.coerce.number().int().min(600).max(86_400).default(3_600),
});

/** Recent calls of every breaker by the minute, for small charts side by side. */
export const activityView = z.object({
  from: instant,
  to: instant,
  /** Seconds per number. */
  step_s: z.int(),
  /** By ID; oldest first, all of the same length. Breakers without a call in that time are omitted. */
  breakers: z.record(
    z.string(),
    z.object({ succeeded: z.array(count), failed: z.array(count), refused: z.array(count) }),
  ),
});
export type ActivityView = z.infer<typeof activityView>;
