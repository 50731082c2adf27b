/**
 * A route behind a breaker, a retry and a time limit, without (`plain`) or with (`recorded`) measuring and recording, and
 * beside it one that is `bare`.
 */
import { createConsole } from '@dualbrake/console';
import { CircuitBreaker, Registry, retry, timeout } from 'dualbrake';
import { recovery } from 'dualbrake/fastify';
import { exportMetrics } from 'dualbrake/prometheus';
import Fastify from 'fastify';
import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Registry as MetricsRegistry } from 'prom-client';

const [how, directory = ''] = process.argv.slice(2);
const registry = new Registry();
const policies = registry.pipeline('students', [
  retry({ strategy: 'exponential', baseMs: 40 }),
  new CircuitBreaker({ name: 'database' }),
  timeout({ limitMs: 1_000 }),
]);
if (how === 'recorded') {
  createConsole({
    registry,
    authenticate: () => undefined,
    store: { path: join(mkdtempSync(join(directory, 'console-')), 'console.sqlite') },
  });
  exportMetrics(registry, { register: new MetricsRegistry() });
}
const app = Fastify();
const answer = { id: 's-1', name: 'Ana Costa' };
if (how === 'bare') app.get('/bare', async () => answer);
else await app.register(recovery);
if (how !== 'bare') app.get('/students/:id', { config: { recovery: policies } }, async () => answer);
await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
