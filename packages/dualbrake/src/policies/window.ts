/** How a call went, for a window: none, one or both of these, added. */
export const FAILED = 1;
/** It took longer than a call should, or is still running and already does. */
export const SLOW = 2;

/** Longest age of what is saved: beyond it the numbers of buckets would not be exact. 300 years, in milliseconds. */
export const LONGEST_AGE_MS = 1e13;

/** What a window knows at a moment. */
export interface WindowTotals {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/**
 * What a window of the last calls held.
 *
 * @example
 * ```ts
 * const saved: SavedCalls = { kind: 'count', calls: 3, failures: 1, slow: 0, outcomes: '010' };
 * ```
 */
export interface SavedCalls extends WindowTotals {
  readonly kind: 'count';
  /** A digit for each call, oldest first: 0 for a good one, 1 for a failed, 2 for a slow, 3 for a slow and failed one. */
  readonly outcomes: string;
}

/**
 * What a window of time held.
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
  /** Milliseconds since the window began to count; edges of buckets follow from it. */
  readonly ageMs: number;
  /** Calls, failures and slow calls of each bucket, newest first, without empty ones at the end. */
  readonly buckets: readonly (readonly [calls: number, failures: number, slow: number])[];
}

/**
 * What a window held; mere totals where there was no window, and from version 1.
 *
 * @example
 * ```ts
 * const saved: SavedWindow = new CircuitBreaker({ window: 'count' }).save().window;
 * ```
 */
export type SavedWindow = (WindowTotals & { readonly kind?: undefined }) | SavedCalls | SavedBuckets;

/** The calls that a circuit judges by: how many, how many of them failed, how many were slow. */
export interface Window extends WindowTotals {
  /** Forgets what is too old. Must come before the totals are read. */
  moveTo(now: number): void;
  /**
   * Counts a call.
   *
   * @param judged 0, `FAILED`, `SLOW` or their sum
   * @returns its place, for `amend`
   */
  record(judged: number, now: number): number;
  /** A call that was counted as slow while it ran has failed since; ignored when it has left the window meanwhile. */
  amend(place: number, now: number): void;
  clear(): void;
  /** What it holds, as plain data. */
  save(now: number): SavedWindow;
  /**
   * Goes on with what a window of the same kind and length held; of another kind, or a time window of another length,
   * nothing is taken. Of mere totals, which version 1 saved, the failures count first, as if they had just happened.
   *
   * @param elapsedMs time since it was saved; default 0
   */
  restore(saved: SavedWindow, now: number, elapsedMs?: number): void;
}
