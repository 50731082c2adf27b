/**
 * A random number generator that returns the same sequence for the same seed. Mulberry32 (Tommy Ettinger, public domain): good
 * enough for tests, not for secrets.
 *
 * @param seed any integer
 * @returns a function that returns numbers in [0, 1)
 * @example
 * ```ts
 * const random = seededRandom(7);
 * const policy = retry({ random }); // the same delays in every run
 * ```
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
