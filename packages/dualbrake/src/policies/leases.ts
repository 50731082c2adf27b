import type { Clock } from '../clock.ts';

/** Work without a heartbeat for this long has ended with its request. Milliseconds. */
export const GONE_MS = 1_000;
/** Longest time between two heartbeats. Milliseconds. */
export const SIGN_OF_LIFE_MS = 250;

/** A place that is held as long as its work sends heartbeats. */
export interface Lease {
  /** Ends the lease when the work has ended. @returns whether the place was still held */
  end(): boolean;
}

/**
 * Places of work that may end without notice, because the runtime ends it with its request, see
 * `HostOptions.sharedTimers`. While the work runs, a timer of its own sends heartbeats.
 */
export class Leases {
  readonly #kept = new Map<Lease, { seenAt: number }>();
  readonly #onReturn: () => void;

  /** @param onReturn called when work that was dropped as dead sends a heartbeat again, and so holds a place again */
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

  /** Drops the leases of dead work. @returns how many places that frees */
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
