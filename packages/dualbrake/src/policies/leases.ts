import type { Clock } from '../clock.ts';

/** Who has said nothing for this long is gone with his request. Milliseconds. */
export const GONE_MS = 1_000;
/** Everybody says more often than that that he is still there. Milliseconds. */
export const SIGN_OF_LIFE_MS = 250;

/** A place that is kept by signs of life. */
export interface Lease {
  /** The work has ended. @returns whether the place was still kept for it */
  end(): boolean;
}

/**
 * Places of work that may end without a word, because the runtime ends it with its request, see
 * `HostOptions.sharedTimers`. As long as it goes on, a timer of its own says so.
 */
export class Leases {
  readonly #kept = new Map<Lease, { seenAt: number }>();
  readonly #onReturn: () => void;

  /** @param onReturn called when one who was taken for gone is there again, and has a place again */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  begin(clock: Clock): Lease {
    let cancel: () => void;
    const lease: Lease = {
      end: () => {
        cancel();
        return this.#kept.delete(lease);
      },
    };
    const beat = (now: number): void => {
      const kept = this.#kept.get(lease);
      if (kept === undefined) this.#kept.set(lease, { seenAt: now });
      else kept.seenAt = now;
      cancel = clock.after(
        SIGN_OF_LIFE_MS,
        () => {
          if (!this.#kept.has(lease)) this.#onReturn();
          beat(clock.now());
        },
        { background: true },
      );
    };
    beat(clock.now());
    return lease;
  }

  /** Forgets those who are gone. @returns how many places are free again */
  dropGone(now: number): number {
    let count = 0;
    for (const [lease, { seenAt }] of this.#kept) {
      if (now - seenAt <= GONE_MS) continue;
      this.#kept.delete(lease);
      count += 1;
    }
    return count;
  }
}
