import type { Clock } from './clock.ts';
import { dropRejection } from './user-function.ts';

/** A moment, by both readings of a clock. */
export interface Moment {
  /** Monotonic milliseconds. */
  readonly at: number;
  /** Milliseconds since the Unix epoch; nothing where the clock knows no wall time. */
  readonly wallAt: number | undefined;
}

/** What the clock shows now. */
export function momentOf(clock: Clock): Moment {
  return { at: clock.now(), wallAt: wallTimeOf(clock) };
}

/**
 * Milliseconds since a moment, by whichever reading shows more. The monotonic one stands still while a machine is
 * suspended, and the wall clock may be set back: neither makes anything younger.
 */
export function ageMs(clock: Clock, { at, wallAt }: Moment): number {
  const elapsedMs = clock.now() - at;
  const wallElapsedMs = wallAt === undefined ? Number.NaN : (wallTimeOf(clock) ?? Number.NaN) - wallAt;
  return wallElapsedMs > elapsedMs ? wallElapsedMs : elapsedMs;
}

/** Nothing where the clock knows no wall time, or a clock of the user's cannot tell it. */
function wallTimeOf(clock: Clock): number | undefined {
  try {
    const now: unknown = clock.wallNow?.();
    if (typeof now === 'number') return now;
    dropRejection(now);
  } catch {
    // Ages follow the monotonic clock alone.
  }
  return undefined;
}
