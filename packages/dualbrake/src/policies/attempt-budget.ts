import { answersYes, dropRejection } from '../user-function.ts';

/**
 * What a retry asks before it tries again. `RetryBudget` is one. Its methods must answer at once.
 *
 * @example
 * ```ts
 * let left = 100;
 * const atMostHundred: AttemptBudget = { record: () => undefined, tryTake: () => left-- > 0 };
 * const policy = retry({ budget: atMostHundred });
 * ```
 */
export interface AttemptBudget {
  /** A first attempt is made. What it throws is dropped. */
  record(now: number): void;
  /** Whether a further one may be made: only `true` is a yes. One that throws allows none. */
  tryTake(now: number): boolean;
  /**
   * A further attempt that was granted was not made: the caller left before, or a policy refused it before the operation
   * ran. What it throws is dropped.
   *
   * @param takenAt what `tryTake` was given
   */
  giveBack?(now: number, takenAt: number): void;
}

/** Tells a budget of a first attempt. No call fails because of it. */
export function recordFirst(budget: AttemptBudget, now: number): void {
  try {
    const answer: unknown = budget.record(now);
    if (answer !== undefined) dropRejection(answer);
  } catch {
    // A budget limits further attempts, never the first one.
  }
}

/** Whether a budget allows a further attempt. */
export function allowsAnother(budget: AttemptBudget, now: number): boolean {
  try {
    return answersYes(budget.tryTake(now));
  } catch {
    return false;
  }
}

/** Tells a budget that an attempt which it had granted was not made. */
export function giveBackTo(budget: AttemptBudget, now: number, takenAt: number): void {
  try {
    const answer: unknown = budget.giveBack?.(now, takenAt);
    if (answer !== undefined) dropRejection(answer);
  } catch {
    // A budget cannot replace the error of a call.
  }
}

/** What is wrong with a budget that was handed in, one sentence each. */
export function budgetIssues(budget: unknown): string[] {
  if (budget === undefined) return [];
  const { record, tryTake, giveBack }: Partial<AttemptBudget> = Object(budget);
  const fits =
    typeof record === 'function' &&
    typeof tryTake === 'function' &&
    (giveBack === undefined || typeof giveBack === 'function');
  const wanted = 'record(now) and tryTake(now), and giveBack(now, takenAt) if it takes back';
  return fits ? [] : [`budget must be a retryBudget(), or have ${wanted}`];
}
