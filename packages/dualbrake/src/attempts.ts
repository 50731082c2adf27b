import { common } from './copies.ts';
import type { StopReason } from './events.ts';

/**
 * One failed attempt of a retried call.
 *
 * @example
 * ```ts
 * const describe = ({ attempt, delayMs }: Attempt): string => `attempt ${attempt}, then waited ${delayMs ?? 0} ms`;
 * ```
 */
export interface Attempt {
  /** Number of the attempt, starting at 1. */
  readonly attempt: number;
  readonly error: unknown;
  /** Milliseconds waited after this attempt. Absent on the last one. */
  readonly delayMs?: number;
  /** Why there was no further attempt. Only present on the last one. */
  readonly stoppedBy?: StopReason;
}

/**
 * All attempts of a failed call, oldest first, and why there was no further one.
 *
 * @example
 * ```ts
 * const summary = (attempts: AttemptList): string => `gave up after ${attempts.length} attempts: ${attempts.stoppedBy}`;
 * ```
 */
export type AttemptList = readonly Attempt[] & { readonly stoppedBy: StopReason };

/**
 * The attempts a retry made before it threw this error, or before it returned this value although the value counts as a failure.
 *
 * If several calls end with the same error object, such as a constant or the rejection of a shared promise, this is the list of the
 * last of them. Use `executeOutcome` for the list of one particular call.
 *
 * @returns `undefined` when no retry threw it, or when it is not an object
 * @example
 * ```ts
 * try {
 *   await retry().execute(() => database.getStudent(id));
 * } catch (error) {
 *   log.warn(`failed after ${attemptsOf(error)?.length ?? 1} attempts`);
 * }
 * ```
 */
export function attemptsOf(error: unknown): AttemptList | undefined {
  return isObject(error) ? common.attempts.get(error) : undefined;
}

/** Stored in a map and not on the error: errors may be frozen, and they belong to the caller. */
export function rememberAttempts(result: unknown, list: AttemptList): void {
  if (isObject(result)) common.attempts.set(result, list);
}

/** Adds the stop reason to a copy of the attempts. */
export function attemptList(attempts: readonly Attempt[], stoppedBy: StopReason): AttemptList {
  return Object.assign([...attempts], { stoppedBy });
}

/** Whether a value can be the key of a `WeakMap`. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
