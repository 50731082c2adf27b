import type { Clock } from '../clock.ts';
import { timeOf } from '../user-function.ts';

/** Makes a reading of a monotonic clock seconds since the epoch. @param of whose latest reading it is */
export type SecondsAt = (of: object, reading: number) => number;

/**
 * Readings as seconds since the epoch. One that was asked for before is told again as it was told then: the two clocks
 * drift, and a time that seems to change with each scrape would look like something that happens again and again.
 *
 * @param wallClock milliseconds since the epoch
 */
export function wallTimes(clock: Clock, wallClock: () => number): SecondsAt {
  const told = new WeakMap<object, { readonly reading: number; readonly seconds: number }>();
  return (of, reading) => {
    const known = told.get(of);
    if (known?.reading === reading) return known.seconds;
    const seconds = Math.round(timeOf(wallClock) - (clock.now() - reading)) / 1_000;
    told.set(of, { reading, seconds });
    return seconds;
  };
}
