import { answersYes, dropRejection } from '../user-function.ts';

/** What a retry asks before it tries again. `RetryBudget` is one. Both must answer at once. */
export interface AttemptBudget {
  /** A first attempt is made. What it throws is dropped. */
  record(now: number): void;
  /** Whether a further one may be made: only `true` is a yes. One that throws allows none. */
  tryTake(now: number): boolean;
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

/** What is wrong with a budget that was handed in, one sentence each. */
export function budgetIssues(budget: unknown): string[] {
  if (budget === undefined) return [];
  const { record, tryTake }: Partial<AttemptBudget> = Object(budget);
  const fits = typeof record === 'function' && typeof tryTake === 'function';
  return fits ? [] : ['budget must be a retryBudget(), or have record(now) and tryTake(now)'];
}
