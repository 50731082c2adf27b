import type { Call, Trace } from '../call.ts';
import { CallTimeoutError } from '../errors.ts';
import { LazySignal } from '../lazy-signal.ts';
import { isInside } from '../lineage.ts';
import { tellWaiting } from '../retried.ts';

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
  /** The call on behalf of all. */
  readonly #shared: Call<unknown>;
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
    this.#shared = call.onBehalfOfAll(this.#signal, this.#callers, this.#trace);
    this.#answer = operate(this.#shared, this);
  }

  /** There is an answer, or nobody waits for it any more. */
  land(): void {
    this.#hasLanded = true;
  }

  /** Whether a call is made by the very operation that it would wait for, as far as anybody can tell. */
  isAround(call: Call<unknown>): boolean {
    return isInside(call, this.#shared);
  }

  /** A caller hears that it failed: what retries inside have given up on, they have given up on for each caller. */
  tellFailed(call: Call<unknown>): void {
    // Its first caller was told as it happened.
    if (this.#shared.within !== call) tellWaiting(this.#shared, call);
  }

  /** Waits for the answer, no longer than the caller does. */
  board(call: Call<unknown>): Promise<A> {
    this.#waiting += 1;
    const answer = waitWithin(call, this.#answer, (reason) => this.#left(call, reason));
    const { trace } = call;
    return trace === undefined ? answer : answer.finally(() => tell(trace, this.#trace));
  }

  /**
   * Takes an answer that only one caller can have: from now on the operation's signal is that caller's.
   *
   * @returns false when another caller has it
   */
  take(call: Call<unknown>): boolean {
    if (this.#isTaken) return false;
    this.#isTaken = true;
    if (call.canAbort) {
      const { signal } = call;
      signal.addEventListener('abort', () => this.#signal.abort(signal.reason), { once: true });
    }
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
  const isBounded = deadline !== Infinity && deadline === call.callerDeadline;
  if (!call.canAbort && !isBounded) return answer;
  if (call.aborted) {
    answer.catch(() => undefined);
    left(call.abortReason);
    return Promise.reject(call.abortReason);
  }
  return new Promise((resolve, reject) => {
    const waiting = new Waiting(call.lazySignal, (reason) => {
      cancel?.();
      waiting.release();
      reject(reason);
      left(reason);
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

/** What `executeOutcome` tells of a shared operation, it tells each caller. */
function tell(own: Trace, shared: Trace): void {
  own.attempts += shared.attempts;
  own.waitedMs += shared.waitedMs;
  own.fromFallback ||= shared.fromFallback;
  own.stoppedBy = shared.stoppedBy ?? own.stoppedBy;
  own.attemptList = shared.attemptList ?? own.attemptList;
}
