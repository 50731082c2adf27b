/** Wait after the first failure, in milliseconds. Each further failure doubles it, up to `BACKOFF_MAX_MS`. */
export const BACKOFF_MS = 1_000;
/** Longest wait between two probes, in milliseconds. */
export const BACKOFF_MAX_MS = 30_000;

/**
 * How long to wait before the next request to a server that has just failed to answer. Exponential, with random jitter
 * so that the pages of an office do not all reconnect in the same second: between half of the exponential wait and all
 * of it, never less than `baseMs`.
 *
 * @param failures consecutive failures, 1 or more
 * @param random returns a number from 0 (inclusive) to 1 (exclusive)
 * @returns milliseconds
 */
export function backoffMs(
  failures: number,
  random: () => number,
  { baseMs = BACKOFF_MS, maxMs = BACKOFF_MAX_MS }: { readonly baseMs?: number; readonly maxMs?: number } = {},
): number {
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.max(baseMs, ceilingMs * (0.5 + random() / 2));
}

/** The clock, timer, random source and page that a poller works with. */
export interface PollerHost {
  /** Monotonic clock reading in milliseconds. */
  now(): number;
  /** Calls back once after the delay. @returns cancels the call */
  after(delayMs: number, callback: () => void): () => void;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  random(): number;
  /** Whether the page is visible. */
  isVisible(): boolean;
}

/** Settings of a `Poller`. */
export interface PollerOptions {
  /** Sends one request. @returns whether it succeeded; a rejection counts as a failure and surfaces as unhandled */
  readonly probe: () => Promise<boolean>;
  /** Time from a successful probe to the next one, in milliseconds. */
  readonly quietMs: number;
  /** Default: the browser. */
  readonly host?: PollerHost;
}

/** Minimum time between the starts of two hinted probes, in milliseconds: hints cause at most 16 probes a minute. */
export const PROBE_GAP_MS = 4_000;

const browserHost: PollerHost = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  isVisible: () => document.visibilityState !== 'hidden',
};

/**
 * Polls a server, one probe at a time: at a steady interval while probes succeed, with backoff and jitter from 1 s to
 * 30 s while they fail, and not at all while the page is hidden.
 */
export class Poller {
  readonly #probe: () => Promise<boolean>;
  readonly #quietMs: number;
  readonly #host: PollerHost;
  #failures = 0;
  #probing = false;
  #stopped = true;
  #probedAtMs = -Infinity;
  #dueAtMs = Infinity;
  #cancel: (() => void) | undefined;

  constructor({ probe, quietMs, host = browserHost }: PollerOptions) {
    this.#probe = probe;
    this.#quietMs = quietMs;
    this.#host = host;
  }

  /** Probes immediately, then keeps polling. */
  start(): void {
    this.#stopped = false;
    this.#schedule(0);
  }

  /** Cancels the next probe and ends polling. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#dueAtMs = Infinity;
  }

  /**
   * Brings the next probe forward because something may have changed: the network is back, the page is visible again,
   * or another request had a different result. Probes immediately, or `PROBE_GAP_MS` after the last probe started. Never
   * delays a probe and does not change the backoff. Ignored during a probe, so that a probe cannot trigger the next one.
   */
  hint(): void {
    if (this.#stopped || this.#probing) return;
    const waitMs = Math.max(0, this.#probedAtMs + PROBE_GAP_MS - this.#host.now());
    if (this.#host.now() + waitMs < this.#dueAtMs || !this.#isArmed) this.#schedule(waitMs);
  }

  get #isArmed(): boolean {
    return this.#cancel !== undefined;
  }

  #schedule(waitMs: number): void {
    this.#cancel?.();
    this.#dueAtMs = this.#host.now() + waitMs;
    this.#cancel = this.#host.after(waitMs, () => {
      this.#cancel = undefined;
      // Polling resumes with the hint that the page is visible again.
      if (this.#host.isVisible()) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#probing = true;
    this.#probedAtMs = this.#host.now();
    this.#dueAtMs = Infinity;
    let succeeded = false;
    try {
      succeeded = await this.#probe();
    } finally {
      this.#probing = false;
      this.#failures = succeeded ? 0 : this.#failures + 1;
      if (!this.#stopped)
        this.#schedule(succeeded ? this.#quietMs : backoffMs(this.#failures, () => this.#host.random()));
    }
  }
}
