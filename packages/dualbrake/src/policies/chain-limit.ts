import type { Call } from '../call.ts';
import { LazySignal } from '../lazy-signal.ts';

/**
 * Hears at once when a limit around a policy ends its call, or when the caller leaves: the operation may ignore its
 * signal and never end. It costs no `AbortSignal`.
 */
export class ChainLimit extends LazySignal {
  readonly #onEnd: (reason: unknown) => void;
  #isOver = false;

  /** @param onEnd called once, with the reason, unless `settle` is called before */
  constructor(call: Call<unknown>, onEnd: (reason: unknown) => void) {
    super(undefined, call.lazySignal);
    this.#onEnd = onEnd;
    this.follow();
  }

  protected override onParentAbort(reason: unknown): void {
    this.#isOver = true;
    this.#onEnd(reason);
  }

  /** The work has ended. @returns false when it came too late to count */
  settle(): boolean {
    this.release();
    return !this.#isOver;
  }
}
