import { clientNetwork } from './client-network.ts';
import { FailureCounts } from './failure-counts.ts';

/** Five free guesses at a forgotten password, then the delay doubles. */
const perAccount = { free: 5, baseMs: 1_000, maxMs: 60_000 };
/** More, because an office shares one address. Slows down trying one password on many accounts. */
const perAddress = { free: 20, baseMs: 1_000, maxMs: 300_000 };

/** An attempt to sign in. */
export interface SignInAttempt {
  /** The e-mail address, in any case. */
  readonly account: string;
  readonly address: string;
  /** The device, if its cookie shows that the account has signed in on it before. */
  readonly deviceId: string | undefined;
}

/**
 * Slows down guessing of passwords. A device on which the account has signed in before has its own count, so that guesses
 * from elsewhere, or from the same address, never lock out the owner of the account (OWASP: device cookies). All other
 * devices share the counts of the account and of the address.
 */
export class SignInLimits {
  readonly #accounts = new FailureCounts(perAccount);
  readonly #addresses = new FailureCounts(perAddress);
  readonly #devices = new FailureCounts(perAccount);

  /**
   * Requests an attempt. It counts as failed until `succeeded` or `withdrawn`, so that concurrent attempts don't bypass the
   * limit.
   *
   * @param now a reading of a monotonic clock
   * @returns 0 if it is allowed now, else the milliseconds to wait
   */
  admit(attempt: SignInAttempt, now: number): number {
    const counts = this.#countsOf(attempt);
    const waitMs = Math.max(...counts.map(([count, key]) => count.waitMs(key, now)));
    if (waitMs > 0) return waitMs;
    for (const [count, key] of counts) count.count(key, now);
    return 0;
  }

  /**
   * The password was right: resets the count of the device or the account. The address keeps its earlier failures, or an
   * attacker could reset it with an account of their own.
   */
  succeeded(attempt: SignInAttempt): void {
    for (const [count, key] of this.#countsOf(attempt)) {
      if (count === this.#addresses) count.takeBack(key);
      else count.forget(key);
    }
  }

  /** Uncounts an attempt that could not be checked. */
  withdrawn(attempt: SignInAttempt): void {
    for (const [count, key] of this.#countsOf(attempt)) count.takeBack(key);
  }

  #countsOf({ account, address, deviceId }: SignInAttempt): readonly (readonly [FailureCounts, string])[] {
    if (deviceId !== undefined) return [[this.#devices, `${deviceId} ${account.toLowerCase()}`]];
    return [
      [this.#accounts, account.toLowerCase()],
      [this.#addresses, clientNetwork(address)],
    ];
  }
}
