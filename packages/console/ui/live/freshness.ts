/** How far what is shown can be trusted. */
export type Freshness = 'connecting' | 'live' | 'lagging' | 'stale';

/** After so long without a sign of life the page greys its numbers out and says how old they are, */
export const LAGGING_AFTER_MS = 15_000;
/** and after so long it says across the top that the server does not answer. */
export const STALE_AFTER_MS = 30_000;

/**
 * @param lastSignMs when the server was last heard; `undefined` before the first time
 * @param nowMs the same clock's reading now
 */
export function freshnessOf(lastSignMs: number | undefined, nowMs: number): Freshness {
  if (lastSignMs === undefined) return 'connecting';
  const ageMs = nowMs - lastSignMs;
  if (ageMs >= STALE_AFTER_MS) return 'stale';
  return ageMs >= LAGGING_AFTER_MS ? 'lagging' : 'live';
}
