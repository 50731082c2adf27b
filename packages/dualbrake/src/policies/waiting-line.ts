import type { Call } from '../call.ts';

/** A call that waits for its turn. */
export interface Waiter {
  readonly call: Call<unknown>;
  /** Its turn has come. */
  readonly admit: () => void;
  /** It leaves without its turn: because its caller did, or because it has waited for too long. */
  readonly refuse: (error: unknown) => void;
  /** Ends what was set up for waiting: listener and timer. */
  quit: (() => void) | undefined;
  next: Waiter | undefined;
  previous: Waiter | undefined;
}

/**
 * Calls that wait for their turn: first in, first out. Who leaves, because his caller has left or his time is over,
 * leaves at once and from any place, and leaves nothing behind.
 */
export class WaitingLine {
  size = 0;
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  readonly #onLeft: (() => void) | undefined;

  /** @param onLeft called after somebody has left before his turn */
  constructor(onLeft?: () => void) {
    this.#onLeft = onLeft;
  }

  /**
   * Waits at the end of the line. One of the two functions is called, once.
   *
   * @param limitMs how long at most, in milliseconds; `Infinity` for as long as it takes
   * @param late makes the error for who has waited `limitMs`
   */
  join(
    call: Call<unknown>,
    limitMs: number,
    late: () => unknown,
    admit: () => void,
    refuse: (error: unknown) => void,
  ): void {
    const previous = this.#last;
    const waiter: Waiter = { call, admit, refuse, quit: undefined, next: undefined, previous };
    if (previous !== undefined) previous.next = waiter;
    else this.#first = waiter;
    this.#last = waiter;
    this.size += 1;
    if (limitMs !== Infinity || call.canAbort) waiter.quit = this.#watch(waiter, limitMs, late);
  }

  /** Lets the first one go: his turn has come. Answers the waiter, or nothing when nobody waits. */
  admitFirst(): Waiter | undefined {
    const waiter = this.#first;
    if (waiter === undefined) return undefined;
    this.#remove(waiter);
    waiter.admit();
    return waiter;
  }

  #watch(waiter: Waiter, limitMs: number, late: () => unknown): () => void {
    const { call } = waiter;
    const signal = call.canAbort ? call.signal : undefined;
    const leave = (): void => this.#leave(waiter, call.abortReason);
    signal?.addEventListener('abort', leave);
    const cancel = limitMs === Infinity ? undefined : call.host.clock.after(limitMs, () => this.#leave(waiter, late()));
    return () => {
      signal?.removeEventListener('abort', leave);
      cancel?.();
    };
  }

  #leave(waiter: Waiter, error: unknown): void {
    this.#remove(waiter);
    waiter.refuse(error);
    this.#onLeft?.();
  }

  #remove(waiter: Waiter): void {
    const { previous, next } = waiter;
    if (previous !== undefined) previous.next = next;
    else this.#first = next;
    if (next !== undefined) next.previous = previous;
    else this.#last = previous;
    this.size -= 1;
    waiter.quit?.();
  }
}
