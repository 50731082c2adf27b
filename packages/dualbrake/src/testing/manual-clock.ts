import { captureContext } from '../async-context.ts';
import type { Clock } from '../clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** What the wall clock shows at the start: 2026-01-01T00:00:00Z. */
const WALL_START_MS = 1_767_225_600_000;

/** A clock that is moved by hand. Who set a timer is called back in his own async context, as by real timers. */
export class ManualClock implements Clock {
  #now: number;
  /** How far the wall clock is ahead of the monotonic one. */
  #wallAheadMs: number;
  /** By time, and of the same time in the order in which they were set. */
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

  /** The time of day, in milliseconds since the Unix epoch. `advance` moves it together with `now()`. */
  wallNow(): number {
    return this.#now + this.#wallAheadMs;
  }

  /** Sets the wall clock, as a person or a time server does. Timers and `now()` are not affected. */
  setWallClock(epochMs: number): void {
    if (!Number.isFinite(epochMs)) {
      throw new RangeError(`setWallClock(epochMs) takes milliseconds since the Unix epoch, got ${epochMs}.`);
    }
    this.#wallAheadMs = epochMs - this.#now;
  }

  /**
   * Suspends the machine, as closing the lid of a laptop does: the wall clock goes on, while `now()` and the timers stand
   * still, as they do on Linux and macOS.
   *
   * @param ms 0 or more
   * @throws RangeError when `ms` is negative or no number
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

  /** Timers that have not fired; 0 means that nothing waits. */
  get pending(): number {
    return this.#timers.length;
  }

  /**
   * Moves time on and fires what becomes due, in order, letting promises settle before, between and after.
   *
   * @param ms 0 or more; 0 fires what is due now
   * @throws RangeError when `ms` is negative or no number
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

  /** Behind all that are due then or before. */
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

/** Taken when the module is loaded, so that faked timers of a test do not stop us. */
const { setTimeout: later, setImmediate: soon } = globalThis as typeof globalThis & {
  setImmediate?: (callback: () => void) => unknown;
};

/** A turn of the event loop: all promises that can settle have settled by then. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof soon === 'function') soon(() => resolve());
    else later(resolve, 0);
  });
}
