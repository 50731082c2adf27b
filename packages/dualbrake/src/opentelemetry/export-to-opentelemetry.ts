import type { Meter } from '@opentelemetry/api';
import { Measurement } from '../measurement/measurement.ts';
import { snapshots } from '../prometheus/snapshot.ts';
import type { Registry } from '../registry.ts';
import { recordDurations } from './durations.ts';
import { logRecordOf, type EventLogger } from './event-log.ts';
import { observeInstruments } from './instruments.ts';

/** Where metrics and log records go, and where they come from. */
export interface ExportToOpenTelemetryOptions {
  readonly meter: Meter;
  /** Default: the registry's own, `Measurement.of(registry)`, begun now if there is none. */
  readonly measurement?: Measurement;
  /** Takes a record of each change of state, retry, end of retrying, order and change of settings. Default: no records. */
  readonly logger?: EventLogger;
  /** Milliseconds since the epoch, for log records. Default `Date.now`. */
  readonly wallClock?: () => number;
}

/**
 * Lets OpenTelemetry see what happens at every breaker and retry of a registry.
 *
 * @returns ends it; the measurement goes on
 * @throws TypeError when the measurement is of another registry
 */
export function exportToOpenTelemetry(
  registry: Registry,
  { meter, measurement = Measurement.of(registry), logger, wallClock = Date.now }: ExportToOpenTelemetryOptions,
): () => void {
  if (measurement.registry !== registry) throw new TypeError('The measurement is of another registry.');
  const ends = [observeInstruments(meter, snapshots(measurement)), recordDurations(meter, measurement)];
  if (logger !== undefined) {
    const { clock } = registry;
    ends.push(
      registry.subscribe((event) => {
        const record = logRecordOf(event, Math.round(wallClock() - (clock.now() - event.at)));
        if (record !== undefined) logger.emit(record);
      }),
    );
  }
  return () => {
    for (const end of ends) end();
  };
}
