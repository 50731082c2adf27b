import { isIPv6 } from 'node:net';

interface Limit {
  /** Failures before the first wait. */
  readonly free: number;
  /** The wait after the first failure too many; doubles with each further one. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** A person who has forgotten which password it was has five guesses; then each costs twice the time of the last. */
const perAccount: Limit = { free: 5, baseMs: 1_000, maxMs: 60_000 };
/** An office shares one address, so more is free; whoever tries one password on all accounts is slowed down here. */
const perAddress: Limit = { free: 20, baseMs: 1_000, maxMs: 300_000 };

/** Failures this old are forgotten. */
const forgetMs = 15 * 60_000;
/** The most accounts and addresses that are remembered; the longest idle are dropped first. */
const rememberedMax = 10_000;

interface Failures {
  count: number;
  lastAt: number;
  blockedUntil: number;
}

/** Slows down guessing of passwords, by account and by address. Knows no clock: `now` is a reading of a monotonic one. */
export class SignInLimits {
  readonly #failures = new Map<string, Failures>();

  /**
   * Asks for one try. A granted try counts as failed until `succeeded` or `withdrawn` says otherwise, so that a burst
   * sent at the same moment is no way around.
   *
   * @returns 0 when it may be made now, else the milliseconds to wait
   */
  admit(account: string, address: string, now: number): number {
    const waitMs = Math.max(this.#waitMs(accountKey(account), now), this.#waitMs(addressKey(address), now));
    if (waitMs > 0) return waitMs;
    this.#count(accountKey(account), perAccount, now);
    this.#count(addressKey(address), perAddress, now);
    return 0;
  }

  /** The password was right: the account starts afresh. The address does not, or one own account would wash it clean. */
  succeeded(account: string, address: string): void {
    this.#failures.delete(accountKey(account));
    this.#takeBack(addressKey(address));
  }

  /** The try could not be judged, so it was none. */
  withdrawn(account: string, address: string): void {
    this.#takeBack(accountKey(account));
    this.#takeBack(addressKey(address));
  }

  /** How many accounts and addresses are remembered. */
  get size(): number {
    return this.#failures.size;
  }

  #waitMs(key: string, now: number): number {
    return Math.max(0, (this.#failures.get(key)?.blockedUntil ?? 0) - now);
  }

  #count(key: string, limit: Limit, now: number): void {
    const known = this.#failures.get(key);
    const count = known === undefined || now - known.lastAt > forgetMs ? 1 : known.count + 1;
    const over = count - limit.free;
    const waitMs = over < 0 ? 0 : Math.min(limit.baseMs * 2 ** Math.min(over, 30), limit.maxMs);
    // Set anew, so that the order of the map is the order of use.
    this.#failures.delete(key);
    this.#failures.set(key, { count, lastAt: now, blockedUntil: now + waitMs });
    if (this.#failures.size > rememberedMax) {
      const [longestIdle] = this.#failures.keys();
      if (longestIdle !== undefined) this.#failures.delete(longestIdle);
    }
  }

  #takeBack(key: string): void {
    const known = this.#failures.get(key);
    if (known === undefined) return;
    known.count -= 1;
    known.blockedUntil = 0;
    if (known.count <= 0) this.#failures.delete(key);
  }
}

function accountKey(account: string): string {
  return `account ${account.toLowerCase()}`;
}

/** One customer has a whole /64 of IPv6, so that is what counts as one address. */
function addressKey(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return `address ${address}`;
  const [head = '', tail = ''] = address.split('%', 1)[0]?.split('::') ?? [];
  const front = head === '' ? [] : head.split(':');
  const back = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::')
    ? Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
    : [];
  return `address ${[...front, ...zeros, ...back].slice(0, 4).join(':')}`;
}
