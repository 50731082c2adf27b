import { collectDefaultMetrics, type Registry } from 'prom-client';

/**
 * Gauges with the suffix `_total`, which Prometheus reserves for counters; promtool reports them. The same values exist by
 * type, without the suffix.
 */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Collects metrics of memory, CPU, garbage collection and the event loop of this process. */
export function collectProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register });
  for (const name of misnamed) register.removeSingleMetric(name);
}
