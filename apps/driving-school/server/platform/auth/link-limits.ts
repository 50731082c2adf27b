import { clientNetwork } from './client-network.ts';
import { FailureCounts } from './failure-counts.ts';

/** No user has twenty bad links. Tokens of 32 random bytes can't be guessed, but each guess costs a database query. */
const perAddress = { free: 20, baseMs: 1_000, maxMs: 300_000 };

/** Slows down guessing of one-time links, per address. Attempts with existing links don't count, even used or expired ones. */
export class LinkLimits {
  readonly #addresses = new FailureCounts(perAddress);

  /**
   * Requests an attempt, which counts as failed until `withdrawn`.
   *
   * @param now a reading of a monotonic clock
   * @returns 0 if it is allowed now, else the milliseconds to wait
   */
  admit(address: string, now: number): number {
    const network = clientNetwork(address);
    const waitMs = this.#addresses.waitMs(network, now);
    if (waitMs === 0) this.#addresses.count(network, now);
    return waitMs;
  }

  /** Uncounts an attempt: the link exists, or could not be checked. */
  withdrawn(address: string): void {
    this.#addresses.takeBack(clientNetwork(address));
  }
}
