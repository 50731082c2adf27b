import type { Clock } from './clock.ts';
import type { LazySignal } from './lazy-signal.ts';

/** The progress of a stream, for policies that retry the operation or replace its result. Only for `executeStream`. */
export interface StreamProgress {
  /** Whether the consumer has received an item. From then on retries and fallbacks are not possible. */
  readonly begun: boolean;
  /** Whether the consumer is busy with an item. The source then waits, and is not responsible for the delay. */
  readonly isIdle: boolean;
  /**
   * Called when an attempt has its first item.
   *
   * @returns false if another attempt was first: this one must end, and its item is discarded
   */
  begin(): boolean;
}

/** A stream whose call is about to start. */
export interface BeginningStream extends StreamProgress {
  /**
   * Called when the caller's signal and deadline are known.
   *
   * @param deadline clock reading in milliseconds; `undefined` without a deadline
   * @returns the signal of the call, which aborts with the caller's, at the deadline, and when the consumer stops early
   */
  limitedBy(caller: LazySignal | undefined, deadline: number | undefined, clock: Clock): LazySignal;
}

/** The result of a completed stream inside a chain of policies. */
export const streamEnd: unique symbol = Symbol('the end of a stream');

/** The progress of one of several concurrent attempts, for a policy that must know which of them delivers the first item. */
export class StreamBranch implements StreamProgress {
  readonly #stream: StreamProgress;
  readonly #onBegin: () => void;

  constructor(stream: StreamProgress, onBegin: () => void) {
    this.#stream = stream;
    this.#onBegin = onBegin;
  }

  get begun(): boolean {
    return this.#stream.begun;
  }

  get isIdle(): boolean {
    return this.#stream.isIdle;
  }

  begin(): boolean {
    const isFirst = this.#stream.begin();
    if (isFirst) this.#onBegin();
    return isFirst;
  }
}
