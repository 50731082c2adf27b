import { Measurement } from '../measurement/measurement.ts';
import type { Registry } from '../registry.ts';
import { addMetrics, type MetricRegister } from './metric.ts';
import { recoveryMetrics } from './recovery-metrics.ts';
import { snapshots } from './snapshot.ts';
import { wallTimes } from './wall-times.ts';

/** Where metrics go, and where they come from. */
export interface ExportMetricsOptions {
  /** A `Registry` of prom-client, such as its `register`. */
  readonly register: MetricRegister;
  /** Default: the registry's own, `Measurement.of(registry)`, begun now if there is none. */
  readonly measurement?: Measurement;
  /** Milliseconds since the epoch, for timestamps. Default `Date.now`. */
  readonly wallClock?: () => number;
}

/**
 * Lets Prometheus see what happens at every breaker and retry of a registry. Everything is worked out when it is
 * scraped; between scrapes it costs nothing beyond the measurement.
 *
 * @returns takes the metrics out again; the measurement goes on
 * @throws TypeError when the measurement is of another registry; Error when a name of a metric is taken
 */
export function exportMetrics(
  registry: Registry,
  { register, measurement = Measurement.of(registry), wallClock = Date.now }: ExportMetricsOptions,
): () => void {
  if (measurement.registry !== registry) throw new TypeError('The measurement is of another registry.');
  return addMetrics(register, recoveryMetrics(snapshots(measurement), wallTimes(registry.clock, wallClock)));
}
