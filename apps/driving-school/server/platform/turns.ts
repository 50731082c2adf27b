/** How long one piece of work may hold the event loop, in milliseconds, before others get their turn. */
const turnMsDefault = 8;

/**
 * Shares the event loop: long work calls `rest` between its steps, and whenever it has held the loop for `turnMs`,
 * requests and timers that wait run first. One step must be short by itself.
 */
export class Turns {
  readonly #turnMs: number;
  readonly #nowMs: () => number;
  #startedAt: number;

  /**
   * @param turnMs default 8
   * @param nowMs a monotonic clock in milliseconds; default `performance.now`
   */
  constructor({
    turnMs = turnMsDefault,
    nowMs = () => performance.now(),
  }: { turnMs?: number; nowMs?: () => number } = {}) {
    this.#turnMs = turnMs;
    this.#nowMs = nowMs;
    this.#startedAt = nowMs();
  }

  /**
   * Resolves at once, or after everything else that waits for the event loop has run.
   *
   * @throws the signal's reason, when the caller has stopped waiting
   */
  async rest(signal?: AbortSignal): Promise<void> {
    if (this.#nowMs() - this.#startedAt < this.#turnMs) return;
    // An immediate runs after input and output have been looked at; a resolved promise would run before.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    signal?.throwIfAborted();
    this.#startedAt = this.#nowMs();
  }
}
