/**
 * Bucket bounds are the same for every histogram, so any two can be added. Each is about 19 % (2^(1/4)) above the previous one,
 * from 10 microseconds to 16 hours, and every doubling of 5 ms is among them.
 */
const STEPS_PER_DOUBLING = 4;
const SMALLEST_MS = 5 / 512;
const BUCKETS = 132;

/**
 * Bucket bounds for the duration of calls, in milliseconds: 5 ms and its doublings up to 82 s.
 *
 * @example
 * ```ts
 * const durations = new Histogram();
 * durations.record(12);
 * log.info(durations.upTo(callBoundsMs)); // [0, 0, 1, 1, …]
 * ```
 */
export const callBoundsMs: readonly number[] = Array.from({ length: 15 }, (_, place) => 5 * 2 ** place);

/**
 * Bucket bounds for times to recovery, in milliseconds: 1.28 s and its doublings up to 2.9 hours.
 *
 * @example
 * ```ts
 * const recoveries = new Histogram();
 * log.info(recoveries.upTo(recoveryBoundsMs));
 * ```
 */
export const recoveryBoundsMs: readonly number[] = Array.from({ length: 14 }, (_, place) => 1_280 * 2 ** place);

/**
 * Summary of a histogram. Times are in milliseconds, and `undefined` while it is empty.
 *
 * @example
 * ```ts
 * const { count, p95 }: HistogramSnapshot = new Histogram().snapshot();
 * log.info(`${count} calls, 95 % within ${p95} ms`);
 * ```
 */
export interface HistogramSnapshot {
  readonly count: number;
  readonly mean: number | undefined;
  readonly max: number | undefined;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

/**
 * A distribution of durations in fixed buckets. Memory is bounded, and a quantile is never below the true one and at most 19 %
 * above it.
 *
 * @example
 * ```ts
 * const durations = new Histogram();
 * for (const ms of [12, 15, 240]) durations.record(ms);
 * log.info(durations.quantile(0.95));
 * ```
 */
export class Histogram {
  /** Recorded durations. */
  count = 0;
  #totalMs = 0;
  #maxMs = 0;
  /** Allocated on first use. */
  #buckets: number[] | undefined;

  /** Adds one duration. @param durationMs 0 or more */
  record(durationMs: number): void {
    const buckets = (this.#buckets ??= Array<number>(BUCKETS).fill(0));
    const bucket = bucketOf(durationMs);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    this.count += 1;
    this.#totalMs += durationMs;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
  }

  /**
   * The duration that a share of all values does not exceed.
   *
   * @param share 0 to 1
   * @returns milliseconds; `undefined` while it is empty
   */
  quantile(share: number): number | undefined {
    if (this.#buckets === undefined) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.count));
    let seen = 0;
    for (const [bucket, values] of this.#buckets.entries()) {
      seen += values;
      if (seen >= rank) return Math.min(upperBound(bucket), this.#maxMs);
    }
    return this.#maxMs;
  }

  /** Sum of all durations, in milliseconds. */
  get totalMs(): number {
    return this.#totalMs;
  }

  /**
   * How many values are at or below each bound.
   *
   * @param boundsMs ascending; exact for `callBoundsMs`, `recoveryBoundsMs` and other doublings and halvings of 5 ms
   */
  upTo(boundsMs: readonly number[]): number[] {
    const buckets = this.#buckets;
    if (buckets === undefined) return boundsMs.map(() => 0);
    let seen = 0;
    let bucket = 0;
    return boundsMs.map((bound) => {
      for (const last = bucketOf(bound); bucket <= last; bucket += 1) seen += buckets[bucket] ?? 0;
      return seen;
    });
  }

  /** Adds everything another histogram has recorded. */
  add(other: Histogram): void {
    if (other.#buckets === undefined) return;
    const buckets = (this.#buckets ??= Array<number>(BUCKETS).fill(0));
    for (const [bucket, values] of other.#buckets.entries()) buckets[bucket] = (buckets[bucket] ?? 0) + values;
    this.count += other.count;
    this.#totalMs += other.#totalMs;
    this.#maxMs = Math.max(this.#maxMs, other.#maxMs);
  }

  /** Count, mean, maximum and the usual quantiles. */
  snapshot(): HistogramSnapshot {
    const isEmpty = this.count === 0;
    return {
      count: this.count,
      mean: isEmpty ? undefined : this.#totalMs / this.count,
      max: isEmpty ? undefined : this.#maxMs,
      p50: this.quantile(0.5),
      p95: this.quantile(0.95),
      p99: this.quantile(0.99),
    };
  }
}

function bucketOf(durationMs: number): number {
  if (!(durationMs > SMALLEST_MS)) return 0;
  const bucket = Math.ceil(Math.log2(durationMs / SMALLEST_MS) * STEPS_PER_DOUBLING);
  return Math.min(bucket, BUCKETS - 1);
}

function upperBound(bucket: number): number {
  return bucket === BUCKETS - 1 ? Infinity : SMALLEST_MS * 2 ** (bucket / STEPS_PER_DOUBLING);
}
