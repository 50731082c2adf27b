/** The delays after failures of one kind. */
export interface FailureLimit {
  /** Failures before the first delay. */
  readonly free: number;
  /** The first delay, which doubles with each further failure. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Failures this old are forgotten. */
const forgetMs = 15 * 60_000;

interface Failures {
  count: number;
  lastAt: number;
  blockedUntil: number;
}

/** Counts failures by key and delays further attempts. `now` is a reading of a monotonic clock. */
export class FailureCounts {
  readonly #limit: FailureLimit;
  readonly #rememberedMax: number;
  readonly #failures = new Map<string, Failures>();

  /** @param rememberedMax the maximum number of keys; the least recently used are dropped. Default: 10,000 */
  constructor(limit: FailureLimit, { rememberedMax = 10_000 }: { readonly rememberedMax?: number } = {}) {
    this.#limit = limit;
    this.#rememberedMax = rememberedMax;
  }

  /** Milliseconds until the next attempt of the key is allowed; 0 if it is now. */
  waitMs(key: string, now: number): number {
    return Math.max(0, (this.#failures.get(key)?.blockedUntil ?? 0) - now);
  }

  /** Counts a failure. */
  count(key: string, now: number): void {
    const { free, baseMs, maxMs } = this.#limit;
    const known = this.#failures.get(key);
    const count = known === undefined || now - known.lastAt > forgetMs ? 1 : known.count + 1;
    const over = count - free;
    const waitMs = over < 0 ? 0 : Math.min(baseMs * 2 ** Math.min(over, 30), maxMs);
    // Deleted first, so that the map stays in order of use.
    this.#failures.delete(key);
    this.#failures.set(key, { count, lastAt: now, blockedUntil: now + waitMs });
    if (this.#failures.size > this.#rememberedMax) {
      const [longestIdle] = this.#failures.keys();
      if (longestIdle !== undefined) this.#failures.delete(longestIdle);
    }
  }

  /** Uncounts one failure. */
  takeBack(key: string): void {
    const known = this.#failures.get(key);
    if (known === undefined) return;
    known.count -= 1;
    known.blockedUntil = 0;
    if (known.count <= 0) this.#failures.delete(key);
  }

  /** Resets the key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The number of keys. */
  get size(): number {
    return this.#failures.size;
  }
}
