import { ageMs, momentOf, type Moment } from '../age.ts';
import type { Call, CallContext, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import type { Classification, Classifier } from '../classification.ts';
import { classify } from '../classify/classify.ts';
import { conditionIssue, holdsLater, isUnavailable, type AsyncErrorCondition } from '../classify/condition.ts';
import { start, type Outcome } from '../execution.ts';
import { hostOptions, type Host, type HostOptions } from '../host.ts';
import { classifyCall } from '../limits.ts';
import type { Policy } from '../policy.ts';
import type { StaleCacheReport } from '../reports.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { StreamOperation } from '../stream.ts';
import { asyncIssue, dropRejection } from '../user-function.ts';
import { endOf, withinLimits } from '../within-limits.ts';
import { Standalone } from './standalone.ts';
import { Flight } from './flight.ts';
import { KeptAnswer, noCopy, type Copy } from './kept-answer.ts';

/**
 * An older result, with its age.
 *
 * @example
 * ```ts
 * function shown(answer: string | Stale<string>): string {
 *   return typeof answer === 'string' ? answer : `${answer.value} (${Math.round(answer.ageMs / 1_000)} s old)`;
 * }
 * ```
 */
export interface Stale<T> {
  readonly stale: true;
  readonly value: T;
  /** Milliseconds since the dependency returned it: by the wall clock or the monotonic clock, whichever shows more. */
  readonly ageMs: number;
}

/**
 * Options of a stale cache: what is kept, for how long, and when it is returned.
 *
 * If one of these functions fails, the caller still gets the dependency's own error, not the function's.
 *
 * @example
 * ```ts
 * const options: StaleCacheOptions<Student> = {
 *   key: ({ attributes }) => `student ${String(attributes['id'])}`,
 *   maxAgeMs: 3_600_000,
 *   copy: (student) => structuredClone(student),
 * };
 * ```
 */
export interface StaleCacheOptions<T, S = Stale<T>> extends HostOptions {
  /** Shown in reports and metrics. Default `stale-cache`. */
  readonly name?: string;
  /**
   * Returns the cache key of a call. It must contain everything that the result depends on, including the user. A call
   * for which it throws or returns no string is passed through.
   */
  readonly key: (context: CallContext) => string;
  /** Most results that are kept; 1 to 10,000,000. The least recently used one is evicted. Default 1,000. */
  readonly maxEntries?: number;
  /**
   * Milliseconds after which a result is no longer returned; 0 for no limit. Default 0. Ages follow the wall clock or the
   * monotonic clock, whichever shows more: results age while the machine is suspended, and setting the clock back does
   * not make them younger.
   */
  readonly maxAgeMs?: number;
  /** Milliseconds for which a result is fresh and returned without a call; at most `maxAgeMs`. 0 for never. Default 0. */
  readonly freshMs?: number;
  /**
   * Whether concurrent calls with the same key share one operation. Default true. Calls never share one if
   * `sharedTimers` is false.
   */
  readonly singleFlight?: boolean;
  /**
   * Copies the kept object for each caller, for example with `structuredClone`. May be async. Default: all callers get
   * the same object, and so see each other's changes to it. Primitive values need no copy, and a `Response` is always
   * copied. A result for which `copy` throws or returns nothing is neither shared nor kept.
   */
  readonly copy?: (value: T) => T | PromiseLike<T>;
  /**
   * Makes the result that a caller gets instead of a live one. May be async. Default: `{ stale: true, value, ageMs }`, so
   * an old result cannot be mistaken for a new one. If it throws or returns nothing, the caller gets the call's error.
   */
  readonly toStale?: (value: T, ageMs: number) => S | PromiseLike<S>;
  /** Which failures are answered with an older result. Default: those of class `transient`, `system` and `refused`. */
  readonly when?: AsyncErrorCondition;
  /** Classifies errors for `when`. Must be synchronous. Default `classify`. */
  readonly classify?: Classifier;
}

const spec = {
  maxEntries: { min: 1, max: 10_000_000, unit: 'calls', default: 1_000 },
  maxAgeMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 0 },
  freshMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 0 },
} as const;

function ageIssues({ maxAgeMs = 0, freshMs = 0 }: Readonly<Record<string, number>>): readonly string[] {
  if (maxAgeMs === 0 || freshMs <= maxAgeMs) return [];
  return [`freshMs must be at most maxAgeMs (${maxAgeMs}), got ${freshMs}`];
}

