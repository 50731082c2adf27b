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

interface Remembered {
  readonly list: AttemptList;
  readonly sequence: number;
}

const records = new WeakMap<object, Remembered>();
let sequence = 0;

/**
 * What a retry did before it threw this error.
 *
 * @returns `undefined` when no retry threw it, or when it is not an object
 */
export function attemptsOf(error: unknown): AttemptList | undefined {
  return recordOf(error)?.list;
}

/** Remembers how a retry ended, beside the error and not on it: errors may be frozen, and they are not ours. */
export function rememberAttempts(error: unknown, attempts: readonly Attempt[], stoppedBy: StopReason): void {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return;
  sequence += 1;
  records.set(error, { list: Object.assign([...attempts], { stoppedBy }), sequence });
}

/** A mark in time, for `stoppedSince`. */
export function attemptMark(): number {
  return sequence;
}

/**
 * Why an inner retry gave up on this error since the mark; `undefined` when none did.
 * The mark matters: programs throw the same error object again and again, and an old record says nothing of this call.
 */
export function stoppedSince(error: unknown, mark: number): StopReason | undefined {
  const record = recordOf(error);
  return record !== undefined && record.sequence > mark ? record.list.stoppedBy : undefined;
}

function recordOf(error: unknown): Remembered | undefined {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return undefined;
  return records.get(error);
}
