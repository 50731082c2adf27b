import { z } from 'zod';
import { breakGlass, count, cursor, durationMs, errorView, instant, reason } from './common.ts';

const incidentMember = z.object({
  breaker: z.string(),
  name: z.string(),
  cause: z.enum(['automatic', 'operator']),
  reason: z.string(),
  /** Name of the operator, for an isolation. */
  actor: z.string().nullable(),
  first_failure_at: instant.nullable(),
  opened_at: instant,
  closed_at: instant.nullable(),
  flaps: count,
});

const incidentState = z.enum(['triggered', 'acknowledged', 'resolved']);

export const incidentView = z.object({
  number: z.int(),
  state: incidentState,
  severity: z.enum(['minor', 'major']),
  title: z.string(),
  drill: z.boolean(),
  opened_at: instant,
  acknowledged_at: instant.nullable(),
  acknowledged_by: z.string().nullable(),
  resolved_at: instant.nullable(),
  /** `rule`, or the name of a person. */
  resolved_by: z.string().nullable(),
  /** The breaker that failed first. */
  first_cause: z.string(),
  members: z.array(incidentMember),
  flaps: count,
  /** First counted failure to opening. */
  detect_ms: durationMs,
  /** Opening to acknowledgement. */
  acknowledge_ms: durationMs,
  /** Opening to the last closing that stayed closed. */
  recover_ms: durationMs,
});
export type IncidentView = z.infer<typeof incidentView>;

const timelineKind = z.enum([
  'failure',
  'transition',
  'order',
  'operation',
  'service',
  'config',
  'fault',
  'check',
  'error',
  /** A warning or error in the log that is not about a single call. */
  'log',
  'note',
  'incident',
]);

const timelineEntry = z.object({
  at: instant,
  kind: timelineKind,
  target: z.string(),
  text: z.string(),
  actor: z.string().nullable(),
  correlation_id: z.string().nullable(),
  /** Index of its fold in `folds`. */
  fold: z.int().nullable(),
});
export type TimelineEntry = z.infer<typeof timelineEntry>;

/** Many consecutive changes of one target, summarized: `database: 130 × half-open/open`. */
const timelineFold = z.object({
  target: z.string(),
  text: z.string(),
  count,
  from: instant,
  to: instant,
});
export type TimelineFold = z.infer<typeof timelineFold>;

/** A likely cause. */
const incidentCause = z.object({
  kind: timelineKind,
  text: z.string(),
  at: instant,
  /** Milliseconds before the opening; negative if after it. */
  before_ms: z.number(),
  correlation_id: z.string().nullable(),
});
export type IncidentCause = z.infer<typeof incidentCause>;

export const incidentDetail = incidentView.extend({
  verdict: z.string(),
  /** Most likely first, five at most. */
  causes: z.array(incidentCause),
  timeline: z.array(timelineEntry),
  folds: z.array(timelineFold),
  /** Errors of its breakers, from the first failure to the last closing. */
  errors: z.array(errorView.extend({ source: z.string() })),
});
export type IncidentDetail = z.infer<typeof incidentDetail>;

export const incidentList = z.object({ incidents: z.array(incidentView), next_cursor: cursor.nullable() });

export const incidentQuery = z.object({
  state: z.enum([...incidentState.options, 'open']).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: cursor.optional(),
});

export const acknowledgeBody = z.object({ note: reason.optional(), break_glass: breakGlass }).default({});
export const noteBody = z.object({ note: reason, break_glass: breakGlass });
export const resolveBody = z.object({ reason, break_glass: breakGlass });
export const exportQuery = z.object({ format: z.enum(['markdown', 'json']).default('markdown') });
