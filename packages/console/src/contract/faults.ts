import { z } from 'zod';
import { count, instant, reason } from './common.ts';

/** Ends a drill early. The drill can't be resumed. */
const stopCondition = z.discriminatedUnion('type', [
  z.object({ type: z.literal('breaker_opens'), breaker: z.string().max(300) }),
  z.object({ type: z.literal('failure_ratio'), breaker: z.string().max(300), above: z.number().min(0).max(1) }),
  z.object({ type: z.literal('loop_delay'), above_ms: z.number().min(1).max(60_000) }),
]);
export type StopCondition = z.infer<typeof stopCondition>;

/** The faults of a drill, and the conditions that end it early. */
const fault = z.object({
  /** ID of an injection point. */
  target: z.string().max(300),
  kind: z.enum(['error', 'delay', 'hang']),
  class: z.enum(['transient', 'persistent', 'system']).default('system'),
  delay_ms: z.number().positive().max(60_000).default(1_000),
  /** Share of calls, more than 0 and at most 1. */
  ratio: z.number().positive().max(1).default(1),
  stop_conditions: z.array(stopCondition).min(1, 'Provide at least one stop condition.').max(10),
});

/** `POST faults` */
export const faultBody = fault.extend({
  reason,
  /** Duration in milliseconds; at most 15 minutes. */
  ttl_ms: z.number().positive().max(900_000),
});
export type FaultBody = z.infer<typeof faultBody>;

export const faultView = fault.extend({
  id: z.string(),
  state: z.enum(['running', 'ended', 'stopped']),
  started_at: instant,
  ends_at: instant,
  ended_at: instant.nullable(),
  /** Why it ended. */
  ended_by: z.string().nullable(),
  injected: count,
  actor: z.string(),
  reason: z.string(),
});
export type FaultView = z.infer<typeof faultView>;

export const faultList = z.object({
  /** Whether drills may be started here. */
  enabled: z.boolean(),
  why_not: z.string().nullable(),
  /** Injection points. */
  places: z.array(
    z.object({ id: z.string(), name: z.string(), used_by: z.array(z.string()), breakers: z.array(z.string()) }),
  ),
  faults: z.array(faultView),
});
export type FaultList = z.infer<typeof faultList>;

export const faultStop = z.object({ reason: reason.optional() }).default({});
