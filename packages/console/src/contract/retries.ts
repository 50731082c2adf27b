import { z } from 'zod';
import { count, counts, durationMs, errorView, instant } from './common.ts';

/** One row of the funnel. `started + running_before = succeeded + not_retryable + abandoned + retryable + running`. */
const attemptRow = z.object({
  attempt: z.string(),
  ...counts('started', 'running', 'succeeded', 'not_retryable', 'abandoned', 'retryable', 'continued'),
  ...counts('waiting', 'left_waiting', 'exhausted', 'denied_budget', 'denied_deadline', 'denied_breaker'),
  /** Running and waiting when the requested time began. */
  ...counts('running_before', 'waiting_before'),
});

const endings = z.object({
  ...counts('first_try', 'after_retry', 'exhausted', 'not_retryable'),
  ...counts('denied_budget', 'denied_deadline', 'denied_breaker', 'aborted'),
});

const durations = z.object({
  count,
  mean_ms: durationMs,
  p50_ms: durationMs,
  p95_ms: durationMs,
  p99_ms: durationMs,
  max_ms: durationMs,
});

export const funnelView = z.object({
  policy: z.string(),
  since: instant,
  to: instant,
  /** Whether the requested time begins before the first record. */
  partial: z.boolean(),
  /** `operations + in_flight_before = sum of endings + in_flight`. */
  ...counts('operations', 'in_flight', 'in_flight_before'),
  endings,
  rows: z.array(attemptRow),
  attempts: count,
  /** Attempts per operation; null before the first one. */
  amplification: z.number().nullable(),
  /** Milliseconds that failed operations spent waiting for retries. */
  wasted_ms: z.number(),
});
export type FunnelView = z.infer<typeof funnelView>;

export const funnelQuery = z.object({
  /** Seconds back from now. Default: since measuring began. */
  window: z.coerce.number().int().min(1).max(86_400).optional(),
});

export const retryView = z.object({
  id: z.string(),
  name: z.string(),
  pipeline: z.string(),
  strategy: z.string(),
  ...counts('calls', 'attempts', 'retries', 'succeeded_after_retry'),
  average_delay_ms: durationMs,
  /** Counts by reason. */
  gave_up: z.record(z.string(), count),
  /** Counts by class of error. */
  errors: z.record(z.string(), count),
  settings: z.record(z.string(), z.number()),
});
export type RetryView = z.infer<typeof retryView>;

export const retryDetail = retryView.extend({
  funnel: funnelView,
  delays: durations,
  attempt_durations: durations,
  operation_durations: durations,
  errors_by_type: z.array(errorView),
});
export type RetryDetail = z.infer<typeof retryDetail>;

export const retryList = z.object({ retries: z.array(retryView) });

/** `GET errors` */
export const errorList = z.object({
  errors: z.array(errorView.extend({ source: z.string(), kind: z.enum(['breaker', 'retry']) })),
});
export type ErrorList = z.infer<typeof errorList>;

export const errorQuery = z.object({
  class: z.string().max(40).optional(),
  type: z.string().max(200).optional(),
  source: z.string().max(200).optional(),
});
