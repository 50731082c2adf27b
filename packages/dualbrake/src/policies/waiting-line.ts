import type { Call } from '../call.ts';

/** A call that waits for its turn. */
export interface Waiter {
  readonly call: Call<unknown>;
  readonly since: number;
  /** Its turn has come. */
  readonly admit: () => void;
  /** It leaves without its turn. */
  readonly refuse: (error: unknown) => void;
  /** Ends what it set up for waiting: listener and timer. */
  quit: (() => void) | undefined;
  next: Waiter | undefined;
  previous: Waiter | undefined;
  waiting: boolean;
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

  get first(): Waiter | undefined {
    return this.#first;
  }

  /**
   * Waits at the end of the line.
   *
   * @param now clock reading
   * @param limitMs how long at most, in milliseconds; `Infinity` for as long as it takes
   * @param late makes the error for who has waited `limitMs`
   * @returns settles when the turn has come; rejects with the caller's reason, or with what `late` makes
   */
  join(call: Call<unknown>, now: number, limitMs: number, late: () => unknown): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        call,
        since: now,
        admit: resolve,
        refuse: reject,
        quit: undefined,
        next: undefined,
        previous: this.#last,
        waiting: true,
      };
      if (this.#last !== undefined) this.#last.next = waiter;
      else this.#first = waiter;
      this.#last = waiter;
      this.size += 1;
      waiter.quit = this.#watch(waiter, limitMs, late);
    });
  }

  /** Lets the first one go: his turn has come. Answers the waiter, or nothing when nobody waits. */
  admitFirst(): Waiter | undefined {
    const waiter = this.#first;
    if (waiter === undefined) return undefined;
    this.#remove(waiter);
    waiter.admit();
    return waiter;
  }

  /** Makes no listener and no timer for who has neither a signal nor a limit. */
  #watch(waiter: Waiter, limitMs: number, late: () => unknown): (() => void) | undefined {
    const { call } = waiter;
    const signal = call.canAbort ? call.signal : undefined;
    const leave = (): void => this.#leave(waiter, signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    const cancel = limitMs === Infinity ? undefined : call.host.clock.after(limitMs, () => this.#leave(waiter, late()));
    if (signal === undefined && cancel === undefined) return undefined;
    return () => {
      signal?.removeEventListener('abort', leave);
      cancel?.();
    };
  }

  #leave(waiter: Waiter, error: unknown): void {
    if (!waiter.waiting) return;
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
    waiter.waiting = false;
    waiter.quit?.();
  }
}
