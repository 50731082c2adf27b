import type { Clock } from '../clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** A clock that is moved by hand. */
export class ManualClock implements Clock {
  #now: number;
  #timers: Timer[] = [];

  /** @param startsAt first reading, in milliseconds; default 0 */
  constructor(startsAt = 0) {
    this.#now = startsAt;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { dueAt: this.#now + Math.max(0, delayMs), callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
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
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#timers = this.#timers.filter((other) => other !== timer);
      this.#now = Math.max(this.#now, timer.dueAt);
      timer.callback();
      await settle();
    }
    this.#now = until;
  }

  /** The earliest timer that is due; of two at the same time, the one that was set first. */
  #next(until: number): Timer | undefined {
    return this.#timers
      .filter(({ dueAt }) => dueAt <= until)
      .reduce<Timer | undefined>(
        (first, timer) => (first === undefined || timer.dueAt < first.dueAt ? timer : first),
        undefined,
      );
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
