import { checkOptions, Settings } from '../settings.ts';
import type { ReportValue, Steerable } from '../steerable.ts';

/** How much retrying is allowed. All of it is optional. */
export interface RetryBudgetOptions {
  /** Shown to people and on metrics. Default `retry-budget`. */
  readonly name?: string;
  /** Retries per first attempt, 0 to 1. Default 0.2: one retry for five first attempts. */
  readonly ratio?: number;
  /** Retries per second that are always allowed, so that little traffic is retried at all. Default 1. */
  readonly minPerSecond?: number;
}

const spec = {
  ratio: { min: 0, max: 1, unit: 'ratio', default: 0.2 },
  minPerSecond: { min: 0, max: 1_000_000, unit: 'factor', default: 1 },
} as const;

/** First attempts of this many seconds earn retries. */
const SECONDS = 10;

/**
 * Keeps retries from becoming the load that keeps a dependency down. One budget may be shared by many retries and
 * hedges of one dependency.
 *
 * Retries are at most `ratio` of the first attempts of the last ten seconds, plus `minPerSecond`.
 */
export class RetryBudget implements Steerable {
  readonly name: string;
  readonly kind = 'retry-budget';
  readonly settings: Settings<typeof spec>;
  /** Of the last seconds, one place each. */
  readonly #firsts: number[] = Array<number>(SECONDS).fill(0);
  readonly #taken: number[] = Array<number>(SECONDS).fill(0);
  /** Retries of those seconds that the floor has allowed. */
  readonly #takenOfFloor: number[] = Array<number>(SECONDS).fill(0);
  #firstsTotal = 0;
  #takenTotal = 0;
  #startedAt: number | undefined;
  #second = 0;
  /** What the floor allows now, in retries; full at first. */
  #floor = Infinity;
  #floorAt = 0;
  /** Whether the floor has allowed the last retry. */
  #wasOfFloor = false;
  #allowed = 0;
  #denied = 0;

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: RetryBudgetOptions = {}) {
    const subject = `retry budget "${typeof options?.name === 'string' ? options.name : 'retry-budget'}"`;
    checkOptions(subject, options, spec, { name: 'string' });
    this.name = options.name ?? 'retry-budget';
    this.settings = new Settings(subject, spec, { ...options });
  }

  /** A first attempt is made: it earns a share of a retry. */
  record(now: number): void {
    this.#moveTo(now);
    const place = this.#second % SECONDS;
    this.#firsts[place] = (this.#firsts[place] ?? 0) + 1;
    this.#firstsTotal += 1;
  }

  /** Whether a retry may be made now; if so it is counted. */
  tryTake(now: number): boolean {
    this.#moveTo(now);
    if (this.isEarned(this.settings.values.ratio)) {
      const place = this.#second % SECONDS;
      this.#taken[place] = (this.#taken[place] ?? 0) + 1;
      this.#takenTotal += 1;
      this.#wasOfFloor = false;
    } else {
      if (this.settings.values.minPerSecond === 0 || this.#floor < 1) {
        this.#denied += 1;
        return false;
      }
      this.#floor -= 1;
      this.#wasOfFloor = true;
      const place = this.#second % SECONDS;
      this.#takenOfFloor[place] = (this.#takenOfFloor[place] ?? 0) + 1;
    }
    this.#allowed += 1;
    return true;
  }

  /**
   * A retry that was allowed was not made: it is as if it had not been asked for. What is older than ten seconds is
   * forgotten in any case.
   *
   * @param takenAt what `tryTake` was given
   * @returns whether there was one to give back
   */
  giveBack(now: number, takenAt: number): boolean {
    this.#moveTo(now);
    const second = Math.floor((takenAt - (this.#startedAt ?? now)) / 1_000);
    if (second <= this.#second - SECONDS || second > this.#second) return false;
    const place = second % SECONDS;
    const earned = this.#taken[place] ?? 0;
    const ofFloor = this.#takenOfFloor[place] ?? 0;
    if (earned + ofFloor === 0) return false;
    // Which one of that second it was does not matter, but of two kinds the last one is the likely one.
    if (ofFloor > 0 && (earned === 0 || this.#wasOfFloor)) {
      this.#takenOfFloor[place] = ofFloor - 1;
      this.#floor = Math.min(this.#floor + 1, this.#mostOfFloor);
    } else {
      this.#taken[place] = earned - 1;
      this.#takenTotal -= 1;
    }
    this.#allowed -= 1;
    return true;
  }

  report(now: number): Readonly<Record<string, ReportValue>> {
    this.#moveTo(now);
    return {
      firstAttempts: this.#firstsTotal,
      retries: this.#takenTotal,
      allowed: this.#allowed,
      denied: this.#denied,
    };
  }

  /** Whether first attempts have earned one more retry. */
  protected isEarned(ratio: number): boolean {
    return (this.#takenTotal + 1) / this.#firstsTotal <= ratio;
  }

  /** Retries per second that are allowed in any case. */
  protected get floorPerSecond(): number {
    return this.settings.values.minPerSecond;
  }

  #moveTo(now: number): void {
    this.#startedAt ??= now;
    const minPerSecond = this.floorPerSecond;
    const sinceMs = now - this.#startedAt;
    // A second's worth at most, or one: what was not used is not saved up for a storm.
    const grown = this.#floor + (Math.max(0, sinceMs - this.#floorAt) / 1_000) * minPerSecond;
    this.#floor = Math.min(grown, this.#mostOfFloor);
    this.#floorAt = Math.max(sinceMs, this.#floorAt);
    const second = Math.floor(sinceMs / 1_000);
    const passed = Math.min(second - this.#second, SECONDS);
    for (let step = 1; step <= passed; step += 1) this.#forget((this.#second + step) % SECONDS);
    this.#second = Math.max(second, this.#second);
  }

  /** A second's worth, or one. */
  get #mostOfFloor(): number {
    return Math.max(1, this.floorPerSecond);
  }

  #forget(place: number): void {
    this.#firstsTotal -= this.#firsts[place] ?? 0;
    this.#takenTotal -= this.#taken[place] ?? 0;
    this.#firsts[place] = 0;
    this.#taken[place] = 0;
    this.#takenOfFloor[place] = 0;
  }
}

/** A budget for retries, to be given to `retry` and `hedge`. */
export function retryBudget(options?: RetryBudgetOptions): RetryBudget {
  return new RetryBudget(options);
}
