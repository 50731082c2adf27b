import { AbortListener } from '../abort-listener.ts';
import type { Call, Trace } from '../call.ts';
import { CallTimeoutError } from '../errors.ts';
import { LazySignal } from '../lazy-signal.ts';
import { isInside } from '../lineage.ts';
import { tellWaiting } from '../retried.ts';
import { dropRejection } from '../user-function.ts';

/**
 * One operation that several callers wait for. It has the first caller's key, attributes and `idempotent`, but no
 * caller's limits: each caller leaves at its own limit, and the operation is aborted when the last one has left.
 */
export class Flight<A> {
  /** Number of the operation, in the order in which they begin. */
  readonly order: number;
  /** False once the result must not be kept: it may be from before a change, or incomplete. */
  isWanted = true;
  readonly #shared: Call<unknown>;
  readonly #answer: Promise<A>;
  readonly #onAbandoned: (flight: Flight<A>) => void;
  /** Aborts when the last caller leaves. */
  readonly #callers = new LazySignal(undefined);
  /** The operation's own: aborts with `#callers`, or by itself if a limit of the chain made the last caller leave. */
  readonly #signal = new LazySignal(undefined, this.#callers);
  readonly #trace: Trace = {
    attempts: 0,
    waitedMs: 0,
    fromFallback: false,
    stoppedBy: undefined,
    attemptList: undefined,
  };
  #waiting = 0;
  #hasLanded = false;
  #isTaken = false;

  /**
   * @param call the first caller's
   * @param operate starts the operation, with a call on behalf of all callers
   * @param onAbandoned called when the last caller leaves before there is a result
   */
  constructor(
    call: Call<unknown>,
    order: number,
    operate: (shared: Call<unknown>, flight: Flight<A>) => Promise<A>,
    onAbandoned: (flight: Flight<A>) => void,
  ) {
    this.order = order;
    this.#onAbandoned = onAbandoned;
    this.#shared = call.onBehalfOfAll(this.#signal, this.#callers, this.#trace);
    this.#answer = operate(this.#shared, this);
  }

  /** Marks the operation as settled, or as abandoned by all callers. */
  land(): void {
    this.#hasLanded = true;
  }

  /** Whether a call is made by the very operation that it would wait for, as far as anybody can tell. */
  isAround(call: Call<unknown>): boolean {
    return isInside(call, this.#shared);
  }

  /** Waits for the result, within the limits of one caller. */
  board(call: Call<unknown>): Promise<A> {
    this.#waiting += 1;
    const answer = waitWithin(call, this.#answer, (reason) => this.#left(call, reason));
    const { trace } = call;
    return trace === undefined ? answer : answer.finally(() => addTo(trace, this.#trace));
  }

  /**
   * Takes a result that only one caller can have. From then on, the operation's signal follows that caller's.
   *
   * @returns false if another caller has it
   */
  take(call: Call<unknown>, answer: unknown): boolean {
    if (this.#isTaken) return false;
    this.#isTaken = true;
    const operation = this.#signal;
    if (call.canAbort && operation.isHeard) {
      new AbortListener(call.lazySignal, (reason) => operation.abort(reason)).followFor(answer);
    }
    return true;
  }

  /** It has failed for one of its callers, too. */
  failed(call: Call<unknown>, error: unknown): void {
    // The one that began it is around it, and knows.
    if (this.#shared.within !== call) tellWaiting(this.#shared, call);
    // An error may carry an answer that nobody has read yet.
    this.take(call, error);
  }

  #left(call: Call<unknown>, reason: unknown): void {
    this.#waiting -= 1;
    if (this.#waiting > 0 || this.#hasLanded) return;
    this.isWanted = false;
    this.#onAbandoned(this);
    // Only a limit of the chain counts against the dependency; a limit of the caller is neutral.
    const isChainLimit = call.aborted && !call.isCallerGone;
    (isChainLimit ? this.#signal : this.#callers).abort(reason);
  }
}

/**
 * Waits for a shared result, within the limits of one call.
 *
 * @param left called if the call ends before there is a result
 * @returns rejects with the signal's reason when that aborts, and with CallTimeoutError at the caller's deadline; a limit
 *   of the chain has a timer of its own
 */
function waitWithin<R>(call: Call<unknown>, answer: Promise<R>, left: (reason: unknown) => void): Promise<R> {
  const { deadline } = call;
  const isBounded = deadline !== Infinity && !call.isLimitedByChain;
  if (!call.canAbort && !isBounded) return answer;
  if (call.aborted) {
    dropRejection(answer);
    left(call.abortReason);
    return Promise.reject(call.abortReason);
  }
  return new Promise((resolve, reject) => {
    const leave = (reason: unknown): void => {
      ended();
      reject(reason);
      left(reason);
    };
    const caller = new AbortListener(call.lazySignal, leave);
    caller.follow();
    const { clock } = call.host;
    const leftMs = deadline - clock.now();
    const cancel = isBounded ? clock.after(leftMs, () => leave(new CallTimeoutError(leftMs, 'caller'))) : undefined;
    const ended = (): void => {
      cancel?.();
      caller.release();
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

/** What `executeOutcome` tells of a shared operation, it tells each caller. */
function addTo(own: Trace, shared: Trace): void {
  own.attempts += shared.attempts;
  own.waitedMs += shared.waitedMs;
  own.fromFallback ||= shared.fromFallback;
  own.stoppedBy = shared.stoppedBy ?? own.stoppedBy;
  own.attemptList = shared.attemptList ?? own.attemptList;
}
