import { common } from './copies.ts';
import type { StopReason } from './events.ts';
import type { Attempt, AttemptList } from './shared-records.ts';

export type { Attempt, AttemptList } from './shared-records.ts';

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
