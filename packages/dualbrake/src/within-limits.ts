import type { Call } from './call.ts';
import { discard } from './discard.ts';
import { CallTimeoutError } from './errors.ts';

/** The reason for not waiting any longer for a user's function. A wrapper, to distinguish it from errors of that function. */
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
 * Waits for the promise of a user's function until the call is aborted or its deadline passes. Work that starts after the deadline gets
 * until the next timer turn, so results that are immediately available still count. Later results are discarded. Leaves no timer or
 * listener behind.
 *
 * @param cause the error of the call, used as the `cause` of a CallTimeoutError
 * @throws LimitReached with the signal's reason or a CallTimeoutError; otherwise the rejection of the work
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
