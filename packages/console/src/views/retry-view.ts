import type { Histogram } from 'dualbrake/measurement';
import type { RetryDetail, RetryView } from '../contract.ts';
import { countOf, maybeNumber, textOf, type Listed } from './listed.ts';

/** A retry for the page. */
export function retryView({ member, groups }: Listed): RetryView {
  const { report } = member;
  return {
    id: member.id,
    name: member.name,
    pipeline: groups[0] ?? '',
    strategy: textOf(report, 'strategy'),
    calls: countOf(report, 'calls'),
    attempts: countOf(report, 'attempts'),
    retries: countOf(report, 'retries'),
    succeeded_after_retry: countOf(report, 'succeededAfterRetry'),
    average_delay_ms: maybeNumber(report, 'averageDelayMs'),
    gave_up: (report['gaveUp'] ?? {}) as unknown as Record<string, number>,
    errors: (report['errors'] ?? {}) as unknown as Record<string, number>,
    settings: { ...member.settings },
  };
}

/** What a histogram tells; null where nothing was measured. */
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
