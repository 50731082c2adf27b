interface Limit {
  /** Failures before the first wait. */
  readonly free: number;
  /** The first wait; doubles with each further failure. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Typing or pasting a token wrong a few times is normal. */
const perAddress: Limit = { free: 5, baseMs: 1_000, maxMs: 300_000 };
/**
 * For all addresses together, so that using many addresses is no advantage. The longest wait is short: a random token can't be
 * guessed anyway, and a flood of requests must not lock the operator out for long.
 */
const overall: Limit = { free: 30, baseMs: 1_000, maxMs: 15_000 };

/** Older failures are forgotten. */
const FORGET_MS = 15 * 60_000;
/** Addresses that are remembered, at most; the longest idle is dropped first. */
const REMEMBERED_MAX = 1_000;

interface Failures {
  readonly count: number;
  readonly lastAt: number;
  readonly blockedUntil: number;
}

/** Slows down guessing, by address and overall. `now` is in milliseconds. */
export class TryLimits {
  readonly #addresses = new Map<string, Failures>();
  #overall: Failures | undefined;

  /** @returns milliseconds to wait before the next try from this address; 0 if there is no wait */
  waitMs(address: string, now: number): number {
    const until = Math.max(this.#addresses.get(address)?.blockedUntil ?? 0, this.#overall?.blockedUntil ?? 0);
    return Math.max(0, until - now);
  }

  failed(address: string, now: number): void {
    const next = counted(this.#addresses.get(address), perAddress, now);
    // Deleted first, so that the map's order is the order of use.
    this.#addresses.delete(address);
    this.#addresses.set(address, next);
    if (this.#addresses.size > REMEMBERED_MAX) this.#addresses.delete(this.#addresses.keys().next().value ?? '');
    this.#overall = counted(this.#overall, overall, now);
  }

  /** Forgets the failures of the address. */
  succeeded(address: string): void {
    this.#addresses.delete(address);
  }

  /** Forgets all failures, because the token is new. */
  reset(): void {
    this.#addresses.clear();
    this.#overall = undefined;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#addresses.size;
  }
}

function counted(known: Failures | undefined, { free, baseMs, maxMs }: Limit, now: number): Failures {
  const count = known === undefined || now - known.lastAt > FORGET_MS ? 1 : known.count + 1;
  const over = count - free;
  const waitMs = over < 0 ? 0 : Math.min(baseMs * 2 ** Math.min(over, 30), maxMs);
  return { count, lastAt: now, blockedUntil: now + waitMs };
}
