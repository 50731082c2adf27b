import type { Clock } from 'dualbrake';

/** Settings of a budget. Times are in milliseconds. */
interface LineBudgetOptions {
  readonly clock: Clock;
  readonly linesMax: number;
  readonly periodMs: number;
  /** Called at the end of a period with the number of lines that were dropped. */
  readonly onDropped: (count: number) => void;
}

/** Limits the lines of a log per period. The others are counted, and reported in one line. */
export class LineBudget {
  readonly #options: LineBudgetOptions;
  #endsAt = Number.NEGATIVE_INFINITY;
  #used = 0;
  #dropped = 0;

  constructor(options: LineBudgetOptions) {
    this.#options = options;
  }

  /** Takes one line of the budget. @returns false when it is used up */
  take(): boolean {
    const { clock, linesMax, periodMs, onDropped } = this.#options;
    const now = clock.now();
    if (now >= this.#endsAt) {
      this.#endsAt = now + periodMs;
      this.#used = 0;
    }
    if (this.#used < linesMax) {
      this.#used += 1;
      return true;
    }
    this.#dropped += 1;
    if (this.#dropped === 1) {
      clock.after(
        this.#endsAt - now,
        () => {
          onDropped(this.#dropped);
          this.#dropped = 0;
        },
        { background: true },
      );
    }
    return false;
  }
}
