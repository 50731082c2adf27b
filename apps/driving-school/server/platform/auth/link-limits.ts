import { clientNetwork } from './client-network.ts';
import { FailureCounts } from './failure-counts.ts';

/** Nobody has twenty bad links; tokens of 32 random bytes are not guessed, but each guess would cost the database a query. */
const perAddress = { free: 20, baseMs: 1_000, maxMs: 300_000 };

/** Slows down trying of one-time links, by address. A link that exists costs nothing, used or expired too. */
export class LinkLimits {
  readonly #addresses = new FailureCounts(perAddress);

  /**
   * Asks for one try, which counts as failed until `withdrawn`.
   *
   * @param now a reading of a monotonic clock
   * @returns 0 when it may be made now, else the milliseconds to wait
   */
  admit(address: string, now: number): number {
    const network = clientNetwork(address);
    const waitMs = this.#addresses.waitMs(network, now);
    if (waitMs === 0) this.#addresses.count(network, now);
    return waitMs;
  }

  /** The link exists, or nobody could say whether it does. */
  withdrawn(address: string): void {
    this.#addresses.takeBack(clientNetwork(address));
  }
}
