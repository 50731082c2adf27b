import type { Call, CallContext, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import type { Outcome } from '../execution.ts';
import type { Host } from '../host.ts';
import type { Gate, Policy } from '../policy.ts';
import type { KeyedBreakersReport } from '../reports.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { StreamOperation } from '../stream.ts';
import { keyOf } from '../user-function.ts';
import { Standalone } from './standalone.ts';
import { breakerSettings, CircuitBreaker } from './circuit-breaker.ts';
import type { CircuitBreakerOptions } from './circuit-breaker-options.ts';
import type { BreakerSpec } from './circuit-settings.ts';

/**
 * Options of keyed breakers: those of a circuit breaker, which all keys share, and how calls are assigned to keys.
 *
 * @example
 * ```ts
 * const options: KeyedBreakersOptions = {
 *   name: 'schools',
 *   key: ({ attributes }) => String(attributes['school']),
 *   maxKeys: 200,
 *   failureThreshold: 3,
 * };
 * const schools = keyedBreakers(options);
 * ```
 */
export interface KeyedBreakersOptions extends CircuitBreakerOptions {
  /**
   * Returns the key of a call, such as the host it goes to. Must be synchronous. If it throws, or returns neither a
   * string nor a number, the call's own key is used. Default: the call's own key.
   */
  readonly key?: (context: CallContext) => string;
  /** Most breakers that are kept; 1 to 1,000,000. Default 1,000. */
  readonly maxKeys?: number;
}

const boundSpec = { maxKeys: { min: 1, max: 1_000_000, unit: 'calls', default: 1_000 } } as const;

/** Key of the breaker that all keys without a breaker of their own share. */
const OVERFLOW = '[others]';

/**
 * One circuit breaker per key, such as a tenant, host or route: all with the same settings, and at most `maxKeys`.
 *
 * At the limit, the closed breaker that has been idle longest is evicted. A breaker that is open or in use never is. If
 * all are, further keys share one breaker.
 *
 * @example
 * ```ts
 * const schools = new KeyedBreakers({ name: 'schools', failureThreshold: 3, maxKeys: 200 });
 * const student = await schools.execute(() => database.getStudent(id), { key: 'school-7' });
 * log.info(schools.get('school-7')?.state); // 'closed'
 * ```
 */
export class KeyedBreakers implements Policy {
  readonly name: string;
  readonly kind = 'keyed-breakers';
  /** Shared by all breakers: a change applies to every key. */
  readonly settings: Settings<BreakerSpec>;
  readonly #options: CircuitBreakerOptions;
  readonly #keyOf: ((context: CallContext) => string) | undefined;
  readonly #standalone: Standalone;
  readonly #bound: Settings<typeof boundSpec>;
  /** Longest idle first: a breaker that is used moves to the end. */
  readonly #breakers = new Map<string, CircuitBreaker>();
  #overflow: CircuitBreaker | undefined;
  #evictions = 0;

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: KeyedBreakersOptions = {}) {
    const { key, maxKeys, ...breaker } = Object(options) as KeyedBreakersOptions;
    this.name = breaker.name ?? 'keyed-breakers';
    const subject = `keyed breakers "${this.name}"`;
    const bound = { ...(key !== undefined && { key }), ...(maxKeys !== undefined && { maxKeys }) };
    checkOptions(subject, bound, boundSpec, { key: 'sync function' });
    // What is no object at all is refused there.
    this.settings = breakerSettings(subject, isObject(options) ? breaker : options);
    this.#bound = new Settings(subject, boundSpec, bound);
    this.#options = breaker;
    this.#keyOf = key;
    this.#standalone = new Standalone(this, options);
  }

  /** Number of keys that have a breaker of their own. */
  get size(): number {
    return this.#breakers.size;
  }

  /** Returns the breaker of a key, if it has one. Creates none, and does not count as use. */
  get(key: string): CircuitBreaker | undefined {
    return this.#breakers.get(key);
  }

  /** Keys and breakers, longest idle first. */
  entries(): IterableIterator<[key: string, breaker: CircuitBreaker]> {
    return this.#breakers.entries();
  }

  /** @throws CircuitBreakerOpenError without running the operation; otherwise the operation's own error, unchanged */
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
    for (const breaker of this.#breakers.values()) breaker.attach(host);
    this.#overflow?.attach(host);
  }

  link(next: Next<unknown>): Next<unknown> {
    return (call) => this.run(call, next);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    return this.#breakerOf(this.#keyFor(call), call.host).run(call, next);
  }

  /** For calls that wait in an inner policy: the breaker of their key decides again when their turn has come. */
  gate(call: Call<unknown>): ReturnType<Gate> {
    const breaker = this.#breakers.get(this.#keyFor(call)) ?? this.#overflow;
    return breaker?.gate(call) ?? (() => undefined);
  }

  /** State and counts as plain JSON. @param now reading of its clock; default: what the clock shows now */
  report(now?: number): KeyedBreakersReport {
    const open = [...this.#breakers].filter(([, { state }]) => state !== 'closed');
    return {
      keys: this.#breakers.size,
      evictions: this.#evictions,
      open: open.length,
      // Limited: a report must not grow with the number of keys.
      openKeys: open.slice(0, 20).map(([key]) => key),
      others: this.#overflow?.report(now),
    };
  }

  #keyFor(call: Call<unknown>): string {
    return (this.#keyOf && keyOf(this.#keyOf, call)) ?? call.key;
  }

  #breakerOf(key: string, host: Host): CircuitBreaker {
    const known = this.#breakers.get(key);
    if (known !== undefined) {
      this.#breakers.delete(key);
      this.#breakers.set(key, known);
      return known;
    }
    if (this.#breakers.size >= this.#bound.values.maxKeys && !this.#evict()) {
      return (this.#overflow ??= this.#make(OVERFLOW, host));
    }
    const made = this.#make(key, host);
    this.#breakers.set(key, made);
    return made;
  }

  /** Evicts one breaker, if any can be discarded. */
  #evict(): boolean {
    for (const [key, breaker] of this.#breakers) {
      if (breaker.isDisposable) {
        this.#breakers.delete(key);
        this.#evictions += 1;
        return true;
      }
    }
    return false;
  }

  #make(key: string, host: Host): CircuitBreaker {
    const breaker = new KeyedBreaker({ ...this.#options, name: `${this.name}[${key}]` }, this.settings, this);
    breaker.attach(host);
    return breaker;
  }
}

function isObject(options: unknown): boolean {
  return typeof options === 'object' && options !== null && !Array.isArray(options);
}

/** One of several breakers, measured as part of all of them: a time series per key would have no limit. */
class KeyedBreaker extends CircuitBreaker {
  readonly #all: KeyedBreakers;

  constructor(options: CircuitBreakerOptions, settings: Settings<BreakerSpec>, all: KeyedBreakers) {
    super(options, settings);
    this.#all = all;
  }

  override get measuredAs(): KeyedBreakers {
    return this.#all;
  }
}

/**
 * Guards each key with a circuit breaker of its own, as `new KeyedBreakers(options)`.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const students = pipeline('students', [keyedBreakers({ key: ({ attributes }) => String(attributes['school']) })]);
 * const student = await students.execute(() => database.getStudent(id), { attributes: { school: 'school-7' } });
 * ```
 */
export function keyedBreakers(options?: KeyedBreakersOptions): KeyedBreakers {
  return new KeyedBreakers(options);
}
