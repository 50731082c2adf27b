import { z } from 'zod';
import { breakGlass, count, cursor, durationMs, errorView, instant, reason } from './common.ts';

export const incidentMember = z.object({
  breaker: z.string(),
  name: z.string(),
  cause: z.enum(['automatic', 'operator']),
  reason: z.string(),
  /** Name of the operator, for an order. */
  actor: z.string().nullable(),
  first_failure_at: instant.nullable(),
  opened_at: instant,
  closed_at: instant.nullable(),
  flaps: count,
});

export const incidentView = z.object({
  number: z.int(),
  state: z.enum(['triggered', 'acknowledged', 'resolved']),
  severity: z.enum(['minor', 'major']),
  title: z.string(),
  drill: z.boolean(),
  opened_at: instant,
  acknowledged_at: instant.nullable(),
  acknowledged_by: z.string().nullable(),
  resolved_at: instant.nullable(),
  /** `rule`, or who said so. */
  resolved_by: z.string().nullable(),
  /** Breaker that failed first. */
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

export const timelineKind = z.enum([
  'failure',
  'transition',
  'order',
  'operation',
  /** A service changed its state. */
  'service',
  'config',
  'fault',
  'check',
  'error',
  /** A warning or an error of the log that belongs to no single call. */
  'log',
  'note',
  'incident',
]);

export const timelineEntry = z.object({
  at: instant,
  kind: timelineKind,
  target: z.string(),
  text: z.string(),
  actor: z.string().nullable(),
  correlation_id: z.string().nullable(),
  /** Place in `folds` of the fold that it belongs to. */
  fold: z.int().nullable(),
});
export type TimelineEntry = z.infer<typeof timelineEntry>;

/** Many changes of one thing in a row, told as one: `database: 130 × half-open/open`. */
export const timelineFold = z.object({
  target: z.string(),
  text: z.string(),
  count,
  from: instant,
  to: instant,
});
export type TimelineFold = z.infer<typeof timelineFold>;

/** What may have brought it about. */
export const incidentCause = z.object({
  kind: timelineKind,
  text: z.string(),
  at: instant,
  /** Milliseconds before the opening; negative when it came after. */
  before_ms: z.number(),
  correlation_id: z.string().nullable(),
});
export type IncidentCause = z.infer<typeof incidentCause>;

export const incidentDetail = incidentView.extend({
  verdict: z.string(),
  /** The most likely first, five at most. */
  causes: z.array(incidentCause),
  timeline: z.array(timelineEntry),
  folds: z.array(timelineFold),
  /** Of its breakers, from the first failure to the last closing. */
  errors: z.array(errorView.extend({ source: z.string() })),
});
export type IncidentDetail = z.infer<typeof incidentDetail>;

export const incidentList = z.object({ incidents: z.array(incidentView), next_cursor: cursor.nullable() });

export const incidentQuery = z.object({
  state: z.enum(['triggered', 'acknowledged', 'resolved', 'open']).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: cursor.optional(),
});

export const acknowledgeOrder = z.object({ note: reason.optional(), break_glass: breakGlass }).default({});
export const noteOrder = z.object({ note: reason, break_glass: breakGlass });
export const resolveOrder = z.object({ reason, break_glass: breakGlass });
export const exportQuery = z.object({ format: z.enum(['markdown', 'json']).default('markdown') });
