/** The wait after the first failure in a row; it doubles with each further one, */
export const BACKOFF_MS = 1_000;
/** up to this. */
export const BACKOFF_MAX_MS = 30_000;

/**
 * How long to wait before asking a server again that has just failed to answer. Random, so that the pages of an office
 * do not all come back in the same second: between half of the exponential wait and all of it, never less than `baseMs`.
 *
 * @param failures failures in a row, 1 or more
 * @param random a number from 0 to 1, 1 excluded
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

/** What a poller needs of the world. */
export interface PollerHost {
  /** A monotonic reading in milliseconds. */
  now(): number;
  /** Calls back once. @returns cancels it */
  after(delayMs: number, callback: () => void): () => void;
  /** A number from 0 to 1, 1 excluded. */
  random(): number;
  /** Whether somebody can see the page. */
  isVisible(): boolean;
}

export interface PollerOptions {
  /** Asks once. @returns whether the answer was good; a rejection counts as bad, and is reported as unhandled */
  readonly probe: () => Promise<boolean>;
  /** Between two probes while all is well, in milliseconds. */
  readonly quietMs: number;
  /** Default: the browser. */
  readonly host?: PollerHost;
}

/** However many hints come, this long lies between the starts of two probes: so hints alone cost a server at most 16 in a minute. */
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
 * Asks a server again and again, one question after the other: at a steady pace while it answers, with backoff and
 * jitter from 1 s to 30 s while it does not, and not at all while nobody can see the page.
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

  /** Probes at once, then goes on by itself. */
  start(): void {
    this.#stopped = false;
    this.#schedule(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#dueAtMs = Infinity;
  }

  /**
   * Something may have changed: the network is back, the page is seen again, or another request was answered
   * differently. Probes at once, unless the last probe began less than `PROBE_GAP_MS` ago: then when that time is over.
   * Never puts a probe off, and does not shorten the waits that follow. Ignored while a probe is under way, so that the
   * answer to a probe cannot ask for the next one.
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
      // A hidden page waits for the hint that it is seen again.
      if (this.#host.isVisible()) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#probing = true;
    this.#probedAtMs = this.#host.now();
    this.#dueAtMs = Infinity;
    let isWell = false;
    try {
      isWell = await this.#probe();
    } finally {
      this.#probing = false;
      this.#failures = isWell ? 0 : this.#failures + 1;
      if (!this.#stopped) this.#schedule(isWell ? this.#quietMs : backoffMs(this.#failures, () => this.#host.random()));
    }
  }
}
