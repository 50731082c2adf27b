import { captureContext, inThisContext, type InContext } from '../async-context.ts';
import type { Clock } from '../clock.ts';

/**
 * Runs a task on an interval that does not keep the process alive. Runs never overlap, and use the async context in which the interval
 * was started.
 */
export class Repeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #work: () => Promise<void>;
  #cancelNext: (() => void) | undefined;
  #isWorking = false;
  #inContext: InContext = inThisContext;

  /** @param work never rejects */
  constructor(clock: Clock, intervalMs: number, work: () => Promise<void>) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#work = work;
  }

  /** The first run comes after one interval. Starting twice has no effect. */
  start(): void {
    if (this.#cancelNext !== undefined) return;
    this.#inContext = captureContext() ?? inThisContext;
    this.#arm();
  }

  stop(): void {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
  }

  #arm(): void {
    const next = (): void => {
      this.#arm();
      if (this.#isWorking) return;
      this.#isWorking = true;
      void this.#inContext(this.#work).finally(() => {
        this.#isWorking = false;
      });
    };
    this.#cancelNext = this.#clock.after(this.#intervalMs, next, { background: true });
  }
}