interface Entry {
  readonly kept: KeptAnswer;
  readonly since: Moment;
  /** Number of the call that returned it. */
  readonly order: number;
}

/** A running live call. */
interface Asking {
  /** Number of the live call, in the order in which they begin. */
  readonly order: number;
  /** False once its key has been deleted: its result may be from before the change. */
  isWanted: boolean;
}

/**
 * Keeps the results of calls and returns them, marked with their age, while the dependency is unavailable.
 *
 * List it first, before retry and breaker: it is the last resort.
 *
 * @example
 * ```ts
 * const cache = new StaleCache<string>({ key: ({ attributes }) => String(attributes['id']) });
 * const name = await cache.execute(() => 'Ana', { attributes: { id: 's-1' } });
 * ```
 */
export class StaleCache<T = unknown, S = Stale<T>> implements Policy<S> {
  readonly name: string;
  readonly kind = 'stale-cache';
  /** Only for type inference; never set. */
  declare readonly $fallback?: S;
  readonly settings: Settings<typeof spec>;
  readonly #keyOf: (context: CallContext) => string;
  readonly #singleFlight: boolean;
  readonly #copy: Copy | undefined;
  readonly #toStale: (value: T, ageMs: number) => S | PromiseLike<S>;
  readonly #when: AsyncErrorCondition;
  readonly #classify: Classifier;
  readonly #standalone: Standalone<S>;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, Flight<KeptAnswer>>();
  /** Live calls that are not shared, by key. */
  readonly #askingAlone = new Map<string, Set<Asking>>();
  #asked = 0;
  readonly #counts = { calls: 0, fresh: 0, shared: 0, stale: 0, missed: 0, unkeyed: 0, unshared: 0 };

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: StaleCacheOptions<T, S>) {
    const subject = `stale cache "${typeof options?.name === 'string' ? options.name : 'stale-cache'}"`;
    const { key, when } = Object(options) as Partial<StaleCacheOptions<T, S>>;
    const issues = [
      key === undefined
        ? 'key must be given: a function that returns what the result depends on'
        : asyncIssue('key', key),
      when === undefined ? undefined : conditionIssue('when', when),
    ];
    checkOptions(
      subject,
      options,
      spec,
      {
        name: 'string',
        key: 'function',
        singleFlight: 'boolean',
        copy: 'function',
        toStale: 'function',
        when: 'anything',
        classify: 'sync function',
        ...hostOptions,
      },
      issues.filter((issue) => issue !== undefined),
    );
    this.name = options.name ?? 'stale-cache';
    this.settings = new Settings(subject, spec, { ...options }, { check: ageIssues, onChange: () => this.#shrink() });
    this.#keyOf = options.key;
    this.#singleFlight = options.singleFlight ?? true;
    // Kept values are results of operations, which have type T.
    this.#copy = options.copy as Copy | undefined;
    // Without `toStale`, S is Stale<T>, which the compiler cannot infer here.
    this.#toStale = options.toStale ?? ((value, age) => ({ stale: true, value, ageMs: age }) as S);
    this.#when = options.when ?? isUnavailable;
    this.#classify = options.classify ?? classify;
    this.#standalone = new Standalone<S>(this, options);
  }

  /** Number of results that are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** @throws the operation's own error, unchanged, if no older result can replace it */
  execute<R>(operation: Operation<R>, options?: CallOptions | AbortSignal): Promise<R | S> {
    return this.#standalone.execute(operation, options);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<R>(operation: Operation<R>, options?: CallOptions | AbortSignal): Promise<Outcome<R | S>> {
    return this.#standalone.executeOutcome(operation, options);
  }

  /** The same for an operation that returns items one by one: it is passed through, and nothing is kept. */
  executeStream<R>(
    operation: StreamOperation<R>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<R, void, undefined> {
    // Streams are passed through, so no item is a stale result.
    return this.#standalone.executeStream(operation, options) as AsyncGenerator<R, void, undefined>;
  }

  attach(host: Host): void {
    this.#standalone.attach(host);
  }

  /**
   * Deletes the kept result of a key; call it after a change. Results of calls that are already running may be from
   * before the change: they are not kept, and new calls do not wait for them.
   *
   * @returns whether there was a result
   */
  delete(key: string): boolean {
    for (const asking of this.#askingAlone.get(key) ?? []) asking.isWanted = false;
    const flight = this.#flights.get(key);
    if (flight !== undefined) flight.isWanted = false;
    this.#flights.delete(key);
    return this.#entries.delete(key);
  }

  /** Deletes all kept results, as `delete` does. */
  clear(): void {
    for (const key of [...this.#entries.keys(), ...this.#flights.keys(), ...this.#askingAlone.keys()]) this.delete(key);
  }

  link(next: Next<unknown>): Next<unknown> {
    return (call) => this.run(call, next);
  }

  run<R>(call: Call<R>, next: Next<R>): Promise<R | S> {
    // Items go to one consumer as they arrive, so there is nothing to keep or share.
    if (call.stream !== undefined) return start(call, next);
    this.#counts.calls += 1;
    const key = this.#keyFor(call);
    if (key === undefined) return start(call, next);
    const { freshMs } = this.settings.values;
    const entry = freshMs > 0 ? this.#entries.get(key) : undefined;
    if (entry === undefined || ageMs(call.host.clock, entry.since) >= freshMs) return this.#live(key, call, next);
    if (!entry.kept.isShared) return this.#fresh(key, entry, call, next);
    this.#counts.fresh += 1;
    this.#use(key, entry);
    // One key is for one kind of operation, so the value has its type.
    return Promise.resolve(entry.kept.value as R);
  }

  /**
   * `unkeyed` counts calls that were passed through because `key` returned no string. `unshared` counts results that
   * could not be copied, so each caller made a call of its own.
   */
  report(): StaleCacheReport {
    return { entries: this.#entries.size, running: this.#flights.size, ...this.#counts };
  }

  /** Returns a copy of a fresh result. If it cannot be copied, calls the dependency. */
  async #fresh<R>(key: string, entry: Entry, call: Call<R>, next: Next<R>): Promise<R | S> {
    const given = await withinCall(call, this.#give(key, entry, call));
    if (given === noCopy) return this.#live(key, call, next);
    this.#counts.fresh += 1;
    return given as R;
  }

  #live<R>(key: string, call: Call<R>, next: Next<R>): Promise<R | S> {
    const failed = (error: unknown): Promise<S> => this.#standIn(key, error, call);
    if (!this.#singleFlight || !this.#standalone.sharesTimers(call.host)) {
      return this.#askAlone(key, call, next).then<R, S>(undefined, failed);
    }
    let flight = this.#flights.get(key);
    // An operation that asks for its own answer would wait for itself.
    if (flight?.isAround(call) === true) return this.#askAlone(key, call, next).then<R, S>(undefined, failed);
    if (flight === undefined) flight = this.#begin(key, call, next);
    else this.#counts.shared += 1;
    const boarded = flight;
    return boarded.board(call).then<R | S, S>(
      (kept) => {
        // What is remembered under one key is what operations of one kind answer.
        if (kept.isShared) return kept.value as R;
        return this.#handOut(key, boarded, kept, call, next).then<R, S>(undefined, failed);
      },
      (error: unknown) => {
        boarded.failed(call, error);
        return failed(error);
      },
    );
  }

  /** Starts an operation that other calls may wait for. */
  #begin<R>(key: string, call: Call<R>, next: Next<R>): Flight<KeptAnswer> {
    const operate = (shared: Call<unknown>, own: Flight<KeptAnswer>): Promise<KeptAnswer> =>
      start(shared, next as Next<unknown>).then(
        (value) => {
          this.#land(key, own);
          return this.#keep(key, own, value, call);
        },
        (error: unknown) => {
          this.#land(key, own);
          throw error;
        },
      );
    const flight = new Flight(call, (this.#asked += 1), operate, (own) => this.#land(key, own));
    // Listed only after it has started: an operation that makes the same call must not wait for itself.
    this.#flights.set(key, flight);
    return flight;
  }

  /** Takes a flight off the list, because it has settled or been abandoned. New calls no longer wait for it. */
  #land(key: string, flight: Flight<KeptAnswer>): void {
    flight.land();
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  /** Returns what one of several callers gets of a result that cannot be shared as it is. */
  async #handOut<R>(
    key: string,
    flight: Flight<KeptAnswer>,
    kept: KeptAnswer,
    call: Call<R>,
    next: Next<R>,
  ): Promise<R> {
    const given = await withinCall(call, kept.give(call.lazySignal));
    if (given !== noCopy) return given as R;
    this.#drop(key, kept);
    // One caller can have it; the others ask for themselves.
    return flight.take(call, kept.value) ? (kept.value as R) : start(call, next);
  }

  async #askAlone<R>(key: string, call: Call<R>, next: Next<R>): Promise<R> {
    const asking: Asking = { order: (this.#asked += 1), isWanted: true };
    const all = this.#askingAlone.get(key) ?? new Set();
    this.#askingAlone.set(key, all.add(asking));
    let kept: KeptAnswer;
    try {
      kept = this.#keep(key, asking, await start(call, next), call);
    } finally {
      all.delete(asking);
      if (all.size === 0) this.#askingAlone.delete(key);
    }
    const given = kept.isShared ? kept.value : await withinCall(call, kept.give(undefined));
    if (given === noCopy) this.#drop(key, kept);
    return (given === noCopy ? kept.value : given) as R;
  }

  /** Keeps a result, unless it may be from before a change, or a later call has already returned one. */
  #keep(key: string, asking: Asking, value: unknown, { host }: Call<unknown>): KeptAnswer {
    const kept = new KeptAnswer(value, this.#copy);
    const known = this.#entries.get(key);
    if (asking.isWanted && !kept.isOnlyForOne && (known === undefined || known.order < asking.order)) {
      this.#use(key, { kept, since: momentOf(host.clock), order: asking.order });
      this.#shrink();
    }
    return kept;
  }

  async #standIn(key: string, error: unknown, call: Call<unknown>): Promise<S> {
    const found = classifyCall(this.#classify, error, call);
    // The server says that the thing does not exist, so the kept result is obsolete.
    if (found.kind === 'not-found' && found.reachedServer === 'yes') this.#entries.delete(key);
    if (call.aborted || found.class === 'cancelled') throw error;
    const stale = await withinCall(call, this.#staleAnswer(key, error, found, call), error);
    if (stale === undefined) throw error;
    this.#counts.stale += 1;
    if (call.trace !== undefined) call.trace.fromFallback = true;
    if (call.listening) call.emit(this.name, { type: 'fallback', error, classification: found });
    return stale;
  }

  /** Never rejects: errors of the user's functions must not replace the error of the call. */
  async #staleAnswer(key: string, error: unknown, found: Classification, call: Call<unknown>): Promise<S | undefined> {
    if (!(await holdsLater(this.#when, error, found))) return undefined;
    const entry = this.#entries.get(key);
    const age = entry === undefined ? Infinity : ageMs(call.host.clock, entry.since);
    const { maxAgeMs } = this.settings.values;
    if (entry === undefined || (maxAgeMs > 0 && age > maxAgeMs)) {
      this.#counts.missed += 1;
      this.#entries.delete(key);
      return undefined;
    }
    const given = await this.#give(key, entry, call);
    if (given === noCopy) return undefined;
    try {
      return await this.#toStale(given as T, age);
    } catch {
      return undefined;
    }
  }

  /** Returns what one caller gets of a kept result. Deletes the result if it cannot be copied. */
  async #give(key: string, entry: Entry, call: Call<unknown>): Promise<unknown> {
    const { kept } = entry;
    const given = kept.isBroken ? noCopy : await kept.give(call.lazySignal);
    if (given === noCopy) this.#drop(key, kept);
    else if (this.#entries.get(key) === entry) this.#use(key, entry);
    return given;
  }

  /** Counts and deletes a result that cannot be copied. */
  #drop(key: string, kept: KeptAnswer): void {
    this.#counts.unshared += 1;
    if (this.#entries.get(key)?.kept === kept) this.#entries.delete(key);
  }

  #keyFor(call: CallContext): string | undefined {
    try {
      const key: unknown = this.#keyOf(call);
      if (typeof key === 'string') return key;
      dropRejection(key);
    } catch {
      // A failing `key` must not fail the call.
    }
    this.#counts.unkeyed += 1;
    return undefined;
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

/** Waits for user functions, within the limits of the call. @throws the signal's reason, or CallTimeoutError */
async function withinCall<R>(call: Call<unknown>, work: Promise<R>, cause?: unknown): Promise<R> {
  try {
    return await withinLimits(call, work, cause);
  } catch (reached) {
    throw endOf(reached);
  }
}

/**
 * Returns kept results, marked with their age, while the dependency is unavailable; as `new StaleCache(options)`.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const read = pipeline('students.read', [
 *   staleCache<string>({ key: ({ attributes }) => String(attributes['id']), maxAgeMs: 3_600_000 }),
 *   retry(),
 * ]);
 * ```
 */
export function staleCache<T = unknown, S = Stale<T>>(options: StaleCacheOptions<T, S>): StaleCache<T, S> {
  return new StaleCache(options);
}
