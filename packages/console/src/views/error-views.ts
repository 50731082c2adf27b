import type { ErrorCount } from 'dualbrake/measurement';
import type { ErrorView } from '../contract.ts';
import { redactText } from '../logs/redact.ts';
import { isoOf, type WallTime } from '../wall-time.ts';

/** Errors by class and type, most frequent first. */
export function errorViews(
  counts: { list(): readonly Readonly<ErrorCount>[] } | undefined,
  time: WallTime,
): ErrorView[] {
  return (counts?.list() ?? [])
    .map(({ firstAt, lastAt, sample, ...error }) => ({
      ...error,
      first_seen_at: isoOf(time.of(firstAt)),
      last_seen_at: isoOf(time.of(lastAt)),
      sample: sample === undefined ? null : sampleView(sample, time),
    }))
    .toSorted((one, other) => other.count - one.count);
}

function sampleView({ at, key, pipeline, correlationId }: NonNullable<ErrorCount['sample']>, time: WallTime) {
  return {
    at: isoOf(time.of(at)),
    key: redactText(key),
    pipeline,
    correlation_id: correlationId === undefined ? null : redactText(correlationId),
  };
}
