import type { ErrorCount } from 'dualbrake/measurement';
import type { ErrorView } from '../contract.ts';
import { redactText } from '../logs/redact.ts';
import { isoOf, type WallTime } from '../wall-time.ts';

/** Errors by class and type, the most frequent first. */
export function errorViews(
  counts: { list(): readonly Readonly<ErrorCount>[] } | undefined,
  time: WallTime,
): ErrorView[] {
  return (counts?.list() ?? [])
    .map(({ class: errorClass, type, count, firstAt, lastAt, sample }) => ({
      class: errorClass,
      type,
      count,
      first_seen_at: isoOf(time.of(firstAt)),
      last_seen_at: isoOf(time.of(lastAt)),
      sample:
        sample === undefined
          ? null
          : {
              at: isoOf(time.of(sample.at)),
              key: redactText(sample.key),
              pipeline: sample.pipeline,
              correlation_id: sample.correlationId === undefined ? null : redactText(sample.correlationId),
            },
    }))
    .toSorted((one, other) => other.count - one.count);
}
