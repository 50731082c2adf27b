/** How current the shown values are. */
export type Freshness = 'connecting' | 'live' | 'lagging' | 'stale';

/** Without contact for this long the page greys out its values and shows their age. */
export const LAGGING_AFTER_MS = 15_000;
/** Without contact for this long a banner reports that the server isn’t answering. */
export const STALE_AFTER_MS = 30_000;

/**
 * @param receivedAtMs when the server last sent something; `undefined` before the first time
 * @param nowMs a reading of the same clock
 */
export function freshnessOf(receivedAtMs: number | undefined, nowMs: number): Freshness {
  if (receivedAtMs === undefined) return 'connecting';
  const ageMs = nowMs - receivedAtMs;
  if (ageMs >= STALE_AFTER_MS) return 'stale';
  return ageMs >= LAGGING_AFTER_MS ? 'lagging' : 'live';
}
