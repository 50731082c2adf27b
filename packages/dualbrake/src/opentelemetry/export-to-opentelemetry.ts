import type { Meter } from '@opentelemetry/api';
import { Measurement } from '../measurement/measurement.ts';
import { snapshots } from '../prometheus/snapshot.ts';
import type { Registry } from '../registry.ts';
import { checkOptions } from '../settings.ts';
import { timeOf } from '../user-function.ts';
import { recordDurations } from './durations.ts';
import { logRecordOf, type EventLogger } from './event-log.ts';
import { observeInstruments } from './instruments.ts';

/**
 * Where metrics and log records go and where they come from.
 *
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api';
 *
 * const options: ExportToOpenTelemetryOptions = { meter: metrics.getMeter('dualbrake') };
 * exportToOpenTelemetry(defaultRegistry, options);
 * ```
 */
export interface ExportToOpenTelemetryOptions {
  readonly meter: Meter;
  /** Default: `Measurement.of(registry)`, which starts measuring now if nothing does yet. */
  readonly measurement?: Measurement;
  /** Receives a record for each transition, retry, give-up, override and change of settings. Default: no records. */
  readonly logger?: EventLogger;
  /** Milliseconds since the epoch, for log records. Default `Date.now`. */
  readonly wallClock?: () => number;
}

/**
 * Exports the breakers and retries of a registry as OpenTelemetry metrics and, with a `logger`, as log records.
 *
 * @returns stops the export; the measurement continues
 * @throws InvalidSettingsError with every problem at once; TypeError when the measurement belongs to another registry
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api';
 *
 * const stop = exportToOpenTelemetry(defaultRegistry, { meter: metrics.getMeter('dualbrake') });
 * stop();
 * ```
 */
export function exportToOpenTelemetry(registry: Registry, options: ExportToOpenTelemetryOptions): () => void {
  const kinds = { meter: 'anything', measurement: 'anything', logger: 'anything', wallClock: 'sync function' } as const;
  checkOptions('OpenTelemetry export', options, {}, kinds, issuesOf(options));
  const { meter, measurement = Measurement.of(registry), logger, wallClock = Date.now } = options;
  if (measurement.registry !== registry)
    throw new TypeError('The measurement belongs to another registry. Pass Measurement.of(registry), or leave it out.');
  const ends = [observeInstruments(meter, snapshots(measurement)), recordDurations(meter, measurement)];
  if (logger !== undefined) {
    const { clock } = registry;
    ends.push(
      registry.subscribe((event) => {
        const record = logRecordOf(event, Math.round(timeOf(wallClock) - (clock.now() - event.at)));
        // Some loggers answer a promise.
        return record === undefined ? undefined : logger.emit(record);
      }),
    );
  }
  return () => {
    for (const end of ends) end();
  };
}

function issuesOf(options: ExportToOpenTelemetryOptions): string[] {
  const { meter, logger }: Partial<Record<keyof ExportToOpenTelemetryOptions, unknown>> = Object(options);
  const { addBatchObservableCallback }: Partial<Record<keyof Meter, unknown>> = Object(meter);
  const { emit }: Partial<Record<keyof EventLogger, unknown>> = Object(logger);
  return [
    ...(typeof addBatchObservableCallback === 'function' ? [] : ['meter must be a Meter of @opentelemetry/api']),
    ...(logger === undefined || typeof emit === 'function' ? [] : ['logger must have emit()']),
  ];
}
