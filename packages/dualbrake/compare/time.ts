import { mock } from 'node:test';

/** How a pitfall lets time pass. */
export interface Time {
  /** Lets time pass, and everything settle that can by then. */
  advance(ms: number): Promise<void>;
  /** Gives back what it has taken over. */
  close(): void;
}

// Taken when the module is loaded, so that faked timers do not stop us.
const { setTimeout: later, setImmediate: soon } = globalThis;

/** A turn of the event loop: all promises that can settle have settled by then. */
export function turn(): Promise<void> {
  return new Promise((resolve) => soon(resolve));
}

/** The machine's time, for the few pitfalls that look at the machine. Waits are short. */
export function realTime(): Time {
  return { advance: (ms) => new Promise((resolve) => later(resolve, ms)), close() {} };
}

/** A timer that a promise causes is set where the clock stands, so the clock is moved in many small steps. */
const STEPS = 200;

/** For libraries that take timers and dates from the air. */
export function mockedTime(): Time {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  return {
    async advance(ms) {
      await turn();
      const steps = Math.min(ms, STEPS);
      for (let step = 1; step <= steps; step += 1) {
        mock.timers.tick(Math.floor((ms * step) / steps) - Math.floor((ms * (step - 1)) / steps));
        await turn();
      }
    },
    close: () => mock.timers.reset(),
  };
}

/** Rejects when the machine's time is up, also while timers are faked. */
export function within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // Before the work begins: work that counts timers finds this one there from the start.
    const timer = later(() => reject(new Error('it never came to an end')), limitMs);
    void work()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
