import { captureContext, inThisContext, type InContext } from './async-context.ts';
import type { Clock } from './clock.ts';
import { tell } from './user-function.ts';

/**
 * Runs a task on an interval that does not keep the process alive. Runs never overlap, and use the async context in which the interval
 * was started. A failed run is followed by the next one as usual.
 */
export class Repeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #work: () => Promise<void>;
  readonly #onError: ((error: unknown) => unknown) | undefined;
  #cancelNext: (() => void) | undefined;
  #isWorking = false;
  #inContext: InContext = inThisContext;

  /** @param onError a function of the user's that is told what `work` rejects with; without it nobody is */
  constructor(
    clock: Clock,
    intervalMs: number,
    work: () => Promise<void>,
    onError: ((error: unknown) => unknown) | undefined,
  ) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#work = work;
    this.#onError = onError;
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
      void this.#inContext(() => this.#workOnce());
    };
    this.#cancelNext = this.#clock.after(this.#intervalMs, next, { background: true });
  }

  /** Never rejects. */
  async #workOnce(): Promise<void> {
    try {
      await this.#work();
    } catch (error) {
      if (this.#onError !== undefined) tell(this.#onError, error);
    } finally {
      this.#isWorking = false;
    }
  }
}
