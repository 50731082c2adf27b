import { AbortListener } from '../abort-listener.ts';
import type { Call, Trace } from '../call.ts';
import { CallTimeoutError } from '../errors.ts';
import { LazySignal } from '../lazy-signal.ts';
import { dropRejection } from '../user-function.ts';

/**
 * One operation that several callers wait for. It carries the first caller's key, attributes and `idempotent`, and
 * nobody's limits: each caller leaves at its own, and the operation is aborted when the last one has left.
 */
export class Flight<A> {
  /** Operations are counted as they begin. */
  readonly order: number;
  /** False once the answer is worth nothing to anybody else: it may be from before a change, or half of something. */
  isWanted = true;
  readonly #answer: Promise<A>;
  readonly #onAbandoned: (flight: Flight<A>) => void;
  /** Aborts when the last caller leaves. */
  readonly #callers = new LazySignal(undefined);
  /** The operation's own: aborts with the one above, or alone where a limit of the chain made the last caller leave. */
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
   * @param call of the caller that begins it
   * @param operate begins the operation, with a call that is made on behalf of all
   * @param onAbandoned called when the last caller leaves before there is an answer
   */
  constructor(
    call: Call<unknown>,
    order: number,
    operate: (shared: Call<unknown>, flight: Flight<A>) => Promise<A>,
    onAbandoned: (flight: Flight<A>) => void,
  ) {
    this.order = order;
    this.#onAbandoned = onAbandoned;
    this.#answer = operate(call.onBehalfOfAll(this.#signal, this.#callers, this.#trace), this);
  }

  /** There is an answer, or nobody waits for it any more. */
  land(): void {
    this.#hasLanded = true;
  }

  /** Waits for the answer, no longer than the caller does. */
  board(call: Call<unknown>): Promise<A> {
    this.#waiting += 1;
    const answer = waitWithin(call, this.#answer, (reason) => this.#left(call, reason));
    const { trace } = call;
    return trace === undefined ? answer : answer.finally(() => addTo(trace, this.#trace));
  }

  /**
   * Takes an answer that only one caller can have: from now on the operation's signal is that caller's.
   *
   * @returns false when another caller has it
   */
  take(call: Call<unknown>, answer: unknown): boolean {
    if (this.#isTaken) return false;
    this.#isTaken = true;
    // Nothing that this link holds leads to the answer: it ends when nobody has the answer any more.
    const operation = this.#signal;
    const caller = new LazySignal(undefined, call.lazySignal);
    new AbortListener(caller, (reason) => operation.abort(reason)).follow();
    caller.letGo(answer);
    return true;
  }

  #left(call: Call<unknown>, reason: unknown): void {
    this.#waiting -= 1;
    if (this.#waiting > 0 || this.#hasLanded) return;
    this.isWanted = false;
    this.#onAbandoned(this);
    // Whether this says anything about the dependency depends on whose limit it was.
    const isChainLimit = call.aborted && !call.isCallerGone;
    (isChainLimit ? this.#signal : this.#callers).abort(reason);
  }
}

/**
 * Waits for something that is not this call's alone, no longer than its caller does.
 *
 * @param left called when the caller did not wait to the end
 * @returns rejects at once with the signal's reason when that aborts, and with a CallTimeoutError at the deadline that
 *   the caller gave; a limit of the chain has a timer of its own
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
