import Fastify from 'fastify';
import { CircuitBreaker, pipeline, timeout } from 'dualbrake';
import { recovery } from 'dualbrake/fastify';

const app = Fastify();
await app.register(recovery, { limitMs: 10_000 });

const students = pipeline('GET /students/:id', [
  new CircuitBreaker({ name: 'students', failureThreshold: 1, resetTimeoutMs: 30_000 }),
  timeout({ limitMs: 1_000 }),
]);
// The handler is guarded, and passes the request's signal on.
app.get('/students/:id', { config: { recovery: students } }, (request) => findStudent(request.recovery.signal));

async function findStudent(signal: AbortSignal): Promise<unknown> {
  signal.throwIfAborted();
  throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
}

for (let request = 1; request <= 2; request += 1) {
  const { statusCode, headers, body } = await app.inject('/students/s-1');
  const { code } = JSON.parse(body) as { code: string };
  console.info(`${statusCode} ${code}, Retry-After: ${headers['retry-after'] ?? 'unknown'}`);
}
await app.close();
