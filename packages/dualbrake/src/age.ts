import type { Clock } from './clock.ts';
import { dropRejection } from './user-function.ts';

/** A point in time, as both readings of a clock. */
export interface Moment {
  /** Monotonic milliseconds. */
  readonly at: number;
  /** Milliseconds since the Unix epoch; `undefined` if the clock has no wall time. */
  readonly wallAt: number | undefined;
}

/** The current time of a clock. */
export function momentOf(clock: Clock): Moment {
  return { at: clock.now(), wallAt: wallTimeOf(clock) };
}

/**
 * Milliseconds since a point in time: the larger of the monotonic and the wall clock difference. The monotonic clock stops while a
 * machine is suspended, and the wall clock may be set back; neither must make anything younger.
 */
export function ageMs(clock: Clock, { at, wallAt }: Moment): number {
  const elapsedMs = clock.now() - at;
  const wallElapsedMs = wallAt === undefined ? Number.NaN : (wallTimeOf(clock) ?? Number.NaN) - wallAt;
  return wallElapsedMs > elapsedMs ? wallElapsedMs : elapsedMs;
}

/** No age is worth failing a call: a clock of the user's that throws, or tells no time, knows no wall time. */
function wallTimeOf(clock: Clock): number | undefined {
  try {
    const now: unknown = clock.wallNow?.();
    if (typeof now === 'number') return now;
    dropRejection(now);
  } catch {
    // The monotonic reading says it alone.
  }
  return undefined;
}
