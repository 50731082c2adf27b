import type { Call } from './call.ts';
import { discard } from './discard.ts';
import { CallTimeoutError } from './errors.ts';

/** Why work of a user's was not waited for any longer. Wrapped, so that nobody takes it for an error of that work. */
export class LimitReached {
  readonly reason: unknown;

  constructor(reason: unknown) {
    this.reason = reason;
  }
}

/** Why a call ended inside of `withinLimits`: the reason of its limit, or the error of the work. */
export function endOf(error: unknown): unknown {
  return error instanceof LimitReached ? error.reason : error;
}

/**
 * Waits for what a user's function has promised, for as long as the call may last: when it is aborted, that ends at once,
 * and when its deadline passes, then. Work that begins after the deadline is waited for until the next turn of the
 * timers, so that what is at hand can still be answered. What comes later is dropped, and nothing stays behind.
 *
 * @param cause the error of the call, for the error that says that its time was up
 * @throws LimitReached with the signal's reason or a CallTimeoutError; else what the work rejects with
 */
export function withinLimits<T>(call: Call<unknown>, work: PromiseLike<T>, cause: unknown): Promise<T> {
  const { deadline, host, canAbort } = call;
  if (!canAbort && deadline === Infinity) return Promise.resolve(work);
  const signal = canAbort ? call.signal : undefined;
  return new Promise<T>((resolve, reject) => {
    let isOver = false;
    const end = (): void => {
      isOver = true;
      cancel?.();
      signal?.removeEventListener('abort', leave);
    };
    const stop = (reason: unknown): void => {
      end();
      reject(new LimitReached(reason));
    };
    const leave = (): void => stop(signal?.reason);
    const leftMs = Math.max(0, deadline - host.clock.now());
    const late = (): void => stop(new CallTimeoutError(leftMs, call.isLimitedByChain ? 'policy' : 'caller', { cause }));
    const cancel = deadline === Infinity ? undefined : host.clock.after(leftMs, late);
    signal?.addEventListener('abort', leave, { once: true });
    void Promise.resolve(work).then(
      (value) => {
        if (isOver) discard(value);
        else {
          end();
          resolve(value);
        }
      },
      (error: unknown) => {
        if (isOver) return;
        end();
        reject(error);
      },
    );
    if (signal?.aborted === true) leave();
  });
}
