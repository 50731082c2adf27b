import { CircuitBreaker, Registry, retry } from 'dualbrake';

const registry = new Registry();
registry.subscribe((event) => {
  if (event.type === 'transition') console.info(`${event.policy}: ${event.from} to ${event.to}, ${event.reason}`);
});
const read = registry.pipeline('read', [
  retry({ maxAttempts: 2, baseMs: 1 }),
  new CircuitBreaker({ name: 'database' }),
]);

registry.change('read', 'database', { failureThreshold: 2 });
await read
  .execute(() => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' })))
  .catch(() => undefined);
registry.control('read', 'database', 'isolate', { forMs: 60_000, reason: 'maintenance', actor: 'ana' });
console.info(registry.report()[0]?.members[1]?.report['order']);
