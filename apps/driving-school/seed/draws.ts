import { seededRandom } from 'dualbrake/testing';

/** Random choices that are the same on every machine. */
export interface Draws {
  /** A whole number from 0 to `count - 1`. */
  below(count: number): number;
  /** True in the given share of cases. @param share 0 to 1 */
  chance(share: number): boolean;
  pick<const C extends readonly [unknown, ...unknown[]]>(choices: C): C[number];
}

/** Draws by a seed: the same seed gives the same choices. @param seed any integer */
export function drawsBy(seed: number): Draws {
  const next = seededRandom(seed);
  const below = (count: number): number => Math.floor(next() * count);
  return {
    below,
    chance: (share) => next() < share,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
  };
}
