import { clientNetwork } from './client-network.ts';
import { FailureCounts } from './failure-counts.ts';

/** Five guesses for a person who has forgotten their password; then each costs twice the time of the last. */
const perAccount = { free: 5, baseMs: 1_000, maxMs: 60_000 };
/** An office shares one address, so more is free; trying one password on all accounts is slowed down here. */
const perAddress = { free: 20, baseMs: 1_000, maxMs: 300_000 };

/** One try to sign in. */
export interface SignInTry {
  /** The e-mail address, in any capitals. */
  readonly account: string;
  readonly address: string;
  /** The device, when its cookie says that this account has signed in on it before. */
  readonly deviceId: string | undefined;
}

/**
 * Slows down guessing of passwords. Devices on which an account has signed in before have a count of their own, so that
 * strangers who guess, from any number of addresses or from the same one, never keep the account's owner out (OWASP
 * calls this device cookies). All others share the counts of the account and of the address.
 */
export class SignInLimits {
  readonly #accounts = new FailureCounts(perAccount);
  readonly #addresses = new FailureCounts(perAddress);
  readonly #devices = new FailureCounts(perAccount);

  /**
   * Asks for one try. A granted try counts as failed until `succeeded` or `withdrawn` says otherwise, so that a burst
   * sent at the same moment is no way around.
   *
   * @param now a reading of a monotonic clock
   * @returns 0 when it may be made now, else the milliseconds to wait
   */
  admit(attempt: SignInTry, now: number): number {
    const counts = this.#countsOf(attempt);
    const waitMs = Math.max(...counts.map(([count, key]) => count.waitMs(key, now)));
    if (waitMs > 0) return waitMs;
    for (const [count, key] of counts) count.count(key, now);
    return 0;
  }

  /**
   * The password was right: the device or the account starts afresh. The address does not, or one own account would
   * wash it clean; and a known device says nothing about the strangers who guess.
   */
  succeeded(attempt: SignInTry): void {
    for (const [count, key] of this.#countsOf(attempt)) {
      if (count === this.#addresses) count.takeBack(key);
      else count.forget(key);
    }
  }

  /** The try could not be judged, so it was none. */
  withdrawn(attempt: SignInTry): void {
    for (const [count, key] of this.#countsOf(attempt)) count.takeBack(key);
  }

  #countsOf({ account, address, deviceId }: SignInTry): readonly (readonly [FailureCounts, string])[] {
    if (deviceId !== undefined) return [[this.#devices, `${deviceId} ${account.toLowerCase()}`]];
    return [
      [this.#accounts, account.toLowerCase()],
      [this.#addresses, clientNetwork(address)],
    ];
  }
}
