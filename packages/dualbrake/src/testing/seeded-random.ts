/**
 * Chance that repeats itself: the same seed gives the same numbers.
 * Mulberry32 (Tommy Ettinger, public domain): plenty for tests, useless for secrets.
 *
 * @param seed any integer
 * @returns draws numbers in [0, 1)
 */
export function seededRandom(seed: number): () => number {
  let state = Math.trunc(seed) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
