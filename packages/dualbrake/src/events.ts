import type { Classification } from './classification.ts';
import type { RefusedError } from './errors.ts';

/** Closed: calls pass. Open: calls are refused. Half-open: a few calls test whether the dependency is well again. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** Who changed the state of a circuit: its own rules, a person, a health check, or what other processes have found. */
export type TransitionTrigger = 'automatic' | 'operator' | 'health-check' | 'shared';

/**
 * Why a retry stopped.
 *
 * `exhausted` all attempts used; `persistent` the error will not clear by itself; `budget` too many retries already;
 * `deadline` the wait does not fit; `circuit-open` a breaker refused the call; `refused` another policy did;
 * `aborted` the caller left; `not-safe-to-repeat` it may have taken effect; `already-retried` an inner layer has given
 * up on it; `retry-after-too-long` the other side asked for more patience than allowed; `already-begun` items of the
 * stream have reached the consumer.
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

/** An attempt failed and another one follows after `delayMs`. */
export interface RetryEvent {
  readonly type: 'retry';
  /** The attempt that failed, counted from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: unknown;
  readonly classification: Classification;
}

/** A retry stopped without success. Not sent for an error that is not retried at all. */
export interface GaveUpEvent {
  readonly type: 'gave-up';
  readonly attempts: number;
  readonly stoppedBy: StopReason;
  readonly error: unknown;
  readonly classification: Classification;
}

/** A call did not settle within its limit. */
export interface TimeoutEvent {
  readonly type: 'timeout';
  readonly limitMs: number;
}

/** A call was slow, so it was made once more beside. */
export interface HedgeEvent {
  readonly type: 'hedge';
  /** 2 for the first extra attempt. */
  readonly attempt: number;
  /** Milliseconds since the first attempt began. */
  readonly afterMs: number;
}

/** A policy did not make the call. */
export interface RefusedEvent {
  readonly type: 'refused';
  readonly error: RefusedError;
}

/** A failed call was answered by its fallback. */
export interface FallbackEvent {
  readonly type: 'fallback';
  readonly error: unknown;
  readonly classification: Classification;
}

/** A circuit changed its state. */
export interface TransitionEvent {
  readonly type: 'transition';
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly trigger: TransitionTrigger;
  /** In words; holds nothing from an error's message. */
  readonly reason: string;
  /** Failures in a row at that moment. */
  readonly failures: number;
  /** Share of failed calls in the window, 0 to 1; absent for a window of calls in a row, and for an empty one. */
  readonly failureRatio?: number;
  /** Share of slow calls in the window, 0 to 1; present where slow calls are judged. */
  readonly slowRatio?: number;
  /** Number of this state's period; grows with each change of state. */
  readonly generation: number;
  /** Milliseconds until the next test; present when `to` is `open`. */
  readonly retryAfterMs?: number;
}

/** Somebody gave an order through the registry. */
export interface ControlEvent {
  readonly type: 'control';
  readonly order: string;
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly reason?: string;
  readonly actor?: string;
}

/** Somebody changed settings through the registry. */
export interface ChangedEvent {
  readonly type: 'changed';
  readonly from: Readonly<Record<string, unknown>>;
  readonly to: Readonly<Record<string, unknown>>;
}

/** An automatic health check has run. */
export interface CheckEvent {
  readonly type: 'check';
  readonly healthy: boolean;
  readonly error?: unknown;
}

/** What a policy reports. A success is not an event, so the happy path costs nothing. */
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

/** Something a person would want to know, and where it happened. */
export type RecoveryEvent = PolicyEvent & EventSource;

/** Where and when an event happened. */
export interface EventSource {
  /** Clock reading, monotonic milliseconds. */
  readonly at: number;
  /** The pipeline's name, or the group's for events outside of a call. */
  readonly pipeline: string;
  /** The policy's name. */
  readonly policy: string;
  /** Low-cardinality label of the call. */
  readonly key: string;
  /** The caller's attributes, such as a correlation id. */
  readonly attributes: Readonly<Record<string, unknown>>;
}
