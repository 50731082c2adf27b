/** How a call went, for a window: none, one or both of these, added. */
export const FAILED = 1;
/** It took longer than a call should, or is still running and already does. */
export const SLOW = 2;

/** What a window knows at a moment. */
export interface WindowTotals {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

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
  /** Counts what a saved window held, as if it had just happened, the failures first. */
  restore(totals: WindowTotals, now: number): void;
}
