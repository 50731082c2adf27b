import { captureContext, inThisContext, type InContext } from '../async-context.ts';
import type { Clock } from '../clock.ts';

/**
 * Does something on an interval that does not keep the process alive, never twice at once, in the async context in which
 * it was started.
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

  /** The first time comes after one interval. Starting twice changes nothing. */
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
