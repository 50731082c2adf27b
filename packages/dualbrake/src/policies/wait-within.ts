import type { Call } from '../call.ts';
import { CallTimeoutError } from '../errors.ts';
import { LazySignal } from '../lazy-signal.ts';

/**
 * Waits for something that is not this call's alone, no longer than its caller does.
 *
 * @param left called when the caller did not wait to the end
 * @returns rejects at once with the signal's reason when that aborts, and with a CallTimeoutError at the deadline that
 *   the caller gave; a limit of the chain has a timer of its own
 */
export function waitWithin<R>(call: Call<unknown>, answer: Promise<R>, left?: (reason: unknown) => void): Promise<R> {
  const { deadline } = call;
  const isBounded = deadline !== Infinity && deadline === call.callerDeadline;
  if (!call.canAbort && !isBounded) return answer;
  if (call.aborted) {
    answer.catch(() => undefined);
    left?.(call.abortReason);
    return Promise.reject(call.abortReason);
  }
  return new Promise((resolve, reject) => {
    const waiting = new Waiting(call.lazySignal, (reason) => {
      cancel?.();
      waiting.release();
      reject(reason);
      left?.(reason);
    });
    waiting.follow();
    const { clock } = call.host;
    const leftMs = deadline - clock.now();
    const cancel = isBounded
      ? clock.after(leftMs, () => waiting.leave(new CallTimeoutError(leftMs, 'caller')))
      : undefined;
    const ended = (): void => {
      cancel?.();
      waiting.release();
    };
    answer.then(
      (value) => {
        ended();
        resolve(value);
      },
      (error: unknown) => {
        ended();
        reject(error);
      },
    );
  });
}

/** Hears of the caller's abort. */
class Waiting extends LazySignal {
  readonly #onLeave: (reason: unknown) => void;

  constructor(caller: LazySignal | undefined, onLeave: (reason: unknown) => void) {
    super(undefined, caller);
    this.#onLeave = onLeave;
  }

  leave(reason: unknown): void {
    this.#onLeave(reason);
  }

  protected override onParentAbort(reason: unknown): void {
    this.#onLeave(reason);
  }
}
