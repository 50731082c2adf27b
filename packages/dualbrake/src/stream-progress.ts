import type { Clock } from './clock.ts';
import type { LazySignal } from './lazy-signal.ts';

/**
 * How far a stream has got, for policies that would start the operation again or answer in its place. A call that is no
 * stream has none.
 */
export interface StreamProgress {
  /** True once the consumer has an item: from then on nothing may be repeated, and nothing may answer instead. */
  readonly begun: boolean;
  /** True while the consumer is busy with an item: the source waits, and how long that takes is not its fault. */
  readonly isIdle: boolean;
  /**
   * An attempt has its first item.
   *
   * @returns false when another attempt came first: this one must end, and its item is dropped
   */
  begin(): boolean;
}

/** A stream whose call is about to begin. */
export interface BeginningStream extends StreamProgress {
  /**
   * Once it is known what the caller gave.
   *
   * @param deadline reading of the clock; nothing when unbounded
   * @returns the signal of the call: it aborts with the caller's, at the deadline, and when the consumer leaves
   */
  limitedBy(caller: LazySignal | undefined, deadline: number | undefined, clock: Clock): LazySignal;
}

/** What a stream that has ended answers inside a chain of policies. There is nothing in it to be judged. */
export const streamEnd: unique symbol = Symbol('the end of a stream');

/** One of several attempts that run at the same time, for a policy that must know which of them begins. */
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
