/** How long work may hold the event loop before it yields, in milliseconds. */
const turnMsDefault = 8;

/**
 * Shares the event loop: long work calls `rest` between its steps, which yields to waiting requests and timers when the
 * work has held the loop for `turnMs`. A single step must be short.
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
   * Resolves at once, or after everything that waits for the event loop has run.
   *
   * @throws the signal's reason when it has aborted
   */
  async rest(signal?: AbortSignal): Promise<void> {
    if (this.#nowMs() - this.#startedAt < this.#turnMs) return;
    // An immediate runs after pending input and output; a resolved promise would run before.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    signal?.throwIfAborted();
    this.#startedAt = this.#nowMs();
  }
}
