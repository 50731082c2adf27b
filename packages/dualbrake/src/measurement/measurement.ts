import type { CallRecorder } from '../recorder.ts';
import type { Registry } from '../registry.ts';
import { trustRecorder } from '../safe-recorder.ts';
import { checkOptions } from '../settings.ts';
import type { Steerable } from '../steerable.ts';
import { dropRejection } from '../user-function.ts';
import { BreakerRecord } from './breaker-record.ts';
import type { DurationListener, RecordedDuration } from './duration.ts';
import { RetryRecord } from './retry-record.ts';

/**
 * How much to measure. All options are optional.
 *
 * @example
 * ```ts
 * const options: MeasurementOptions = { maxSeries: 200, loggedOutcomes: 36_000 };
 * const measurement = Measurement.of(defaultRegistry, options);
 * ```
 */
export interface MeasurementOptions {
  /** Most breakers, and most retries, with measurements of their own; further ones share `OVERFLOW`. Default 500. */
  readonly maxSeries?: number;
  /**
   * Most entries in each breaker's log of outcomes, for `replay`; 0 for no log. An entry takes 9 bytes, and 36,000 entries hold an
   * hour of any healthy dependency. The log grows as it fills. Default 0.
   */
  readonly loggedOutcomes?: number;
}

const spec = {
  maxSeries: { min: 1, max: 100_000, unit: 'calls', default: 500 },
  loggedOutcomes: { min: 0, max: 1_048_576, unit: 'calls', default: 0 },
} as const;

/**
 * The id that stands for all breakers and retries beyond `maxSeries`.
 *
 * @example
 * ```ts
 * if (Measurement.of(defaultRegistry).breakers().has(OVERFLOW)) log.warn('raise maxSeries');
 * ```
 */
export const OVERFLOW = '_overflow';

const measurements = new WeakMap<Registry, Measurement>();

/**
 * Measures outcomes and durations of the calls through every breaker and retry of a registry, starting when it is created. Costs two
 * clock readings per breaker or retry that a call passes.
 *
 * Memory is bounded: about 3 kB per breaker or retry, plus the log of outcomes.
 *
 * @example
 * ```ts
 * const registry = new Registry();
 * const measurement = new Measurement(registry);
 * await registry.pipeline('students', [circuitBreaker()]).execute(() => database.getStudent(id));
 * for (const [name, { calls }] of measurement.breakers()) log.info(`${name}: ${calls.success} succeeded`);
 * measurement.stop();
 * ```
 */
export class Measurement implements CallRecorder {
  readonly registry: Registry;
  /** Clock reading at the start. */
  readonly since: number;
  readonly #maxSeries: number;
  readonly #loggedMax: number;
  readonly #breakers: Series<BreakerRecord>;
  readonly #retries: Series<RetryRecord>;
  readonly #end: () => void;
  readonly #listeners = new Set<DurationListener>();

  /**
   * The measurement of a registry. Creates it on first use; exporters and consoles share it.
   *
   * @param options only used when the measurement is created
   */
  static of(registry: Registry, options?: MeasurementOptions): Measurement {
    return measurements.get(registry) ?? new Measurement(registry, options);
  }

  /**
   * @throws InvalidSettingsError with every problem at once; Error when the registry is measured already: use `Measurement.of`
   */
  constructor(registry: Registry, options: MeasurementOptions = {}) {
    checkOptions('measurement', options, spec, {});
    this.registry = registry;
    trustRecorder(this);
    this.#end = registry.record(this);
    this.since = registry.clock.now();
    this.#maxSeries = options.maxSeries ?? spec.maxSeries.default;
    this.#loggedMax = options.loggedOutcomes ?? spec.loggedOutcomes.default;
    this.#breakers = new Series(
      registry,
      this.#maxSeries,
      () => new BreakerRecord(this.#loggedMax, registry.clock.now()),
      this.#listeners,
    );
    this.#retries = new Series(registry, this.#maxSeries, () => new RetryRecord(), this.#listeners);
    measurements.set(registry, this);
  }

  /** Records no further calls. */
  stop(): void {
    this.#end();
    measurements.delete(this.registry);
  }

  /** Calls a listener with every duration, for exporters that keep their own histograms. @returns removes the listener */
  onDuration(listener: DurationListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @returns `undefined` for a policy that the registry does not list */
  breaker(policy: Steerable): BreakerRecord | undefined {
    return this.#breakers.of(policy);
  }

  /** @returns `undefined` for a policy that the registry does not list */
  retry(policy: Steerable): RetryRecord | undefined {
    return this.#retries.of(policy);
  }

  /** All breakers that the registry lists, by id. */
  breakers(): ReadonlyMap<string, BreakerRecord> {
    return this.#breakers.list(['circuit-breaker', 'keyed-breakers']);
  }

  /** All retries that the registry lists, by id. */
  retries(): ReadonlyMap<string, RetryRecord> {
    return this.#retries.list(['retry']);
  }
}

/** Records by policy, bounded in number. */
class Series<R extends { onDuration: RecordedDuration | undefined }> {
  readonly #registry: Registry;
  readonly #max: number;
  readonly #make: () => R;
  readonly #listeners: ReadonlySet<DurationListener>;
  readonly #records = new WeakMap<Steerable, R>();
  /** Those that a removed policy has left are free again. */
  #count = 0;
  #overflow: R | undefined;
  readonly #overflowTook: RecordedDuration = (kind, durationMs) => this.#took(OVERFLOW, kind, durationMs);

  constructor(registry: Registry, max: number, make: () => R, listeners: ReadonlySet<DurationListener>) {
    this.#registry = registry;
    this.#max = max;
    this.#make = make;
    this.#listeners = listeners;
  }

  of(policy: Steerable): R | undefined {
    return this.#records.get(policy) ?? this.#begin(policy);
  }

  list(kinds: readonly string[]): ReadonlyMap<string, R> {
    const found = new Map<string, R>();
    for (const member of this.#registry.members()) {
      const id = this.#registry.idOf(member);
      if (id === undefined || !kinds.includes(member.kind ?? '')) continue;
      const record = this.of(member);
      if (record !== undefined && record !== this.#overflow) found.set(id, record);
    }
    this.#count = found.size;
    if (this.#overflow !== undefined) found.set(OVERFLOW, this.#overflow);
    return found;
  }

  #begin(policy: Steerable): R | undefined {
    // Only what is listed has an id, hence a bounded number of labels.
    if (this.#registry.idOf(policy) === undefined) return undefined;
    if (this.#count >= this.#max) this.#recount();
    const isFull = this.#count >= this.#max;
    const record = isFull ? (this.#overflow ??= this.#make()) : this.#make();
    record.onDuration ??= isFull
      ? this.#overflowTook
      : (kind, durationMs) => {
          // Looked up only for who listens: this is heard several times in each call.
          if (this.#listeners.size > 0) this.#took(this.#registry.idOf(policy), kind, durationMs);
        };
    if (!isFull) this.#count += 1;
    this.#records.set(policy, record);
    return record;
  }

  /** What was removed or replaced since makes room. */
  #recount(): void {
    const records = this.#registry.members().map((member) => this.#records.get(member));
    this.#count = records.filter((record) => record !== undefined && record !== this.#overflow).length;
  }

  /** @param id nothing for what has been removed from the registry */
  #took(id: string | undefined, ...duration: Parameters<RecordedDuration>): void {
    if (id === undefined) return;
    for (const listener of this.#listeners) {
      try {
        const answer: unknown = listener(id, ...duration);
        if (answer !== undefined) dropRejection(answer);
      } catch {
        // A listener must not change the outcome of a call.
      }
    }
  }
}
