import { register } from 'prom-client';
import { CircuitBreaker, Registry, retry } from 'dualbrake';
import { exportMetrics } from 'dualbrake/prometheus';

const registry = new Registry();
exportMetrics(registry, { register });
const read = registry.pipeline('read', [
  retry({ maxAttempts: 2, baseMs: 1 }),
  new CircuitBreaker({ name: 'database', failureThreshold: 2 }),
]);

const down = () => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }));
await read.execute(down).catch(() => undefined);

// What the server answers at /metrics, with the content type `register.contentType`.
const text = await register.metrics();
for (const line of text.split('\n')) {
  if (/^recovery_(breaker_state|breaker_transitions_total|errors_total)\{/.test(line)) console.info(line);
}
