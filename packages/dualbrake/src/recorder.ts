import type { Call } from './call.ts';
import type { Classification } from './classification.ts';
import type { CircuitState, StopReason, TransitionTrigger } from './events.ts';
import type { Steerable } from './steerable.ts';

/**
 * The outcome of a call that a breaker admitted. `success` and `slow` succeeded; `failure` and `timeout` count against the
 * dependency; `ignored` and `cancelled` are neutral.
 *
 * @example
 * ```ts
 * const failed: readonly CallOutcome[] = ['failure', 'timeout'];
 * ```
 */
export type CallOutcome = 'success' | 'slow' | 'failure' | 'timeout' | 'ignored' | 'cancelled';

/**
 * Why a breaker refused a call: it is open, an operator isolated it, or enough probes are running.
 *
 * @example
 * ```ts
 * const byOperator: Rejection = 'override';
 * ```
 */
export type Rejection = 'open' | 'override' | 'probe-limit';

/**
 * Receives every call of a registry in plain numbers; see `Registry.record`. What its methods throw is dropped.
 *
 * @example
 * ```ts
 * const nothing: CallRecorder = { breaker: () => undefined, retry: () => undefined };
 * const stop = new Registry().record(nothing);
 * ```
 */
export interface CallRecorder {
  /** @returns the recorder for this breaker; `undefined` when its calls are not recorded */
  breaker(policy: Steerable): BreakerRecorder | undefined;
  /** @returns the recorder for this retry; `undefined` when its calls are not recorded */
  retry(policy: Steerable): RetryRecorder | undefined;
}

/**
 * Receives the calls of one breaker.
 *
 * @example
 * ```ts
 * const recorder: BreakerRecorder = {
 *   ended: (outcome, durationMs) => log.info(`${outcome} in ${durationMs} ms`),
 *   rejected: (reason) => log.info(`refused: ${reason}`),
 *   changed: (from, to) => log.warn(`${from} to ${to}`),
 *   recovered: (durationMs) => log.info(`closed again after ${durationMs} ms`),
 * };
 * ```
 */
export interface BreakerRecorder {
  /**
   * An admitted call has ended.
   *
   * @param isTest whether the call was a probe of the open circuit
   * @param found the classification of a failure; `undefined` for a plain success
   */
  ended(
    outcome: CallOutcome,
    durationMs: number,
    now: number,
    isTest: boolean,
    found: Classification | undefined,
    call: Call<unknown> | undefined,
  ): void;
  /** A call was refused. */
  rejected(reason: Rejection, now: number): void;
  /** The state has changed. */
  changed(from: CircuitState, to: CircuitState, trigger: TransitionTrigger, now: number): void;
  /** The breaker is closed again. @param durationMs time since it opened */
  recovered(durationMs: number): void;
}

/**
 * Receives the operations of one retry. Attempts are counted from 1.
 *
 * @example
 * ```ts
 * const recorder: RetryRecorder = {
 *   began() {},
 *   succeeded: (attempt) => log.info(`succeeded at attempt ${attempt}`),
 *   waits: (attempt, _attemptMs, delayMs) => log.info(`attempt ${attempt} failed; next one in ${delayMs} ms`),
 *   continues() {},
 *   left() {},
 *   gaveUp: (attempt, _attemptMs, _operationMs, _waitedMs, stoppedBy) => log.warn(`gave up: ${stoppedBy}`),
 * };
 * ```
 */
export interface RetryRecorder {
  /** An operation and its first attempt start. */
  began(): void;
  /** The operation has succeeded. */
  succeeded(attempt: number, attemptMs: number, operationMs: number): void;
  /** An attempt has failed and another one follows after a delay. */
  waits(attempt: number, attemptMs: number, delayMs: number, found: Classification, call: Call<unknown>): void;
  /** The delay is over and the next attempt starts. @param attempt number of the failed attempt */
  continues(attempt: number): void;
  /** The caller aborted during the delay. */
  left(attempt: number, operationMs: number, waitedMs: number): void;
  /** An attempt has failed and no other one follows. */
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
