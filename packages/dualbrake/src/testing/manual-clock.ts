import { captureContext } from '../async-context.ts';
import type { Clock } from '../clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** The initial time of the wall clock: 2026-01-01T00:00:00Z. */
const WALL_START_MS = 1_767_225_600_000;

/**
 * A clock for tests that only moves when you tell it to. As with real timers, callbacks run in the async context in which the timer was
 * set.
 *
 * @example
 * ```ts
 * const clock = new ManualClock();
 * const call = timeout({ limitMs: 500, clock }).execute(() => new Promise(() => {}));
 * const failed = call.catch((error: unknown) => log.info(error)); // CallTimeoutError
 * await clock.advance(500);
 * await failed;
 * ```
 */
export class ManualClock implements Clock {
  #now: number;
  /** Wall clock minus monotonic clock. */
  #wallAheadMs: number;
  /** Sorted by due time, then by the order in which they were set. */
  readonly #timers: Timer[] = [];

  /**
   * @param startsAt first reading of `now()`, in milliseconds; default 0
   * @param wallStartsAt first reading of `wallNow()`, in milliseconds since the Unix epoch; default 2026-01-01T00:00:00Z
   */
  constructor(startsAt = 0, wallStartsAt = WALL_START_MS) {
    this.#now = startsAt;
    this.#wallAheadMs = wallStartsAt - startsAt;
  }

  now(): number {
    return this.#now;
  }

  /** The wall clock, in milliseconds since the Unix epoch. `advance` moves it together with `now()`. */
  wallNow(): number {
    return this.#now + this.#wallAheadMs;
  }

  /** Sets the wall clock, as a user or a time server does. Timers and `now()` are not affected. */
  setWallClock(epochMs: number): void {
    if (!Number.isFinite(epochMs)) {
      throw new RangeError(`setWallClock(epochMs) takes milliseconds since the Unix epoch, got ${epochMs}.`);
    }
    this.#wallAheadMs = epochMs - this.#now;
  }

  /**
   * Suspends the machine, as closing the lid of a laptop does: the wall clock moves on, while `now()` and timers stop, as on Linux and
   * macOS.
   *
   * @param ms 0 or more
   * @throws RangeError when `ms` is negative or not a number
   */
  suspend(ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) throw new RangeError(`suspend(ms) takes 0 or more milliseconds, got ${ms}.`);
    this.#wallAheadMs += ms;
  }

  after(delayMs: number, callback: () => void): () => void {
    const inContext = captureContext();
    const timer: Timer = {
      dueAt: this.#now + Math.max(0, delayMs),
      callback: inContext === undefined ? callback : () => inContext(callback),
    };
    this.#timers.splice(this.#placeAfter(timer.dueAt), 0, timer);
    return () => {
      const place = this.#timers.lastIndexOf(timer, this.#placeAfter(timer.dueAt));
      if (place >= 0) this.#timers.splice(place, 1);
    };
  }

  /** Number of timers that have not fired yet. */
  get pending(): number {
    return this.#timers.length;
  }

  /**
   * Advances the time and fires the timers that become due, in order. Lets promises settle before, between and after them.
   *
   * @param ms 0 or more; 0 fires the timers that are due now
   * @throws RangeError when `ms` is negative or not a number
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`advance(ms) takes 0 or more milliseconds, got ${ms}.`);
    const until = this.#now + ms;
    await settle();
    for (let timer = this.#timers[0]; timer !== undefined && timer.dueAt <= until; timer = this.#timers[0]) {
      this.#timers.shift();
      this.#now = Math.max(this.#now, timer.dueAt);
      timer.callback();
      await settle();
    }
    this.#now = until;
  }

  /** The index after all timers that are due at or before a time. */
  #placeAfter(dueAt: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle]?.dueAt ?? Infinity) <= dueAt) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Captured when the module is loaded, so that fake timers of a test don't block the clock. */
const { setTimeout: later, setImmediate: soon } = globalThis as typeof globalThis & {
  setImmediate?: (callback: () => void) => unknown;
};

/** Waits for one turn of the event loop, after which all promises that can settle have settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof soon === 'function') soon(() => resolve());
    else later(resolve, 0);
  });
}
