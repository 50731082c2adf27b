import type { Clock } from 'dualbrake';

/** A difference that is more than the noise of two readings means that the wall clock was set, in milliseconds. */
const SET_MS = 50;

/**
 * Turns readings of a monotonic clock into instants. One reading always gives the same instant, unless somebody sets the
 * wall clock: then instants follow it.
 */
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

  /** @param agoMs an age that was told at the reading `at` @returns ISO 8601 */
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
