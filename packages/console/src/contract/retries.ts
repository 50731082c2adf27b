import { z } from 'zod';
import { count, durationMs, errorView, instant } from './common.ts';

/** One line of the funnel. `started + running_before = succeeded + not_retryable + abandoned + retryable + running`. */
export const attemptRow = z.object({
  attempt: z.string(),
  started: count,
  running: count,
  succeeded: count,
  not_retryable: count,
  abandoned: count,
  retryable: count,
  continued: count,
  waiting: count,
  left_waiting: count,
  exhausted: count,
  denied_budget: count,
  denied_deadline: count,
  denied_breaker: count,
  /** How many were running and waiting when the time asked for began. */
  running_before: count,
  waiting_before: count,
});

export const endings = z.object({
  first_try: count,
  after_retry: count,
  exhausted: count,
  not_retryable: count,
  denied_budget: count,
  denied_deadline: count,
  denied_breaker: count,
  aborted: count,
});

export const durations = z.object({
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
  /** The time asked for begins before what was recorded. */
  partial: z.boolean(),
  /** `operations + in_flight_before = sum of endings + in_flight`. */
  operations: count,
  in_flight: count,
  in_flight_before: count,
  endings,
  rows: z.array(attemptRow),
  attempts: count,
  /** Attempts per operation; null before the first one. */
  amplification: z.number().nullable(),
  /** Milliseconds waited by operations that failed all the same. */
  wasted_ms: z.number(),
});

export const funnelQuery = z.object({
  /** Seconds back from now; left out: since measuring began. */
  window: z.coerce.number().int().min(1).max(86_400).optional(),
});

export const retryView = z.object({
  id: z.string(),
  name: z.string(),
  pipeline: z.string(),
  strategy: z.string(),
  calls: count,
  attempts: count,
  retries: count,
  succeeded_after_retry: count,
  average_delay_ms: durationMs,
  /** Reason to count. */
  gave_up: z.record(z.string(), count),
  /** Error class to count. */
  errors: z.record(z.string(), count),
  settings: z.record(z.string(), z.number()),
});

export const retryDetail = retryView.extend({
  funnel: funnelView,
  delays: durations,
  attempt_durations: durations,
  operation_durations: durations,
  errors_by_type: z.array(errorView),
});

export const retryList = z.object({ retries: z.array(retryView) });

/** `GET errors` */
export const errorList = z.object({
  errors: z.array(errorView.extend({ source: z.string(), kind: z.enum(['breaker', 'retry']) })),
});

export const errorQuery = z.object({
  class: z.string().max(40).optional(),
  type: z.string().max(200).optional(),
  source: z.string().max(200).optional(),
});
