import type { Clock } from 'dualbrake';

/** A larger difference between two readings, in milliseconds, means that the wall clock was set. */
const SET_MS = 50;

/** Converts readings of a monotonic clock to instants. A reading always gives the same instant unless the wall clock is set. */
export class WallTime {
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  #offset: number;

  constructor(clock: Clock, wallClock: () => number) {
    this.#clock = clock;
    this.#wallClock = wallClock;
    this.#offset = wallClock() - clock.now();
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#wallClock();
  }

  /** @param reading of the monotonic clock @returns milliseconds since the epoch */
  of(reading: number): number {
    const offset = this.#wallClock() - this.#clock.now();
    if (Math.abs(offset - this.#offset) > SET_MS) this.#offset = offset;
    return Math.round(this.#offset + reading);
  }

  /** @param agoMs age at the reading `at` @returns ISO 8601 */
  before(agoMs: number, at: number): string {
    return isoOf(this.of(at - agoMs));
  }

  nowIso(): string {
    return isoOf(this.now());
  }
}

/** ISO 8601 in UTC, of milliseconds since the epoch. */
export function isoOf(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
