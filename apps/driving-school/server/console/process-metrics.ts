import { collectDefaultMetrics, type Registry } from 'prom-client';

/**
 * Totals that are gauges: by Prometheus's rules only counters end in `_total`, and promtool says so. What they add up is
 * there by type, without the suffix.
 */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Memory, CPU, garbage collection and the event loop of this process. */
export function collectProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register });
  for (const name of misnamed) register.removeSingleMetric(name);
}
