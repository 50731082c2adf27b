import type { Classification } from './classification.ts';
import type { RefusedError } from './errors.ts';

/**
 * The state of a circuit. `closed`: calls pass. `open`: calls are refused. `half-open`: a few calls test whether the dependency is healthy again.
 *
 * @example
 * ```ts
 * const state: CircuitState = circuitBreaker().state;
 * ```
 */
export type CircuitState = 'closed' | 'open' | 'half-open';

/**
 * What changed the state of a circuit: its own rules, an operator, a health check, or what other processes have found.
 *
 * @example
 * ```ts
 * const byPeople: TransitionTrigger = 'operator';
 * ```
 */
export type TransitionTrigger = 'automatic' | 'operator' | 'health-check' | 'shared';

/**
 * Why a retry stopped.
 *
 * - `exhausted`: no attempts left
 * - `persistent`: the error will not clear by itself
 * - `budget`: the retry budget is exhausted
 * - `deadline`: the deadline would pass before the next attempt
 * - `circuit-open`: a breaker refused the call
 * - `refused`: another policy refused the call
 * - `aborted`: the caller aborted
 * - `not-safe-to-repeat`: the call may have taken effect
 * - `already-retried`: an inner retry gave up on it
 * - `retry-after-too-long`: the server asked for a longer delay than allowed
 * - `already-begun`: the consumer has received items of the stream
 *
 * @example
 * ```ts
 * const temporary: readonly StopReason[] = ['circuit-open', 'refused', 'budget'];
 * const outcome = await retry().executeOutcome(() => database.getStudent(id));
 * if (outcome.stoppedBy !== undefined && temporary.includes(outcome.stoppedBy)) log.info('try again later');
 * ```
 */
export type StopReason =
  | 'exhausted'
  | 'persistent'
  | 'budget'
  | 'deadline'
  | 'circuit-open'
  | 'refused'
  | 'aborted'
  | 'not-safe-to-repeat'
  | 'already-retried'
  | 'retry-after-too-long'
  | 'already-begun';

/**
 * An attempt failed and another one follows after `delayMs`.
 *
 * @example
 * ```ts
 * const print = ({ attempt, delayMs, classification }: RetryEvent) =>
 *   log.info(`attempt ${attempt} failed (${classification.rule}); next one in ${delayMs} ms`);
 * ```
 */
