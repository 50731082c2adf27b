import type { AttemptRow } from '../measurement/retry-record.ts';
import type { DurationSample, Sample } from './metric.ts';
import type { Snapshot } from './snapshot.ts';

/** What operations came to; all outcomes are there from the start. */
export function retryOperations({ retries }: Snapshot): Sample[] {
  return [...retries].flatMap(([policy, { funnel }]) =>
    Object.entries(funnel.endings).map(([outcome, value]) => ({ labels: { policy, outcome }, value })),
  );
}

/** What attempts came to, by their number: each that has ended is one of these. */
export function retryAttempts({ retries }: Snapshot): Sample[] {
  return [...retries].flatMap(([policy, { funnel }]) =>
    funnel.rows.flatMap((row) =>
      Object.entries(attemptOutcomes(row)).map(([outcome, value]) => ({
        labels: { policy, attempt: row.attempt, outcome },
        value,
      })),
    ),
  );
}

/** How long single attempts took. */
export function attemptDurations({ retries }: Snapshot): DurationSample[] {
  return [...retries].map(([policy, { attemptMs }]) => ({ labels: { policy }, durations: attemptMs }));
}

/** How long operations took with all their attempts and waits. */
export function operationDurations({ retries }: Snapshot): DurationSample[] {
  return [...retries].map(([policy, { operationMs }]) => ({ labels: { policy }, durations: operationMs }));
}

/** How long was waited between attempts. */
export function retryDelays({ retries }: Snapshot): DurationSample[] {
  return [...retries].map(([policy, { delayMs }]) => ({ labels: { policy }, durations: delayMs }));
}

/**
 * Which share is left of the retries that first attempts of the last seconds have earned. Absent while nothing is
 * earned: then the floor of the budget decides, of which this says nothing. Absent also for a budget that is shared by
 * several processes: what is left of it is not known here.
 */
export function budgetsRemaining({ members }: Snapshot): Sample[] {
  return members.flatMap(
    ({ id: policy, kind, report: { firstAttempts, retries }, settings: { ratio = 0 }, member }) => {
      if (kind !== 'retry-budget' || typeof firstAttempts !== 'number' || typeof retries !== 'number') return [];
      if ('status' in member && member.status === 'shared') return [];
      const earned = ratio * firstAttempts;
      return earned > 0 ? [{ labels: { policy }, value: Math.max(0, 1 - retries / earned) }] : [];
    },
  );
}

/** Counters that only grow, made of a line of the funnel. */
function attemptOutcomes(row: Readonly<AttemptRow>): Readonly<Record<string, number>> {
  const { exhausted, deniedBudget, deniedDeadline, deniedBreaker } = row;
  return {
    success: row.succeeded,
    // One more follows, unless the caller leaves during the wait.
    retried: row.retryable - exhausted - deniedBudget - deniedDeadline - deniedBreaker,
    exhausted,
    not_retryable: row.notRetryable,
    denied_budget: deniedBudget,
    denied_deadline: deniedDeadline,
    denied_breaker: deniedBreaker,
    aborted: row.abandoned,
  };
}
