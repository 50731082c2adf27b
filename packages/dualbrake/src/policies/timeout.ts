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
import { checkOptions, Settings } from '../settings.ts';
import type { ReportValue } from '../steerable.ts';
import type { StreamOperation } from '../stream.ts';
import { Alone } from './alone.ts';
import { DeadlineList, type Waiting } from './deadline-list.ts';

/** How long a call may take. */
export interface TimeoutOptions extends HostOptions {
  /** Shown to people and on metrics. Default `timeout`. */
  readonly name?: string;
  /** Milliseconds; more than 0. */
  readonly limitMs: number;
}

const spec = {
  limitMs: { min: Number.MIN_VALUE, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 30_000 },
} as const;

/**
 * Ends a call that takes too long. The caller gets `CallTimeoutError` at the limit, also when the operation ignores its
 * signal; a caller who leaves gets his own reason at once. What the operation answers later is dropped.
 */
export class Timeout implements Policy {
  readonly name: string;
  readonly kind = 'timeout';
  readonly settings: Settings<typeof spec>;
  readonly #alone: Alone;
  readonly #counts: Counts = { calls: 0, timeouts: 0, abandoned: 0 };
  readonly #limiter: Limiter;
  #list: DeadlineList | undefined;

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: TimeoutOptions) {
    const subject = `timeout "${typeof options?.name === 'string' ? options.name : 'timeout'}"`;
    const others = { name: 'string', ...hostOptions } as const;
    checkOptions(subject, options, spec, others);
    // Asked for here and not in the type alone: a limit that nobody chose would be a surprise in the middle of a night.
    if (options.limitMs === undefined) checkOptions(subject, { limitMs: Number.NaN }, spec, others);
    this.name = options.name ?? 'timeout';
    this.settings = new Settings(subject, spec, { ...options });
    this.#alone = new Alone(this, options);
    this.#limiter = new Limiter(this.name, this.#counts, []);
  }

  /** @throws CallTimeoutError at the limit; the operation's own error as it is */
  execute<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<T> {
    return this.#alone.execute(operation, options);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<Outcome<T>> {
    return this.#alone.executeOutcome(operation, options);
  }

  /** The same for an operation that answers item by item. @see Pipeline.executeStream */
  executeStream<T>(
    operation: StreamOperation<T>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    return this.#alone.executeStream(operation, options);
  }

  attach(host: Host): void {
    this.#alone.attach(host);
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
      // A call whose deadline comes first has a length of its own, and so a timer of its own.
      if (!isShort && this.#alone.sharesTimers(host) && hasSharedAlarm(clock)) {
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

  /** Calls of another limit go on waiting in the list that they are in. */
  #listFor(clock: Clock, limitMs: number): DeadlineList {
    if (this.#list === undefined || this.#list.limitMs !== limitMs) this.#list = new DeadlineList(clock, limitMs);
    return this.#list;
  }

  /** `abandoned` are the operations that still run although their callers have the error. */
  report(): Readonly<Record<string, ReportValue>> {
    return { ...this.#counts };
  }
}

interface Counts {
  calls: number;
  timeouts: number;
  abandoned: number;
}

/** What a timeout does at one place of a list when it has answered and the work goes on. */
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

  /** The caller has an answer, and the work has not ended. */
  abandoned(call: Call<unknown>): void {
    this.#counts.abandoned += 1;
    for (const places of this.#places) places.take(call);
  }

  abandonedEnded(call: Call<unknown>): void {
    this.#counts.abandoned -= 1;
    for (const places of this.#places) places.giveBack(call);
  }
}

/** One call and its limit: the signal that the operation is given, and a place in the list of those that wait. */
class LimitedCall extends LazySignal implements Waiting {
  dueAt = 0;
  newer: Waiting | undefined = undefined;
  older: Waiting | undefined = undefined;
  readonly #limiter: Limiter;
  readonly #call: Call<unknown>;
  readonly #limitMs: number;
  readonly #limitedBy: 'policy' | 'caller';
  readonly #reject: (error: unknown) => void;
  /** What it waits in, or how to end a timer of its own. */
  #wait: DeadlineList | (() => void) | undefined = undefined;
  #state: 'runs' | 'abandoned' | 'settled' = 'runs';
  /** The caller's context; kept only where somebody listens, and may not be there where a timer fires. */
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

  /** The limit is reached. */
  expire(): void {
    const error = this.#expired();
    this.#abandon(error);
    this.abort(error);
    const tell = (): void => this.#limiter.expired(this.#call, this.#limitMs);
    if (this.#context === undefined) tell();
    else this.#context.runInAsyncScope(tell, undefined);
  }

  /**
   * What the work's own error becomes that says that its time was up: the time may have been that of this limit, and
   * whoever kept it only was a moment faster. Asked before `settle`.
   */
  outOfTime(error: unknown): unknown {
    const isOwn = this.#limitedBy === 'policy' && this.#state === 'runs' && !this.aborted;
    if (!isOwn || !isReached(this.dueAt, this.#call.host.clock.now())) return error;
    this.#limiter.expired(this.#call, this.#limitMs);
    return this.#expired();
  }

  /** The error of this limit. Who sees it knows that the caller had not left before. */
  #expired(): CallTimeoutError {
    const error = this.#call.framed(new CallTimeoutError(this.#limitMs, this.#limitedBy));
    const { extras } = this.#call;
    if (extras !== undefined) extras.expiredWith = error;
    return error;
  }

  /** The caller leaves; perhaps while he reads what was answered in time. */
  protected override onParentAbort(reason: unknown): void {
    if (this.#state === 'settled') return;
    this.#stopWaiting();
    this.#abandon(reason);
  }

  /** The work has ended, perhaps too late. */
  settle(answer: unknown): void {
    if (this.#state === 'abandoned') this.#limiter.abandonedEnded(this.#call);
    else this.#stopWaiting();
    this.#state = 'settled';
    this.letGo(answer);
  }

  /** The caller gets the error now, before the operation can answer to its signal, and whatever it makes of it. */
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

/** A limit on how long each call may take. */
export function timeout(options: TimeoutOptions): Timeout {
  return new Timeout(options);
}