export interface RetryEvent {
  readonly type: 'retry';
  /** Number of the failed attempt, starting at 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: unknown;
  readonly classification: Classification;
}

/**
 * A retry stopped without success. Not sent for errors that are never retried.
 *
 * @example
 * ```ts
 * const print = ({ attempts, stoppedBy }: GaveUpEvent) => log.warn(`gave up after ${attempts} attempts: ${stoppedBy}`);
 * ```
 */
export interface GaveUpEvent {
  readonly type: 'gave-up';
  readonly attempts: number;
  readonly stoppedBy: StopReason;
  readonly error: unknown;
  readonly classification: Classification;
}

/**
 * A call did not settle within its limit.
 *
 * @example
 * ```ts
 * const print = ({ limitMs }: TimeoutEvent) => log.warn(`no answer within ${limitMs} ms`);
 * ```
 */
export interface TimeoutEvent {
  readonly type: 'timeout';
  readonly limitMs: number;
}

/**
 * A call was slow, so another attempt has started.
 *
 * @example
 * ```ts
 * const print = ({ attempt, afterMs }: HedgeEvent) => log.info(`attempt ${attempt} started after ${afterMs} ms`);
 * ```
 */
export interface HedgeEvent {
  readonly type: 'hedge';
  /** 2 for the first extra attempt. */
  readonly attempt: number;
  /** Milliseconds since the first attempt began. */
  readonly afterMs: number;
}

/**
 * A policy refused a call.
 *
 * @example
 * ```ts
 * const print = ({ error }: RefusedEvent) => log.warn(error.code);
 * ```
 */
export interface RefusedEvent {
  readonly type: 'refused';
  readonly error: RefusedError;
}

/**
 * A failed call was answered by its fallback.
 *
 * @example
 * ```ts
 * const print = ({ classification }: FallbackEvent) => log.warn(`answered by the fallback: ${classification.rule}`);
 * ```
 */
export interface FallbackEvent {
  readonly type: 'fallback';
  readonly error: unknown;
  readonly classification: Classification;
}

/**
 * The state of a circuit has changed.
 *
 * @example
 * ```ts
 * const print = ({ from, to, reason }: TransitionEvent) => log.warn(`${from} to ${to}: ${reason}`);
 * ```
 */
export interface TransitionEvent {
  readonly type: 'transition';
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly trigger: TransitionTrigger;
  /** In words. Contains nothing from an error's message. */
  readonly reason: string;
  /** Consecutive failures at that moment. */
  readonly failures: number;
  /** Share of failed calls in the window, 0 to 1. Absent for consecutive windows and for empty ones. */
  readonly failureRatio?: number;
  /** Share of slow calls in the window, 0 to 1. Present if slow calls are judged. */
  readonly slowRatio?: number;
  /** Number of this period of state; grows by 1 with each transition. */
  readonly generation: number;
  /** Milliseconds until the next probe. Present if `to` is `open`. */
  readonly retryAfterMs?: number;
}

/**
 * An operator took an action through the registry.
 *
 * @example
 * ```ts
 * const print = ({ order, actor, reason }: ControlEvent) => log.info(`${actor}: ${order} (${reason})`);
 * ```
 */
export interface ControlEvent {
  readonly type: 'control';
  readonly order: string;
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly reason?: string;
  readonly actor?: string;
}

/**
 * Settings were changed through the registry.
 *
 * @example
 * ```ts
 * const print = ({ from, to }: ChangedEvent) => log.info([from, to]);
 * ```
 */
export interface ChangedEvent {
  readonly type: 'changed';
  readonly from: Readonly<Record<string, unknown>>;
  readonly to: Readonly<Record<string, unknown>>;
}

/**
 * A health check of `AutoRecovery` has ended.
 *
 * @example
 * ```ts
 * const print = ({ healthy }: CheckEvent) => log.info(healthy ? 'healthy' : 'unhealthy');
 * ```
 */
export interface CheckEvent {
  readonly type: 'check';
  readonly healthy: boolean;
  readonly error?: unknown;
}

/**
 * What policies report. Successes are not events, so they cost nothing.
 *
 * @example
 * ```ts
 * const isWarning = (event: PolicyEvent) => event.type === 'gave-up' || event.type === 'refused';
 * ```
 */
export type PolicyEvent =
  | RetryEvent
  | GaveUpEvent
  | TimeoutEvent
  | HedgeEvent
  | RefusedEvent
  | FallbackEvent
  | TransitionEvent
  | ControlEvent
  | ChangedEvent
  | CheckEvent;

/**
 * What happened, and where.
 *
 * @example
 * ```ts
 * defaultRegistry.subscribe((event: RecoveryEvent) => {
 *   if (event.type === 'transition') log.warn(`${event.policy}: ${event.from} to ${event.to}`);
 * });
 * ```
 */
export type RecoveryEvent = PolicyEvent & EventSource;

/**
 * Where and when an event happened.
 *
 * @example
 * ```ts
 * const print = ({ pipeline, policy, at }: EventSource) => log.info(`${at}: ${pipeline}, ${policy}`);
 * ```
 */
export interface EventSource {
  /** Clock reading: monotonic milliseconds. */
  readonly at: number;
  /** Name of the pipeline, or of the group for events outside of a call. */
  readonly pipeline: string;
  /** Name of the policy. */
  readonly policy: string;
  /** Low-cardinality label of the call. */
  readonly key: string;
  /** The attributes of the call, such as a correlation ID. */
  readonly attributes: Readonly<Record<string, unknown>>;
}
