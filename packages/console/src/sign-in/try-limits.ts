interface Limit {
  /** Failures before the first wait. */
  readonly free: number;
  /** The wait after the first failure too many; doubles with each further one. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Typing or pasting a token wrong a few times is normal. */
const perAddress: Limit = { free: 5, baseMs: 1_000, maxMs: 300_000 };
/**
 * For all addresses together, so that many addresses gain nothing. The longest wait is short: guessing a random token is
 * hopeless in any case, and whoever floods the page must not lock the operator out for long.
 */
const overall: Limit = { free: 30, baseMs: 1_000, maxMs: 15_000 };

/** Failures this old are forgotten. */
const FORGET_MS = 15 * 60_000;
/** Addresses that are remembered, at most; the longest idle are dropped first. */
const REMEMBERED_MAX = 1_000;

interface Failures {
  count: number;
  lastAt: number;
  blockedUntil: number;
}

/** Slows down guessing, by address and overall. Has no clock: `now` is in milliseconds. */
export class TryLimits {
  readonly #addresses = new Map<string, Failures>();
  #overall: Failures = { count: 0, lastAt: 0, blockedUntil: 0 };

  /** @returns 0 when this address may try now, else the milliseconds to wait */
  waitMs(address: string, now: number): number {
    const until = Math.max(this.#addresses.get(address)?.blockedUntil ?? 0, this.#overall.blockedUntil);
    return Math.max(0, until - now);
  }

  /** A try has failed. */
  failed(address: string, now: number): void {
    const next = counted(this.#addresses.get(address), perAddress, now);
    // Set anew, so that the order of the map is the order of use.
    this.#addresses.delete(address);
    this.#addresses.set(address, next);
    if (this.#addresses.size > REMEMBERED_MAX) this.#addresses.delete(this.#addresses.keys().next().value ?? '');
    this.#overall = counted(this.#overall, overall, now);
  }

  /** A try was right: its address starts afresh. */
  succeeded(address: string): void {
    this.#addresses.delete(address);
  }

  /** Forgets everything: there is a new token, of which nobody has guessed anything. */
  reset(): void {
    this.#addresses.clear();
    this.#overall = { count: 0, lastAt: 0, blockedUntil: 0 };
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
