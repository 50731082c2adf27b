import { metrics } from '@opentelemetry/api';
import { CircuitBreaker, Registry, retry } from 'dualbrake';
import { exportToOpenTelemetry, type EventLogger } from 'dualbrake/opentelemetry';

// In a program: logs.getLogger('dualbrake') of @opentelemetry/api-logs.
const logger: EventLogger = {
  emit: ({ severityText, eventName, attributes }) =>
    console.info(severityText, eventName, attributes['error.type'] ?? attributes['recovery.reason']),
};

const registry = new Registry();
const stop = exportToOpenTelemetry(registry, { meter: metrics.getMeter('dualbrake'), logger });
const read = registry.pipeline('read', [
  retry({ maxAttempts: 2, baseMs: 1 }),
  new CircuitBreaker({ name: 'database', failureThreshold: 2 }),
]);

const down = () => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }));
await read.execute(down).catch(() => undefined);
registry.control('read', 'database', 'hold-closed', { forMs: 60_000, reason: 'it is well, says ana', actor: 'ana' });
stop();
