import type { Draws } from './draws.ts';

/** A lesson's place in an instructor's day, in minutes of the wall clock. */
export interface DayPart {
  readonly start: number;
  readonly minutes: number;
  /** Begins where the one before ends. */
  readonly isRelay: boolean;
}

/** Minutes between lessons that are no relay. */
export const demoBufferMinutes = 15;

/**
 * Fills an instructor's day with lessons: an hour each, some of 45 or 90 minutes, with the buffer between them and some
 * longer gaps.
 *
 * @param share of the day that is taken, 0 to 1
 */
export function dayParts(
  random: Draws,
  { from, to, share }: { readonly from: number; readonly to: number; readonly share: number },
): DayPart[] {
  const parts: DayPart[] = [];
  let start = from;
  while (start + 45 <= to) {
    const length = random.below(20);
    const minutes = length < 16 ? 60 : length < 18 ? 90 : 45;
    const isTaken = random.chance(share);
    const isRelay = random.chance(0.03);
    const isLunch = start < 750 && start + minutes + 45 > 750;
    if (isTaken && start + minutes <= to) {
      const previous = parts.at(-1);
      const relays =
        isRelay && previous !== undefined && start - previous.start - previous.minutes === demoBufferMinutes;
      const begin = relays ? start - demoBufferMinutes : start;
      parts.push({ start: begin, minutes, isRelay: relays });
      start = begin;
    }
    start += minutes + demoBufferMinutes + (isLunch ? 30 : 0);
  }
  return parts;
}
