import type { MemberOfKind } from 'dualbrake';
import type { Histogram } from 'dualbrake/measurement';
import type { RetryDetail, RetryView } from '../contract.ts';
import type { Listed } from './listed.ts';

export function retryView({ member, groups }: Listed<MemberOfKind<'retry'>>): RetryView {
  const { id, name, settings, report } = member;
  const { strategy, calls, attempts, retries } = report;
  return {
    id,
    name,
    pipeline: groups[0] ?? '',
    strategy,
    calls,
    attempts,
    retries,
    succeeded_after_retry: report.succeededAfterRetry,
    average_delay_ms: report.averageDelayMs ?? null,
    gave_up: { ...report.gaveUp },
    errors: { ...report.errors },
    settings: { ...settings },
  };
}

/** `null` where nothing was measured. */
export function durationsOf(histogram: Histogram | undefined): RetryDetail['delays'] {
  const { count = 0, mean, p50, p95, p99, max } = histogram?.snapshot() ?? {};
  return {
    count,
    mean_ms: mean ?? null,
    p50_ms: p50 ?? null,
    p95_ms: p95 ?? null,
    p99_ms: p99 ?? null,
    max_ms: max ?? null,
  };
}
