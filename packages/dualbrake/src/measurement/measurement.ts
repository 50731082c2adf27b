import type { CallRecorder } from '../recorder.ts';
import type { Registry } from '../registry.ts';
import { checkOptions } from '../settings.ts';
import type { Steerable } from '../steerable.ts';
import { BreakerRecord } from './breaker-record.ts';
import type { DurationListener, RecordedDuration } from './duration.ts';
import { RetryRecord } from './retry-record.ts';

/** How much is measured. All of it is optional. */
export interface MeasurementOptions {
  /** The most breakers, and the most retries, that are measured on their own; the others share `OVERFLOW`. Default 500. */
  readonly maxSeries?: number;
  /**
   * How many entries each breaker's log of outcomes has at most, for `replay`: 9 bytes each, 0 for no log. What holds an
   * hour of any healthy dependency is 36,000; it grows as it fills. Default 0.
   */
  readonly loggedOutcomes?: number;
}

const spec = {
  maxSeries: { min: 1, max: 100_000, unit: 'calls', default: 500 },
  loggedOutcomes: { min: 0, max: 1_048_576, unit: 'calls', default: 0 },
} as const;

/** The id under which all are measured that found no room. */
export const OVERFLOW = '_overflow';

const measurements = new WeakMap<Registry, Measurement>();

/**
 * Counts what calls come to at every breaker and retry of a registry, and how long they take. Begins when it is made and
 * costs two readings of the clock for each policy that a call meets.
 *
 * Memory is bounded: some 3 kB for each breaker or retry, and the log of outcomes where there is one.
 */
export class Measurement implements CallRecorder {
  readonly registry: Registry;
  /** Clock reading at which it began. */
  readonly since: number;
  readonly #maxSeries: number;
  readonly #loggedMax: number;
  readonly #breakers: Series<BreakerRecord>;
  readonly #retries: Series<RetryRecord>;
  readonly #end: () => void;
  readonly #listeners = new Set<DurationListener>();

  /**
   * The measurement of a registry, begun if there is none: exporters and consoles share it.
   *
   * @param options of the first who asks
   */
  static of(registry: Registry, options?: MeasurementOptions): Measurement {
    return measurements.get(registry) ?? new Measurement(registry, options);
  }

  /**
   * @throws InvalidSettingsError with every problem at once; Error when the registry is measured already, see
   *   `Measurement.of`
   */
  constructor(registry: Registry, options: MeasurementOptions = {}) {
    checkOptions('measurement', options, spec, {});
    this.registry = registry;
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

  /** Hears every duration as it is recorded, for exporters that keep histograms of their own. @returns ends it */
  onDuration(listener: DurationListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @returns nothing for a policy that the registry does not list */
  breaker(policy: Steerable): BreakerRecord | undefined {
    return this.#breakers.of(policy);
  }

  /** @returns nothing for a policy that the registry does not list */
  retry(policy: Steerable): RetryRecord | undefined {
    return this.#retries.of(policy);
  }

  /** By the registry's id; what has been removed from the registry is gone. */
  breakers(): ReadonlyMap<string, BreakerRecord> {
    return this.#breakers.list(['circuit-breaker', 'keyed-breakers']);
  }

  /** By the registry's id; what has been removed from the registry is gone. */
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

  /** @param id nothing for what has been removed from the registry */
  #took(id: string | undefined, ...duration: Parameters<RecordedDuration>): void {
    if (id === undefined) return;
    for (const listener of this.#listeners) {
      try {
        listener(id, ...duration);
      } catch {
        // Dropped: the outcome of a call must not depend on who watches.
      }
    }
  }
}
