import type { Meter } from '@opentelemetry/api';
import { callBoundsMs, recoveryBoundsMs } from '../histogram.ts';
import type { DurationKind } from '../measurement/duration.ts';
import type { Measurement } from '../measurement/measurement.ts';

/**
 * Histograms that hear each duration as it is measured: there is no histogram that could be asked later.
 *
 * @returns ends it
 */
export function recordDurations(meter: Meter, measurement: Measurement): () => void {
  const histogram = (name: string, description: string, boundsMs = callBoundsMs) =>
    meter.createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: boundsMs.map((bound) => bound / 1_000) },
    });
  const call = histogram(
    'recovery.breaker.call.duration',
    'How long the calls took that a circuit breaker let through.',
  );
  const recovery = histogram(
    'recovery.breaker.recovery.duration',
    'Time from the first opening of a circuit breaker until it was closed again.',
    recoveryBoundsMs,
  );
  const attempt = histogram('recovery.retry.attempt.duration', 'How long single attempts of a retry took.');
  const operation = histogram(
    'recovery.retry.operation.duration',
    'How long operations under a retry took, with all attempts and waits.',
  );
  const delay = histogram('recovery.retry.delay', 'How long a retry meant to wait before it tried again.');
  const record: Readonly<Record<DurationKind, (id: string, seconds: number) => void>> = {
    'call-success': (id, seconds) =>
      call.record(seconds, { 'recovery.breaker.id': id, 'recovery.breaker.call.outcome': 'success' }),
    'call-failure': (id, seconds) =>
      call.record(seconds, { 'recovery.breaker.id': id, 'recovery.breaker.call.outcome': 'failure' }),
    recovery: (id, seconds) => recovery.record(seconds, { 'recovery.breaker.id': id }),
    attempt: (id, seconds) => attempt.record(seconds, { 'recovery.retry.id': id }),
    operation: (id, seconds) => operation.record(seconds, { 'recovery.retry.id': id }),
    delay: (id, seconds) => delay.record(seconds, { 'recovery.retry.id': id }),
  };
  return measurement.onDuration((id, kind, durationMs) => record[kind](id, durationMs / 1_000));
}
