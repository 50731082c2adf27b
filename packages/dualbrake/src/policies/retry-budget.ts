import type { RetryBudgetReport } from '../reports.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { Steerable } from '../steerable.ts';

/**
 * Options of a retry budget: how many retries are allowed. All are optional.
 *
 * @example
 * ```ts
 * const options: RetryBudgetOptions = { name: 'students-budget', ratio: 0.1, minPerSecond: 2 };
 * const budget = retryBudget(options);
 * ```
 */
export interface RetryBudgetOptions {
  /** Shown in reports and metrics. Default `retry-budget`. */
  readonly name?: string;
  /** Retries per first attempt, 0 to 1. Default 0.2: one retry for every five first attempts. */
  readonly ratio?: number;
  /** Retries per second that are always allowed, so that retries work with little traffic; 0 or more. Default 1. */
  readonly minPerSecond?: number;
}

const spec = {
  ratio: { min: 0, max: 1, unit: 'ratio', default: 0.2 },
  minPerSecond: { min: 0, max: 1_000_000, unit: 'factor', default: 1 },
} as const;

/** Length of the window in seconds. */
const SECONDS = 10;

/**
 * Keeps retries from becoming the load that keeps a dependency down. Share one budget among all retries and hedges of a
 * dependency.
 *
 * Allows at most `ratio` retries per first attempt of the last ten seconds, plus `minPerSecond`.
 *
 * @example
 * ```ts
 * const budget = new RetryBudget({ ratio: 0.1, minPerSecond: 2 });
 * const read = pipeline('students.read', [retry({ budget }), hedge({ delayMs: 100, idempotent: true, budget })]);
 * const write = pipeline('students.write', [retry({ budget, idempotent: false })]);
 * ```
 */
export class RetryBudget implements Steerable {
  readonly name: string;
  readonly kind = 'retry-budget';
  readonly settings: Settings<typeof spec>;
  /** First attempts by second, in a ring. */
  readonly #firsts: number[] = Array<number>(SECONDS).fill(0);
  readonly #taken: number[] = Array<number>(SECONDS).fill(0);
  /** Retries that `minPerSecond` has allowed, by second. */
  readonly #takenOfFloor: number[] = Array<number>(SECONDS).fill(0);
  #firstsTotal = 0;
  #takenTotal = 0;
  #startedAt: number | undefined;
  #second = 0;
  /** Retries that `minPerSecond` allows now. Starts full. */
  #floor = Infinity;
  #floorAt = 0;
  /** Whether `minPerSecond` has allowed the last retry. */
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

  /** Records a first attempt, which allows `ratio` more retries. @param now clock reading in milliseconds */
  record(now: number): void {
    this.#moveTo(now);
    const place = this.#second % SECONDS;
    this.#firsts[place] = (this.#firsts[place] ?? 0) + 1;
    this.#firstsTotal += 1;
  }

  /** Whether a retry is allowed now. If so, it is counted. @param now clock reading in milliseconds */
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
   * Gives back a retry that was allowed but not made, so it no longer counts. Retries older than ten seconds no longer
   * count anyway, and are ignored.
   *
   * @param now clock reading in milliseconds
   * @param takenAt the clock reading that `tryTake` received
   * @returns whether there was a retry to give back
   */
  giveBack(now: number, takenAt: number): boolean {
    this.#moveTo(now);
    const second = Math.floor((takenAt - (this.#startedAt ?? now)) / 1_000);
    if (second <= this.#second - SECONDS || second > this.#second) return false;
    const place = second % SECONDS;
    const earned = this.#taken[place] ?? 0;
    const ofFloor = this.#takenOfFloor[place] ?? 0;
    if (earned + ofFloor === 0) return false;
    // All retries of one second are alike, but for what allowed them: assume the same as for the last retry.
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

  report(now: number): RetryBudgetReport {
    this.#moveTo(now);
    return {
      firstAttempts: this.#firstsTotal,
      retries: this.#takenTotal,
      allowed: this.#allowed,
      denied: this.#denied,
    };
  }

  /** Whether the recent first attempts allow one more retry. */
  protected isEarned(ratio: number): boolean {
    return (this.#takenTotal + 1) / this.#firstsTotal <= ratio;
  }

  /** Retries per second that are always allowed. */
  protected get floorPerSecond(): number {
    return this.settings.values.minPerSecond;
  }

  #moveTo(now: number): void {
    this.#startedAt ??= now;
    const minPerSecond = this.floorPerSecond;
    const sinceMs = now - this.#startedAt;
    // At most one second's worth, or one retry: unused retries do not accumulate for a retry storm.
    const grown = this.#floor + (Math.max(0, sinceMs - this.#floorAt) / 1_000) * minPerSecond;
    this.#floor = Math.min(grown, this.#mostOfFloor);
    this.#floorAt = Math.max(sinceMs, this.#floorAt);
    const second = Math.floor(sinceMs / 1_000);
    const passed = Math.min(second - this.#second, SECONDS);
    for (let step = 1; step <= passed; step += 1) this.#forget((this.#second + step) % SECONDS);
    this.#second = Math.max(second, this.#second);
  }

  /** Upper limit of the floor: one second's worth, or one retry if that is more. */
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

/**
 * Limits the retries of a dependency, as `new RetryBudget(options)`. Pass it to `retry` and `hedge`.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const budget = retryBudget({ ratio: 0.1 });
 * const students = pipeline('students', [retry({ maxAttempts: 4, budget })]);
 * ```
 */
export function retryBudget(options?: RetryBudgetOptions): RetryBudget {
  return new RetryBudget(options);
}
