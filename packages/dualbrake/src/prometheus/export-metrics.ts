import { Measurement } from '../measurement/measurement.ts';
import type { Registry } from '../registry.ts';
import { checkOptions } from '../settings.ts';
import { addMetrics, type MetricRegister } from './metric.ts';
import { recoveryMetrics } from './recovery-metrics.ts';
import { snapshots } from './snapshot.ts';
import { wallTimes } from './wall-times.ts';

/**
 * Where metrics go and where they come from.
 *
 * @example
 * ```ts
 * import { register } from 'prom-client';
 *
 * const options: ExportMetricsOptions = { register };
 * exportMetrics(defaultRegistry, options);
 * ```
 */
export interface ExportMetricsOptions {
  /** A `Registry` of prom-client, such as its default `register`. */
  readonly register: MetricRegister;
  /** Default: `Measurement.of(registry)`, which starts measuring now if nothing does yet. */
  readonly measurement?: Measurement;
  /** Milliseconds since the epoch, for timestamps. Default `Date.now`. */
  readonly wallClock?: () => number;
}

/**
 * Exports the breakers and retries of a registry as Prometheus metrics. Values are computed when they are scraped; between scrapes
 * the export costs nothing beyond the measurement.
 *
 * @returns removes the metrics again; the measurement continues
 * @throws InvalidSettingsError with every problem at once; TypeError when the measurement belongs to another registry; Error when a metric of the same name exists already
 * @example
 * ```ts
 * import { register } from 'prom-client';
 *
 * const removeMetrics = exportMetrics(defaultRegistry, { register });
 * log.info(await register.metrics());
 * removeMetrics();
 * ```
 */
export function exportMetrics(registry: Registry, options: ExportMetricsOptions): () => void {
  const kinds = { register: 'anything', measurement: 'anything', wallClock: 'sync function' } as const;
  const isRegister = typeof (options?.register as Partial<MetricRegister> | undefined)?.registerMetric === 'function';
  const issues = isRegister ? [] : ['register must be a Registry of prom-client, with registerMetric()'];
  checkOptions('metrics export', options, {}, kinds, issues);
  const { register, measurement = Measurement.of(registry), wallClock = Date.now } = options;
  if (measurement.registry !== registry)
    throw new TypeError('The measurement belongs to another registry. Pass Measurement.of(registry), or leave it out.');
  return addMetrics(register, recoveryMetrics(snapshots(measurement), wallTimes(registry.clock, wallClock)));
}
