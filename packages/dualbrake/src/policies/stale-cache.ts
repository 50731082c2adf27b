import type { Call, CallContext, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import type { Classifier } from '../classification.ts';
import { classify } from '../classify/classify.ts';
import { classifyWith, conditionIssue, holds, isUnavailable, type ErrorCondition } from '../classify/condition.ts';
import { start, type Outcome } from '../execution.ts';
import type { Host, HostOptions } from '../host.ts';
import { LazySignal } from '../lazy-signal.ts';
import type { Policy } from '../policy.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { ReportValue } from '../steerable.ts';
import type { StreamedItem, StreamOperation } from '../stream.ts';
import { Alone } from './alone.ts';

/** An older answer, and how old it is. */
export interface Stale<T> {
  readonly stale: true;
  readonly value: T;
  /** Milliseconds since it was answered live. */
  readonly ageMs: number;
}

/** What is remembered, for how long, and when it answers. */
export interface StaleCacheOptions<T, S = Stale<T>> extends HostOptions {
  /** Shown to people and on metrics. Default `stale-cache`. */
  readonly name?: string;
  /** What an answer is remembered under. Must name everything that the answer depends on, the person included. */
  readonly key: (context: CallContext) => string;
  /** The most answers that are kept; the one that was used longest ago makes place. Default 1,000. */
  readonly maxEntries?: number;
  /** Older answers are not given, in milliseconds; 0 for no limit. Default 0. */
  readonly maxAgeMs?: number;
  /** Younger answers are given without calling, as they are, in milliseconds; 0 for never. Default 0. */
  readonly freshMs?: number;
  /** Whether calls of one key that run at the same time share one operation. Default true. */
  readonly singleFlight?: boolean;
  /**
   * Makes what a caller gets in place of a live answer. Default: `{ stale: true, value, ageMs }`, so that nobody takes
   * an old answer for a new one by accident.
   */
  readonly toStale?: (value: T, ageMs: number) => S;
  /** Which failures an older answer stands in for. Default: those of class `transient`, `system` and `refused`. */
  readonly when?: ErrorCondition;
  /** Default `classify`. */
  readonly classify?: Classifier;
}

const spec = {
  maxEntries: { min: 1, max: 10_000_000, unit: 'calls', default: 1_000 },
  maxAgeMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 0 },
  freshMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 0 },
} as const;

interface Entry {
  readonly value: unknown;
  /** Clock reading. */
  readonly at: number;
}

/** One operation that several callers wait for. */
interface Flight {
  readonly answer: Promise<unknown>;
  readonly signal: LazySignal;
  callers: number;
}

/**
 * Remembers what calls answered, and answers with it, marked with its age, while the dependency cannot.
 *
 * Stands first in a list, before retry and breaker: it is the last resort.
 */
