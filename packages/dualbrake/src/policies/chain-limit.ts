import type { Call } from '../call.ts';
import { LazySignal } from '../lazy-signal.ts';

/**
 * Reports at once that an outer limit has ended a call, or that its caller has left. Needed because the operation may
 * ignore its signal and never settle. Creates no `AbortSignal`.
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

  /** Ends the watch because the work has settled. @returns false if that was too late to count */
  settle(): boolean {
    this.release();
    return !this.#isOver;
  }
}
