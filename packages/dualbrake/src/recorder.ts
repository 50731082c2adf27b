import type { Call } from './call.ts';
import type { Classification } from './classification.ts';
import type { CircuitState, StopReason, TransitionTrigger } from './events.ts';
import type { Steerable } from './steerable.ts';

/**
 * What a call that a breaker let through came to. `success` and `slow` went well; `failure` and `timeout` count against
 * the dependency; `ignored` and `cancelled` say nothing about it.
 */
export type CallOutcome = 'success' | 'slow' | 'failure' | 'timeout' | 'ignored' | 'cancelled';

/** Why a breaker did not let a call through: it is open, an order isolates it, or only some calls may test it. */
export type Rejection = 'open' | 'override' | 'probe-limit';

/** Is told of every call in plain numbers while a registry measures; see `Registry.record`. None of this may throw. */
export interface CallRecorder {
  /** @returns where calls of this policy are recorded; nothing when they are not */
  breaker(policy: Steerable): BreakerRecorder | undefined;
  /** @returns where calls of this policy are recorded; nothing when they are not */
  retry(policy: Steerable): RetryRecorder | undefined;
}

/** Is told what calls come to at one breaker. */
export interface BreakerRecorder {
  /**
   * @param isTest whether it was let through to test an open circuit
   * @param found what a failure was classified as; nothing for a plain success
   */
  ended(
    outcome: CallOutcome,
    durationMs: number,
    now: number,
    isTest: boolean,
    found: Classification | undefined,
    call: Call<unknown> | undefined,
  ): void;
  rejected(reason: Rejection, now: number): void;
  changed(from: CircuitState, to: CircuitState, trigger: TransitionTrigger, now: number): void;
  /** It is closed again. @param durationMs since it first opened */
  recovered(durationMs: number): void;
}

/** Is told what becomes of the operations of one retry. Attempts are counted from 1. */
export interface RetryRecorder {
  /** An operation and its first attempt begin. */
  began(): void;
  /** The operation went well. */
  succeeded(attempt: number, attemptMs: number, operationMs: number): void;
  /** An attempt failed and another one follows. */
  waits(attempt: number, attemptMs: number, delayMs: number, found: Classification, call: Call<unknown>): void;
  /** The wait is over: the next attempt begins. @param attempt the one that had failed */
  continues(attempt: number): void;
  /** The caller left during the wait. */
  left(attempt: number, operationMs: number, waitedMs: number): void;
  /** An attempt failed and no other one follows. */
  gaveUp(
    attempt: number,
    attemptMs: number,
    operationMs: number,
    waitedMs: number,
    stoppedBy: StopReason,
    found: Classification,
    call: Call<unknown>,
  ): void;
}
