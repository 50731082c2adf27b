/** Flag of a failed call in a window. Flags are added; 0 is a good call. */
export const FAILED = 1;
/** Flag of a slow call, which may still be running. */
export const SLOW = 2;

/** Longest age of what is saved: beyond it the numbers of buckets would not be exact. 300 years, in milliseconds. */
export const LONGEST_AGE_MS = 1e13;

/** Totals of a window at one moment. */
export interface WindowTotals {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/**
 * The saved content of a window of the last calls.
 *
 * @example
 * ```ts
 * const saved: SavedCalls = { kind: 'count', calls: 3, failures: 1, slow: 0, outcomes: '010' };
 * ```
 */
export interface SavedCalls extends WindowTotals {
  readonly kind: 'count';
  /** One digit per call, oldest first: 0 good, 1 failed, 2 slow, 3 slow and failed. */
  readonly outcomes: string;
}

/**
 * The saved content of a time window.
 *
 * @example
 * ```ts
 * const saved: SavedBuckets = {
 *   kind: 'time',
 *   calls: 3,
 *   failures: 1,
 *   slow: 0,
 *   windowMs: 10_000,
 *   ageMs: 61_500,
 *   buckets: [
 *     [2, 0, 0],
 *     [1, 1, 0],
 *   ],
 * };
 * ```
 */
export interface SavedBuckets extends WindowTotals {
  readonly kind: 'time';
  readonly windowMs: number;
  /** Milliseconds since the window started counting. Bucket boundaries follow from it. */
  readonly ageMs: number;
  /** Calls, failures and slow calls of each bucket, newest first, without trailing empty ones; 10 at most. */
  readonly buckets: readonly (readonly [calls: number, failures: number, slow: number])[];
}

/**
 * The saved content of a window; only totals, without a `kind`, if there was no window, and in state of version 1.
 *
 * @example
 * ```ts
 * const saved: SavedWindow = new CircuitBreaker({ window: 'count' }).save().window;
 * ```
 */
export type SavedWindow = (WindowTotals & { readonly kind?: undefined }) | SavedCalls | SavedBuckets;

/** The recent calls of a circuit: how many there were, how many failed and how many were slow. */
export interface Window extends WindowTotals {
  /** Drops calls that are too old. Must be called before the totals are read. */
  moveTo(now: number): void;
  /**
   * Counts a call.
   *
   * @param judged 0, `FAILED`, `SLOW` or their sum
   * @returns its position, for `amend`
   */
  record(judged: number, now: number): number;
  /** Marks a call as failed that was counted as slow while running. Ignored if it has left the window meanwhile. */
  amend(place: number, now: number): void;
  clear(): void;
  /** Returns the content as plain data. */
  save(now: number): SavedWindow;
  /**
   * Restores the content of a window of the same kind and, for time windows, the same length. Other content is ignored.
   * Totals without a `kind` are restored as if the calls had just happened, failures first.
   *
   * @param elapsedMs milliseconds since it was saved; default 0
   */
  restore(saved: SavedWindow, now: number, elapsedMs?: number): void;
}
