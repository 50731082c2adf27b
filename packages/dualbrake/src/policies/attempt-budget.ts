import { answersYes, dropRejection } from '../user-function.ts';

/**
 * Limits the extra attempts of retries and hedges, as `RetryBudget` does. Its methods must be synchronous.
 *
 * @example
 * ```ts
 * let left = 100;
 * const atMostHundred: AttemptBudget = { record: () => undefined, tryTake: () => left-- > 0 };
 * const policy = retry({ budget: atMostHundred });
 * ```
 */
export interface AttemptBudget {
  /** Records a first attempt. Its errors are dropped. @param now clock reading in milliseconds */
  record(now: number): void;
  /** Whether an extra attempt is allowed. Only `true` allows one; an error does not. @param now clock reading in milliseconds */
  tryTake(now: number): boolean;
  /**
   * Gives back an attempt that was granted but not made: the caller left before it, or a policy refused it before the
   * operation ran. Its errors are dropped.
   *
   * @param now clock reading in milliseconds
   * @param takenAt the clock reading that `tryTake` received
   */
  giveBack?(now: number, takenAt: number): void;
}

/** Records a first attempt. Never throws. */
export function recordFirst(budget: AttemptBudget, now: number): void {
  try {
    const answer: unknown = budget.record(now);
    if (answer !== undefined) dropRejection(answer);
  } catch {
    // A budget limits extra attempts, never the first one.
  }
}

/** Whether a budget allows an extra attempt. Never throws. */
export function allowsAnother(budget: AttemptBudget, now: number): boolean {
  try {
    return answersYes(budget.tryTake(now));
  } catch {
    return false;
  }
}

/** Gives back an attempt that was granted but not made. Never throws. */
export function giveBackTo(budget: AttemptBudget, now: number, takenAt: number): void {
  try {
    const answer: unknown = budget.giveBack?.(now, takenAt);
    if (answer !== undefined) dropRejection(answer);
  } catch {
    // An error of the budget must not replace the error of the call.
  }
}

/** Problems of a budget passed by the user, one sentence each. */
export function budgetIssues(budget: unknown): string[] {
  if (budget === undefined) return [];
  const { record, tryTake, giveBack }: Partial<AttemptBudget> = Object(budget);
  const fits =
    typeof record === 'function' &&
    typeof tryTake === 'function' &&
    (giveBack === undefined || typeof giveBack === 'function');
  const wanted = 'record(now) and tryTake(now), and optionally giveBack(now, takenAt)';
  return fits ? [] : [`budget must be a retryBudget(), or have ${wanted}`];
}