export class StaleCache<T = unknown, S = Stale<T>> implements Policy<S> {
  readonly name: string;
  readonly kind = 'stale-cache';
  /** For the compiler only, never set. */
  declare readonly $fallback?: S;
  readonly settings: Settings<typeof spec>;
  readonly #keyOf: (context: CallContext) => string;
  readonly #singleFlight: boolean;
  readonly #toStale: (value: T, ageMs: number) => S;
  readonly #when: ErrorCondition;
  readonly #classify: Classifier;
  readonly #alone: Alone<S>;
  /** Used longest ago first. */
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, Flight>();
  readonly #counts = { calls: 0, fresh: 0, shared: 0, stale: 0, missed: 0 };

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: StaleCacheOptions<T, S>) {
    const subject = `stale cache "${typeof options?.name === 'string' ? options.name : 'stale-cache'}"`;
    const { key, when } = Object(options) as Partial<StaleCacheOptions<T, S>>;
    const condition = when === undefined ? undefined : conditionIssue('when', when);
    checkOptions(
      subject,
      options,
      spec,
      {
        name: 'string',
        key: 'function',
        singleFlight: 'boolean',
        toStale: 'function',
        when: 'anything',
        classify: 'function',
        clock: 'clock',
        random: 'function',
        onEvent: 'function',
      },
      [
        ...(key === undefined ? ['key must be given: a function that names what the answer depends on'] : []),
        ...(condition === undefined ? [] : [condition]),
      ],
    );
    this.name = options.name ?? 'stale-cache';
    this.settings = new Settings(subject, spec, { ...options }, { onChange: () => this.#shrink() });
    this.#keyOf = options.key;
    this.#singleFlight = options.singleFlight ?? true;
    // Without a function of the user's the type parameter S is Stale<T>, which the compiler cannot see here.
    this.#toStale = options.toStale ?? ((value, ageMs) => ({ stale: true, value, ageMs }) as S);
    this.#when = options.when ?? isUnavailable;
    this.#classify = options.classify ?? classify;
    this.#alone = new Alone<S>(this, options);
  }

  /** How many answers are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** @throws the operation's own error when there is nothing to answer with */
  execute<R>(operation: Operation<R>, options?: CallOptions | AbortSignal): Promise<R | S> {
    return this.#alone.execute(operation, options);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<R>(operation: Operation<R>, options?: CallOptions | AbortSignal): Promise<Outcome<R | S>> {
    return this.#alone.executeOutcome(operation, options);
  }

  /** The same for an operation that answers item by item: it is passed through, and nothing is remembered. */
  executeStream<R>(
    operation: StreamOperation<R>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<R | StreamedItem<S>, void, undefined> {
    return this.#alone.executeStream(operation, options);
  }

  attach(host: Host): void {
    this.#alone.attach(host);
  }

  /** Forgets one answer, for when it has been changed. @returns whether there was one */
  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  /** Forgets all answers. */
  clear(): void {
    this.#entries.clear();
  }

  link(next: Next<unknown>): Next<unknown> {
    return (call) => this.run(call, next);
  }

  run<R>(call: Call<R>, next: Next<R>): Promise<R | S> {
    const key = this.#keyOf(call);
    const { freshMs } = this.settings.values;
    this.#counts.calls += 1;
    const entry = freshMs > 0 ? this.#entries.get(key) : undefined;
    if (entry !== undefined && call.host.clock.now() - entry.at < freshMs) {
      this.#counts.fresh += 1;
      this.#use(key, entry);
      return Promise.resolve(entry.value as R);
    }
    const answer = this.#singleFlight ? this.#share(key, call, next) : this.#call(key, call, next);
    return answer.then<R, S>(undefined, (error: unknown) => this.#standIn(key, error, call));
  }

  report(): Readonly<Record<string, ReportValue>> {
    return { entries: this.#entries.size, running: this.#flights.size, ...this.#counts };
  }

  #call<R>(key: string, call: Call<R>, next: Next<R>): Promise<R> {
    return start(call, next).then((value) => {
      this.#entries.delete(key);
      this.#entries.set(key, { value, at: call.host.clock.now() });
      this.#shrink();
      return value;
    });
  }

  /** Who comes while the same is being asked waits for that answer. The operation ends early only when all have left. */
  #share<R>(key: string, call: Call<R>, next: Next<R>): Promise<R> {
    let flight = this.#flights.get(key);
    if (flight === undefined) {
      const signal = new LazySignal(undefined);
      const answer = this.#call(key, call.withSignal(signal), next).finally(() => {
        if (this.#flights.get(key)?.signal === signal) this.#flights.delete(key);
      });
      flight = { answer, signal, callers: 0 };
      this.#flights.set(key, flight);
    } else this.#counts.shared += 1;
    flight.callers += 1;
    // What is remembered under one key is what operations of one kind answer.
    const answer = flight.answer as Promise<R>;
    return call.canAbort ? this.#board(key, flight, answer, call.signal) : answer;
  }

  #board<R>(key: string, flight: Flight, answer: Promise<R>, signal: AbortSignal): Promise<R> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(signal.reason);
        flight.callers -= 1;
        if (flight.callers > 0) return;
        // The next caller asks anew, and does not wait for what is being given up.
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
        flight.signal.abort(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      answer.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject);
    });
  }

  #standIn(key: string, error: unknown, call: Call<unknown>): S {
    const found = classifyWith(this.#classify, error, call.classifyContext());
    // It answered that there is no such thing: the copy is of something that is gone.
    if (found.kind === 'not-found' && found.reachedServer === 'yes') this.#entries.delete(key);
    if (call.aborted || found.class === 'cancelled' || !holds(this.#when, error, found)) throw error;
    const entry = this.#entries.get(key);
    const ageMs = entry === undefined ? 0 : call.host.clock.now() - entry.at;
    const { maxAgeMs } = this.settings.values;
    if (entry === undefined || (maxAgeMs > 0 && ageMs > maxAgeMs)) {
      this.#counts.missed += 1;
      this.#entries.delete(key);
      throw error;
    }
    this.#counts.stale += 1;
    this.#use(key, entry);
    if (call.trace !== undefined) call.trace.fromFallback = true;
    if (call.listening) call.emit(this.name, { type: 'fallback', error, classification: found });
    return this.#toStale(entry.value as T, ageMs);
  }

  #use(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  #shrink(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.settings.values.maxEntries) return;
      this.#entries.delete(key);
    }
  }
}

/** Answers with what it remembers, marked with its age, while the dependency cannot. */
export function staleCache<T = unknown, S = Stale<T>>(options: StaleCacheOptions<T, S>): StaleCache<T, S> {
  return new StaleCache(options);
}
