/** Chance that repeats itself, so that a demo is the same on every machine. */
export interface SeededRandom {
  /** A whole number from 0 to `count - 1`. */
  below(count: number): number;
  /** True in the given share of cases. @param share 0 to 1 */
  chance(share: number): boolean;
  pick<const C extends readonly [unknown, ...unknown[]]>(choices: C): C[number];
}

/** Draws by mulberry32 (Tommy Ettinger, public domain): plenty for a demo, useless for secrets. @param seed any integer */
export function seededRandom(seed: number): SeededRandom {
  let state = Math.trunc(seed) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return {
    below,
    chance: (share) => next() < share,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
  };
}
