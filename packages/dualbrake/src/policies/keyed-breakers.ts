import { brandPolicy, isSameClock } from '../brand.ts';
import { Executor, type Call, type CallContext, type Next, type Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import { execute, executeOutcome, invoke, type Outcome } from '../execution.ts';
import { asksForHost, hostOf, type Host } from '../host.ts';
import { linkOf } from '../link.ts';
import type { Gate, Policy } from '../policy.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { ReportValue } from '../steerable.ts';
import { executeStream, type StreamOperation } from '../stream.ts';
import { keyOf } from '../user-function.ts';
import { breakerSettings, CircuitBreaker } from './circuit-breaker.ts';
import type { CircuitBreakerOptions } from './circuit-breaker-options.ts';
import type { BreakerSpec } from './circuit-settings.ts';

/** A breaker for each tenant, host or route. Everything that a circuit breaker takes, and: */
export interface KeyedBreakersOptions extends CircuitBreakerOptions {
  /**
   * Which breaker a call belongs to, such as the host that it goes to. Must answer at once; where it throws, or answers
   * no text and no number, it is the call's own key. Default: the call's own key.
   */
  readonly key?: (context: CallContext) => string;
  /** The most breakers that are kept. Default 1,000. */
  readonly maxKeys?: number;
}

const boundSpec = { maxKeys: { min: 1, max: 1_000_000, unit: 'calls', default: 1_000 } } as const;

/** The breaker of all keys that found no room. Its name cannot be a key's: those have no brackets of ours. */
const OVERFLOW = '[others]';

/**
 * One breaker for each key, all with the same settings, and never more than `maxKeys`.
 *
 * When there is no room, the closed breaker that has been idle longest makes place. One that is open or in use is never
 * evicted; when all are, further keys share one breaker.
 */
export class KeyedBreakers implements Policy {
  readonly name: string;
  readonly kind = 'keyed-breakers';
  /** Shared by all: a change applies to every key. */
  readonly settings: Settings<BreakerSpec>;
  readonly #options: CircuitBreakerOptions;
  readonly #keyOf: (context: CallContext) => string;
  readonly #bound: Settings<typeof boundSpec>;
  /** Longest idle first: who is used is put at the end. */
  readonly #breakers = new Map<string, CircuitBreaker>();
  #overflow: CircuitBreaker | undefined;
  #host: Host | undefined;
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
    this.#keyOf = key ?? (({ key: own }) => own);
    brandPolicy(this);
    if (asksForHost(breaker)) this.#host = hostOf(breaker);
  }

  /** How many keys have a breaker of their own. */
  get size(): number {
    return this.#breakers.size;
  }

  /** The breaker of a key, if it has one. Looking does not make one, and is no use of it. */
  get(key: string): CircuitBreaker | undefined {
    return this.#breakers.get(key);
  }

  /** Keys and breakers, longest idle first. */
  entries(): IterableIterator<[key: string, breaker: CircuitBreaker]> {
    return this.#breakers.entries();
  }

  /** @throws CircuitBreakerOpenError without calling the operation; the operation's own error as it is */
  execute<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<T> {
    return execute(this.#executor(), operation, options);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<Outcome<T>> {
    return executeOutcome(this.#executor(), operation, options);
  }

  /** The same for an operation that answers item by item. @see Pipeline.executeStream */
  executeStream<T>(
    operation: StreamOperation<T>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    return executeStream(this.#executor(), operation, options);
  }

  attach(host: Host): void {
    if (this.#host !== undefined && !isSameClock(this.#host.clock, host.clock)) {
      throw new TypeError(`Policy "${this.name}" is used with two clocks; give all its pipelines the same one.`);
    }
    if (this.#host !== undefined && this.#host.isListed !== false) return;
    this.#host = host;
    for (const breaker of this.#breakers.values()) breaker.attach(host);
    this.#overflow?.attach(host);
  }

  link(next: Next<unknown>): Next<unknown> {
    return (call) => this.run(call, next);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    return this.#breakerOf(this.#keyFor(call), call.host).run(call, next);
  }

  /** For calls that wait further in: their own breaker is asked again. */
  gate(call: Call<unknown>): ReturnType<Gate> {
    const breaker = this.#breakers.get(this.#keyFor(call)) ?? this.#overflow;
    return breaker?.gate(call) ?? (() => undefined);
  }

  report(now: number): Readonly<Record<string, ReportValue>> {
    const open = [...this.#breakers].filter(([, { state }]) => state !== 'closed');
    return {
      keys: this.#breakers.size,
      evictions: this.#evictions,
      open: open.length,
      // Bounded: a report must not grow with the number of tenants.
      openKeys: open.slice(0, 20).map(([key]) => key),
      others: this.#overflow?.report(now),
    };
  }

  #keyFor(call: CallContext): string {
    return keyOf(this.#keyOf, call) ?? call.key;
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

  /** Makes room by one, if there is one that can go. */
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

  #executor(): Executor {
    const { sharedTimers, stackTraces } = this.#options;
    const host = (this.#host ??= hostOf({ sharedTimers, stackTraces }));
    return new Executor(this.name, host, linkOf(this, invoke, []), stackTraces);
  }
}

function isObject(options: unknown): boolean {
  return typeof options === 'object' && options !== null && !Array.isArray(options);
}

/** Measured under the name of all: a series for each tenant would have no bound. */
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

/** A breaker for each key, bounded. */
export function keyedBreakers(options?: KeyedBreakersOptions): KeyedBreakers {
  return new KeyedBreakers(options);
}
