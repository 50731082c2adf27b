import { z } from 'zod';
import { breakGlass, count, cursor, durationMs, errorView, instant, reason } from './common.ts';

export const incidentMember = z.object({
  breaker: z.string(),
  name: z.string(),
  cause: z.enum(['automatic', 'operator']),
  reason: z.string(),
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

export const timelineEntry = z.object({
  at: instant,
  kind: z.enum([
    'failure',
    'transition',
    'order',
    'operation',
    'config',
    'fault',
    'check',
    'error',
    'note',
    'incident',
  ]),
  target: z.string(),
  text: z.string(),
  actor: z.string().nullable(),
  correlation_id: z.string().nullable(),
});

export const incidentDetail = incidentView.extend({
  verdict: z.string(),
  timeline: z.array(timelineEntry),
  errors: z.array(errorView.extend({ source: z.string() })),
});

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
