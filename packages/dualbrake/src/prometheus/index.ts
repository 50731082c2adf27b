export { exportMetrics, type ExportMetricsOptions } from './export-metrics.ts';
export {
  addMetrics,
  metric,
  type DurationMetricOptions,
  type DurationSample,
  type Labels,
  type Metric,
  type MetricOptions,
  type MetricRegister,
  type MetricValue,
  type MetricValues,
  type Sample,
  type ValueMetricOptions,
} from './metric.ts';
