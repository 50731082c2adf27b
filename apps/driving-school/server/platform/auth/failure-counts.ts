/** How failures of one kind are slowed down. */
export interface FailureLimit {
  /** Failures before the first wait. */
  readonly free: number;
  /** The wait after the first failure too many; doubles with each further one. */
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

/** Counts failures by key and says how long to wait. Knows no clock: `now` is a reading of a monotonic one. */
export class FailureCounts {
  readonly #limit: FailureLimit;
  readonly #rememberedMax: number;
  readonly #failures = new Map<string, Failures>();

  /** @param rememberedMax the most keys that are remembered; the longest idle are dropped first */
  constructor(limit: FailureLimit, { rememberedMax = 10_000 }: { readonly rememberedMax?: number } = {}) {
    this.#limit = limit;
    this.#rememberedMax = rememberedMax;
  }

  /** @returns milliseconds until this key may try again; 0 when it may now */
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
    // Set anew, so that the order of the map is the order of use.
    this.#failures.delete(key);
    this.#failures.set(key, { count, lastAt: now, blockedUntil: now + waitMs });
    if (this.#failures.size > this.#rememberedMax) {
      const [longestIdle] = this.#failures.keys();
      if (longestIdle !== undefined) this.#failures.delete(longestIdle);
    }
  }

  /** One counted failure was none. */
  takeBack(key: string): void {
    const known = this.#failures.get(key);
    if (known === undefined) return;
    known.count -= 1;
    known.blockedUntil = 0;
    if (known.count <= 0) this.#failures.delete(key);
  }

  /** The key starts afresh. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#failures.size;
  }
}
