import type { Clock } from 'dualbrake';

/** Settings of a budget. Times are in milliseconds. */
interface LineBudgetOptions {
  readonly clock: Clock;
  readonly linesMax: number;
  readonly periodMs: number;
  /** Hears at the end of a period how many lines did not fit. */
  readonly onOver: (count: number) => void;
}

/** Keeps a flood from filling the log: so many lines in a period are written, the rest is counted and told in one line. */
export class LineBudget {
  readonly #options: LineBudgetOptions;
  #endsAt = Number.NEGATIVE_INFINITY;
  #used = 0;
  #over = 0;

  constructor(options: LineBudgetOptions) {
    this.#options = options;
  }

  /** @returns whether a line may be written */
  take(): boolean {
    const { clock, linesMax, periodMs, onOver } = this.#options;
    const now = clock.now();
    if (now >= this.#endsAt) {
      this.#endsAt = now + periodMs;
      this.#used = 0;
    }
    if (this.#used < linesMax) {
      this.#used += 1;
      return true;
    }
    this.#over += 1;
    if (this.#over === 1) {
      clock.after(
        this.#endsAt - now,
        () => {
          onOver(this.#over);
          this.#over = 0;
        },
        { background: true },
      );
    }
    return false;
  }
}
