import { common } from './copies.ts';
import type { StopReason } from './events.ts';

/** One try of a retried call. */
export interface Attempt {
  /** Counted from 1. */
  readonly attempt: number;
  readonly error: unknown;
  /** Milliseconds waited after this attempt; absent after the last one. */
  readonly delayMs?: number;
  /** Why there was no further attempt; present on the last one. */
  readonly stoppedBy?: StopReason;
}

/** All tries of a call that failed, oldest first, and why there was no further one. */
export type AttemptList = readonly Attempt[] & { readonly stoppedBy: StopReason };

/**
 * What a retry did before it threw this error, or answered this value although it was judged a failure.
 *
 * Programs throw the same error object in many calls: a rejected promise that they share, a constant. For such an error
 * it is the list of the last call that ended with it; `executeOutcome` has the list of each call.
 *
 * @returns `undefined` when no retry threw it, or when it is not an object
 */
export function attemptsOf(error: unknown): AttemptList | undefined {
  return isObject(error) ? common.attempts.get(error) : undefined;
}

/** Remembers how a retry ended, beside the error and not on it: errors may be frozen, and they are not ours. */
export function rememberAttempts(result: unknown, list: AttemptList): void {
  if (isObject(result)) common.attempts.set(result, list);
}

/** A list of attempts that ended for this reason. */
export function attemptList(attempts: readonly Attempt[], stoppedBy: StopReason): AttemptList {
  return Object.assign([...attempts], { stoppedBy });
}

/** What a `WeakMap` takes. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
