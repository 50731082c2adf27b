import { capturedContext, type CapturedContext } from '../async-context.ts';
import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import { hasSharedAlarm, type Clock } from '../clock.ts';
import { CallTimeoutError } from '../errors.ts';
import { hostOptions, type Host, type HostOptions } from '../host.ts';
import { LazySignal } from '../lazy-signal.ts';
import { isOutOfTime, isReached } from '../limits.ts';
import { start, type Outcome } from '../execution.ts';
import { placesOf, type Places, type Policy } from '../policy.ts';
import type { TimeoutReport } from '../reports.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { StreamOperation } from '../stream.ts';
import { Standalone } from './standalone.ts';
import { DeadlineList, type Waiting } from './deadline-list.ts';

/**
 * Options of a timeout.
 *
 * @example
 * ```ts
 * const options: TimeoutOptions = { name: 'query-timeout', limitMs: 2_000 };
 * const policy = timeout(options);
 * ```
 */
export interface TimeoutOptions extends HostOptions {
  /** Shown in reports and metrics. Default `timeout`. */
  readonly name?: string;
  /** How long a call may take, in milliseconds; more than 0. An earlier deadline of the call shortens it. */
  readonly limitMs: number;
}

const spec = {
  limitMs: { min: Number.MIN_VALUE, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 30_000 },
} as const;

/**
 * Ends calls that take too long.
 *
 * The caller gets `CallTimeoutError` at the limit, even if the operation ignores its signal. A caller who aborts gets
 * their own reason at once. Whatever the operation returns later is dropped.
 *
 * @example
 * ```ts
 * const policy = new Timeout({ limitMs: 2_000 });
 * const student = await policy.execute(({ signal }) => database.getStudent(id, { signal }));
 * ```
 */
export class Timeout implements Policy {
  readonly name: string;
  readonly kind = 'timeout';
  readonly settings: Settings<typeof spec>;
  readonly #standalone: Standalone;
  readonly #counts: Counts = { calls: 0, timeouts: 0, abandoned: 0 };
  readonly #limiter: Limiter;
  #list: DeadlineList | undefined;

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: TimeoutOptions) {
    const subject = `timeout "${typeof options?.name === 'string' ? options.name : 'timeout'}"`;
    const others = { name: 'string', ...hostOptions } as const;
    checkOptions(subject, options, spec, others);
    // Required at run time too: a limit must be chosen, not inherited from a default.
    if (options.limitMs === undefined) checkOptions(subject, { limitMs: Number.NaN }, spec, others);
    this.name = options.name ?? 'timeout';
    this.settings = new Settings(subject, spec, { ...options });
    this.#standalone = new Standalone(this, options);
    this.#limiter = new Limiter(this.name, this.#counts, []);
  }

  /** @throws CallTimeoutError at the limit; otherwise the operation's own error, unchanged */
  execute<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<T> {
    return this.#standalone.execute(operation, options);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<Outcome<T>> {
    return this.#standalone.executeOutcome(operation, options);
  }

  /** The same for an operation that returns items one by one. @see Pipeline.executeStream */
  executeStream<T>(
    operation: StreamOperation<T>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    return this.#standalone.executeStream(operation, options);
  }

  attach(host: Host): void {
    this.#standalone.attach(host);
  }

  link(next: Next<unknown>, outer: readonly Policy<unknown>[]): Next<unknown> {
    const places = placesOf(outer);
    const limiter = places.length === 0 ? this.#limiter : new Limiter(this.name, this.#counts, places);
    return (call) => this.#limit(call, next, limiter);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    return this.#limit(call, next, this.#limiter);
  }

  #limit<T>(call: Call<T>, next: Next<T>, limiter: Limiter): Promise<T> {
    if (call.aborted) return Promise.reject(call.abortReason);
    const { host } = call.executor;
    const { clock } = host;
    const now = clock.now();
    const { limitMs } = this.settings.values;
    const leftMs = call.deadline - now;
    this.#counts.calls += 1;
    return new Promise<T>((resolve, reject) => {
      const isShort = leftMs < limitMs;
      const limitedBy = isShort && call.limitedTo === call.extras?.callerDeadline ? 'caller' : 'policy';
      const limited = new LimitedCall(limiter, call, isShort ? leftMs : limitMs, limitedBy, reject);
      if (call.canAbort) limited.follow();
      // A call with an earlier deadline has a shorter limit, and so a timer of its own.
      if (!isShort && this.#standalone.sharesTimers(host) && hasSharedAlarm(clock)) {
        limited.waitIn(this.#listFor(clock, limitMs), now);
      } else limited.waitAlone(clock, now);
      start(call.withLimit(limited, now + limitMs), next).then(
        (value) => {
          limited.settle(value);
          resolve(value);
        },
        (error: unknown) => {
          const told = isOutOfTime(error) ? limited.outOfTime(error) : error;
          limited.settle(error);
          reject(told);
        },
      );
    });
  }

  /** The list for this limit. Calls with an earlier limit stay in the list that they are in. */
  #listFor(clock: Clock, limitMs: number): DeadlineList {
    if (this.#list === undefined || this.#list.limitMs !== limitMs) this.#list = new DeadlineList(clock, limitMs);
    return this.#list;
  }

  /** `abandoned` counts operations that are still running although their callers already have an error. */
  report(): TimeoutReport {
    return { ...this.#counts };
  }
}

