export { exportToOpenTelemetry, type ExportToOpenTelemetryOptions } from './export-to-opentelemetry.ts';
export type { EventLogger, EventLogRecord } from './event-log.ts';
