import type { Steps } from '../../contract/booking/steps.ts';

/** How long work may block the event loop before it yields, in milliseconds. */
const sliceMsDefault = 8;

/** Lets long work share the event loop: the work calls `yieldIfDue` between its steps, each of which must be short. */
export class EventLoopYielder {
  readonly #sliceMs: number;
  readonly #nowMs: () => number;
  #startedAt: number;

  /**
   * @param sliceMs time after which to yield; default 8
   * @param nowMs a monotonic clock in milliseconds; default `performance.now`
   */
  constructor({
    sliceMs = sliceMsDefault,
    nowMs = () => performance.now(),
  }: { sliceMs?: number; nowMs?: () => number } = {}) {
    this.#sliceMs = sliceMs;
    this.#nowMs = nowMs;
    this.#startedAt = nowMs();
  }

  /**
   * Resolves immediately or, when the work has blocked the event loop for `sliceMs`, after waiting requests and timers.
   *
   * @throws the signal's reason when it has aborted
   */
  async yieldIfDue(signal?: AbortSignal): Promise<void> {
    if (this.#nowMs() - this.#startedAt < this.#sliceMs) return;
    // An immediate runs after pending input and output; a resolved promise would run before.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    signal?.throwIfAborted();
    this.#startedAt = this.#nowMs();
  }
}

/**
 * Runs a computation that yields between its steps, without blocking the event loop.
 *
 * @throws the signal's reason when it has aborted
 */
export async function runInSlices<Result>(
  steps: Steps<Result>,
  signal?: AbortSignal,
  yielder = new EventLoopYielder(),
): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await yielder.yieldIfDue(signal);
  }
}
