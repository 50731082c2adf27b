import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import type { Clock } from '../clock.ts';
import { CallTimeoutError } from '../errors.ts';
import type { Host, HostOptions } from '../host.ts';
import { LazySignal } from '../lazy-signal.ts';
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
    const others = { name: 'string', clock: 'clock', random: 'function', onEvent: 'function' } as const;
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
    const { clock } = call.host;
    const now = clock.now();
    const { limitMs } = this.settings.values;
    const leftMs = call.deadline - now;
    this.#counts.calls += 1;
    return new Promise<T>((resolve, reject) => {
      const limited = new LimitedCall(limiter, call, Math.min(limitMs, leftMs), reject);
      if (call.canAbort) limited.follow();
      // A call whose deadline comes first has a length of its own, and so a timer of its own.
      if (leftMs < limitMs) limited.waitAlone(clock);
      else limited.waitIn(this.#listFor(clock, limitMs), now);
      start(call.withLimit(limited, now + limitMs), next).then(
        (value) => {
          limited.settle();
          resolve(value);
        },
        (error: unknown) => {
          limited.settle();
          reject(error);
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
  abandoned(): void {
    this.#counts.abandoned += 1;
    for (const places of this.#places) places.take();
  }

  abandonedEnded(): void {
    this.#counts.abandoned -= 1;
    for (const places of this.#places) places.giveBack();
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
  readonly #reject: (error: unknown) => void;
  #list: DeadlineList | undefined = undefined;
  #cancel: (() => void) | undefined = undefined;
  #abandoned = false;

  constructor(limiter: Limiter, call: Call<unknown>, limitMs: number, reject: (error: unknown) => void) {
    super(undefined, call.lazySignal);
    this.#limiter = limiter;
    this.#call = call;
    this.#limitMs = limitMs;
    this.#reject = reject;
  }

  waitIn(list: DeadlineList, now: number): void {
    this.#list = list;
    list.add(this, now);
  }

  waitAlone(clock: Clock): void {
    this.#cancel = clock.after(this.#limitMs, () => this.expire());
  }

  /** The limit is reached. */
  expire(): void {
    const error = new CallTimeoutError(this.#limitMs);
    this.#abandon(error);
    this.abort(error);
    this.#limiter.expired(this.#call, this.#limitMs);
  }

  /** The caller leaves. */
  protected override onParentAbort(reason: unknown): void {
    this.#stopWaiting();
    this.#abandon(reason);
  }

  /** The work has ended, perhaps too late. */
  settle(): void {
    if (this.#abandoned) this.#limiter.abandonedEnded();
    else this.#stopWaiting();
    this.release();
  }

  /** The caller gets the error now, before the operation can answer to its signal, and whatever it makes of it. */
  #abandon(error: unknown): void {
    this.#abandoned = true;
    this.#reject(error);
    this.#limiter.abandoned();
  }

  #stopWaiting(): void {
    this.#list?.remove(this);
    this.#cancel?.();
  }
}

/** A limit on how long each call may take. */
export function timeout(options: TimeoutOptions): Timeout {
  return new Timeout(options);
}