interface Counts {
  calls: number;
  timeouts: number;
  abandoned: number;
}

/** Counts and reports what a timeout does at one position in a chain, and keeps the places of outer bulkheads. */
class Limiter {
  readonly #name: string;
  readonly #counts: Counts;
  readonly #places: readonly Places[];

  constructor(name: string, counts: Counts, places: readonly Places[]) {
    this.#name = name;
    this.#counts = counts;
    this.#places = places;
  }

  expired(call: Call<unknown>, limitMs: number): void {
    this.#counts.timeouts += 1;
    if (call.listening) call.emit(this.#name, { type: 'timeout', limitMs });
  }

  /** The caller has a result, but the work has not ended. */
  abandoned(call: Call<unknown>): void {
    this.#counts.abandoned += 1;
    for (const places of this.#places) places.take(call);
  }

  abandonedEnded(call: Call<unknown>): void {
    this.#counts.abandoned -= 1;
    for (const places of this.#places) places.giveBack(call);
  }
}

/** One call and its limit: the signal that the operation receives, and an entry in the list of deadlines. */
class LimitedCall extends LazySignal implements Waiting {
  dueAt = 0;
  newer: Waiting | undefined = undefined;
  older: Waiting | undefined = undefined;
  readonly #limiter: Limiter;
  readonly #call: Call<unknown>;
  readonly #limitMs: number;
  readonly #limitedBy: 'policy' | 'caller';
  readonly #reject: (error: unknown) => void;
  /** The list it is in, or a function that cancels its own timer. */
  #wait: DeadlineList | (() => void) | undefined = undefined;
  #state: 'runs' | 'abandoned' | 'settled' = 'runs';
  /** The caller's async context, kept only if there is a listener: a shared timer fires in another context. */
  readonly #context: CapturedContext | undefined;

  constructor(
    limiter: Limiter,
    call: Call<unknown>,
    limitMs: number,
    limitedBy: 'policy' | 'caller',
    reject: (error: unknown) => void,
  ) {
    super(undefined, call.lazySignal);
    this.#limiter = limiter;
    this.#call = call;
    this.#limitMs = limitMs;
    this.#limitedBy = limitedBy;
    this.#reject = reject;
    this.#context = call.executor.host.listening ? capturedContext() : undefined;
  }

  waitIn(list: DeadlineList, now: number): void {
    this.#wait = list;
    list.add(this, now);
  }

  waitAlone(clock: Clock, now: number): void {
    this.dueAt = now + this.#limitMs;
    this.#wait = clock.after(this.#limitMs, () => this.expire());
  }

  /** Ends the call at the limit. */
  expire(): void {
    const error = this.#expired();
    this.#abandon(error);
    this.abort(error);
    const tell = (): void => this.#limiter.expired(this.#call, this.#limitMs);
    if (this.#context === undefined) tell();
    else this.#context.runInAsyncScope(tell, undefined);
  }

  /**
   * The error to report if the operation failed because its time was up: if that was the time of this limit, an inner
   * timer was only a moment faster, and the error is this limit's. Called before `settle`.
   */
  outOfTime(error: unknown): unknown {
    const isOwn = this.#limitedBy === 'policy' && this.#state === 'runs' && !this.aborted;
    if (!isOwn || !isReached(this.dueAt, this.#call.host.clock.now())) return error;
    this.#limiter.expired(this.#call, this.#limitMs);
    return this.#expired();
  }

  /** Creates the error of this limit, and records it to show that the caller had not left before. */
  #expired(): CallTimeoutError {
    const error = this.#call.framed(new CallTimeoutError(this.#limitMs, this.#limitedBy));
    const { extras } = this.#call;
    if (extras !== undefined) extras.expiredWith = error;
    return error;
  }

  /** The caller has aborted, perhaps while reading a result that came in time. */
  protected override onParentAbort(reason: unknown): void {
    if (this.#state === 'settled') return;
    this.#stopWaiting();
    this.#abandon(reason);
  }

  /** The operation has settled, perhaps too late. */
  settle(answer: unknown): void {
    if (this.#state === 'abandoned') this.#limiter.abandonedEnded(this.#call);
    else this.#stopWaiting();
    this.#state = 'settled';
    this.letGo(answer);
  }

  /** Rejects the call before the operation can react to its signal, and whatever it then does. */
  #abandon(error: unknown): void {
    this.#state = 'abandoned';
    this.#reject(error);
    this.#limiter.abandoned(this.#call);
  }

  #stopWaiting(): void {
    if (typeof this.#wait === 'function') this.#wait();
    else this.#wait?.remove(this);
  }
}

/**
 * Ends calls that take too long, as `new Timeout(options)`.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const students = pipeline('students', [retry(), timeout({ limitMs: 2_000 })]);
 * const student = await students.execute(({ signal }) => database.getStudent(id, { signal }));
 * ```
 */
export function timeout(options: TimeoutOptions): Timeout {
  return new Timeout(options);
}
