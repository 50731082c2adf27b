import {
  FAILED,
  LONGEST_AGE_MS,
  SLOW,
  type SavedBuckets,
  type SavedWindow,
  type Window,
  type WindowTotals,
} from './window.ts';

/** Buckets per window: old calls are dropped a tenth of the window at a time. */
export const BUCKETS = 10;
/** Numbers per bucket: calls, failures, slow calls. */
const WIDTH = 3;

/**
 * The calls of the last `windowMs` milliseconds, in ten buckets with running totals. Neither memory nor reading time
 * grows with traffic.
 *
 * A call belongs to the bucket in which it was counted. The window covers the current bucket and the nine before it, so
 * it reaches back between 90 % and 100 % of `windowMs`.
 */
export class TimeWindow implements Window {
  calls = 0;
  failures = 0;
  slow = 0;
  readonly #windowMs: number;
  readonly #bucketMs: number;
  readonly #buckets: number[] = Array<number>(BUCKETS * WIDTH).fill(0);
  #startedAt: number;
  /** Number of the current bucket, counted from the start. */
  #current = 0;

  /** @param windowMs more than 0 */
  constructor(windowMs: number, now: number) {
    this.#windowMs = windowMs;
    this.#bucketMs = windowMs / BUCKETS;
    this.#startedAt = now;
  }

  moveTo(now: number): void {
    const bucket = Math.floor((now - this.#startedAt) / this.#bucketMs);
    if (bucket <= this.#current) return;
    if (bucket - this.#current >= BUCKETS) this.clear();
    else for (let passed = this.#current + 1; passed <= bucket; passed += 1) this.#empty(passed % BUCKETS);
    this.#current = bucket;
  }

  record(judged: number, now: number): number {
    this.moveTo(now);
    const first = (this.#current % BUCKETS) * WIDTH;
    this.#add(first, 1);
    this.calls += 1;
    if ((judged & FAILED) !== 0) {
      this.#add(first + 1, 1);
      this.failures += 1;
    }
    if ((judged & SLOW) !== 0) {
      this.#add(first + 2, 1);
      this.slow += 1;
    }
    return this.#current;
  }

  amend(place: number, now: number): void {
    this.moveTo(now);
    if (place <= this.#current - BUCKETS) return;
    this.#add((place % BUCKETS) * WIDTH + 1, 1);
    this.failures += 1;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.calls = 0;
    this.failures = 0;
    this.slow = 0;
  }

  save(now: number): SavedBuckets {
    this.moveTo(now);
    const buckets: [calls: number, failures: number, slow: number][] = [];
    for (let age = 0; age < BUCKETS; age += 1) {
      const first = this.#firstOf(age);
      const [calls = 0, failures = 0, slow = 0] = this.#buckets.slice(first, first + WIDTH);
      buckets.push([calls, failures, slow]);
    }
    while (buckets.at(-1)?.[0] === 0) buckets.pop();
    const { calls, failures, slow } = this;
    return {
      kind: 'time',
      calls,
      failures,
      slow,
      windowMs: this.#windowMs,
      ageMs: Math.max(0, now - this.#startedAt),
      buckets,
    };
  }

  restore(saved: SavedWindow, now: number, elapsedMs = 0): void {
    if (saved.kind === 'time') {
      if (saved.windowMs !== this.#windowMs) return;
      this.clear();
      // Far enough below, so that what is saved from now on can be read again.
      if (saved.ageMs + elapsedMs > LONGEST_AGE_MS / 2) {
        this.#beginAt(now);
        return;
      }
      this.#startedAt = now - elapsedMs - saved.ageMs;
      this.#current = Math.floor(saved.ageMs / this.#bucketMs);
      for (const [age, [calls, failures, slow]] of saved.buckets.entries()) {
        this.#addAll(this.#firstOf(age), { calls, failures, slow });
      }
      this.moveTo(now);
    } else if (saved.kind === undefined && elapsedMs < this.#windowMs) {
      this.moveTo(now);
      this.#addAll(this.#firstOf(0), saved);
    }
  }

  #beginAt(now: number): void {
    this.#startedAt = now;
    this.#current = 0;
  }

  /** Index of the first number of a bucket. @param age how many buckets older than the current one */
  #firstOf(age: number): number {
    return ((this.#current + BUCKETS - age) % BUCKETS) * WIDTH;
  }

  #addAll(first: number, { calls, failures, slow }: WindowTotals): void {
    this.#add(first, calls);
    this.#add(first + 1, failures);
    this.#add(first + 2, slow);
    this.calls += calls;
    this.failures += failures;
    this.slow += slow;
  }

  #empty(bucket: number): void {
    const first = bucket * WIDTH;
    this.calls -= this.#buckets[first] ?? 0;
    this.failures -= this.#buckets[first + 1] ?? 0;
    this.slow -= this.#buckets[first + 2] ?? 0;
    this.#buckets.fill(0, first, first + WIDTH);
  }

  #add(index: number, count: number): void {
    this.#buckets[index] = (this.#buckets[index] ?? 0) + count;
  }
}
