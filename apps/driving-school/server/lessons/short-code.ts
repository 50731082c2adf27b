/** Letters and digits that nobody confuses when a code is read aloud or typed: without 0, O, 1 and I. */
export const shortCodeAlphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** Attempts with a number of characters, before codes get longer: 4, then 5, then 6. */
const attemptsPerLength = 5;

/** With this many taken codes in a row, chance is not the reason. */
export const shortCodeAttemptsMax = 40;

/** A random integer from 0 to one below the limit. */
export type RandomInteger = (limit: number) => number;

/**
 * Draws the short code of a lesson, such as `L-7K3F`.
 *
 * @param attempt 0 for the first; codes of later attempts are longer, because the short ones are crowded
 */
export function shortCode(random: RandomInteger, attempt = 0): string {
  const length = 4 + Math.min(2, Math.floor(attempt / attemptsPerLength));
  return `L-${Array.from({ length }, () => shortCodeAlphabet[random(shortCodeAlphabet.length)]).join('')}`;
}
