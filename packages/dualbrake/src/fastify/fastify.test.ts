import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { fastify, type FastifyInstance } from 'fastify';
import {
  bulkhead,
  CircuitBreaker,
  DeadlineExceededError,
  fallback,
  pipeline,
  rateLimit,
  retry,
  timeout,
  type CallContext,
} from '../index.ts';
import { guardedFetch } from '../fetch/index.ts';
import { flaky, ManualClock } from '../testing/index.ts';
import { deadlineHeader, recovery, toProblem, type RecoveryPluginOptions } from './index.ts';

async function start(t: TestContext, options: RecoveryPluginOptions = {}): Promise<FastifyInstance> {
  const app = fastify();
  t.after(() => app.close());
  await app.register(recovery, options);
  return app;
}

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });

test('each request is a call: a key by route, attributes, no deadline unless somebody sets one', async (t) => {
  const app = await start(t);
  let seen: CallContext | undefined;
  app.get('/students/:id', async ({ recovery: context }) => {
    seen = context;
    return {};
  });

  await app.inject('/students/7');

  assert.deepEqual(
    [seen?.key, seen?.deadline, seen?.attempt, seen?.attributes],
    ['GET /students/:id', Infinity, 1, { requestId: 'req-1' }],
  );
});

test('B31 reads how long the client waits, but never more than the limit, and ignores what is no number', async (t) => {
  const clock = new ManualClock(1_000);
  const app = await start(t, { clock, limitMs: 10_000, deadlineHeader: 'x-deadline-ms' });
  app.get('/', async ({ recovery: { deadline } }) => deadline);
  const deadlines: number[] = [];
  for (const header of ['250', '99999999', '-5', 'soon', '1e3', '']) {
    deadlines.push(Number((await app.inject({ url: '/', headers: { 'x-deadline-ms': header } })).body));
  }
  assert.deepEqual(deadlines, [1_250, 11_000, 11_000, 11_000, 11_000, 11_000]);
});

test('B31 a deadline goes from service to service and shrinks: what has no time left is not begun', async (t) => {
  const clock = new ManualClock();
  const back = await start(t, { clock, deadlineHeader });
  const work = pipeline('work', [], { clock });
  let begun = 0;
  back.get('/', { config: { recovery: work } }, async ({ recovery: { deadline } }) => {
    begun += 1;
    return deadline;
  });
  await back.listen({ port: 0, host: '127.0.0.1' });
  const address = `http://127.0.0.1:${(back.server.address() as AddressInfo).port}/`;
  const front = pipeline('front', [timeout({ limitMs: 300 })], { clock });
  const get = guardedFetch(front);

  const answer = await get(address, {}, { deadline: 5_000 });
  const late = await fetch(address, { headers: { 'x-deadline-ms': '0' } });

  assert.equal(await answer.text(), '300', 'less than the 5,000 that the caller had');
  assert.deepEqual([late.status, begun], [504, 1]);
});

/** A healthy route of 15 ms, by the clock of the test, and five clients who say that they wait for 1 ms. */
async function impatient(t: TestContext, options: RecoveryPluginOptions): Promise<[statuses: number[], later: number]> {
  const clock = new ManualClock(1_000);
  const app = await start(t, { limitMs: 10_000, clock, ...options });
  const guard = pipeline('GET /s', [new CircuitBreaker({ name: 's' }), timeout({ limitMs: 1_000 })], { clock });
  app.get('/s', { config: { recovery: guard } }, async () => {
    await new Promise<void>((resolve) => void clock.after(15, resolve));
    return { ok: true };
  });
  const get = async (headers: Record<string, string>): Promise<number> => {
    const answer = app.inject({ url: '/s', headers }).then(({ statusCode }) => statusCode);
    const moved = async (): Promise<undefined> => {
      await new Promise((resolve) => setImmediate(resolve));
      return clock.advance(1).then(() => undefined);
    };
    for (;;) {
      const status = await Promise.race([answer, moved()]);
      if (status !== undefined) return status;
    }
  };
  const statuses: number[] = [];
  for (let call = 0; call < 5; call += 1) statuses.push(await get({ 'x-deadline-ms': '1' }));
  return [statuses, await get({})];
}

test('F3: clients who say that they are in a hurry fail alone, and never close a route for others', async (t) => {
  assert.deepEqual(await impatient(t, { deadlineHeader: 'x-deadline-ms' }), [[504, 504, 504, 504, 504], 200]);
});

test('F3: nobody who has not been told to believes what a client says of its deadline', async (t) => {
  for (const options of [{}, { deadlineHeader: false }] as const) {
    assert.deepEqual(await impatient(t, options), [[200, 200, 200, 200, 200], 200]);
  }
});

test('F3: a route whose own limit is too short is closed, whatever its clients say', async (t) => {
  const clock = new ManualClock();
  const app = await start(t, { clock, deadlineHeader });
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  const guard = pipeline('r', [breaker, timeout({ limitMs: 5 })], { clock });
  const working = Promise.withResolvers<undefined>();
  app.get('/', { config: { recovery: guard } }, () => {
    working.resolve(undefined);
    return new Promise(() => undefined);
  });

  const answer = app.inject({ url: '/', headers: { 'x-deadline-ms': '60000' } });
  answer.catch(() => undefined);
  void answer.then(() => undefined);
  await working.promise;
  await clock.advance(5);

  assert.deepEqual([(await answer).statusCode, breaker.state], [504, 'open']);
});

test('a route with a guard is tried again, and its handler knows the attempt', async (t) => {
  const app = await start(t);
  const work = flaky<string>([refused, 'fine']);
  const attempts: number[] = [];
  const guard = pipeline('route', [retry({ strategy: 'immediate' }), timeout({ limitMs: 1_000 })]);
  app.get('/', { config: { recovery: guard } }, async (request) => {
    attempts.push(request.recovery.attempt);
    assert.ok(request.recovery.deadline < Infinity, 'the time limit of the attempt');
    return work();
  });

  const answer = await app.inject('/');

  assert.deepEqual([answer.statusCode, answer.body, attempts], [200, 'fine', [1, 2]]);
});

test('a HEAD route that Fastify makes of a GET route is guarded once', async (t) => {
  const app = await start(t);
  const work = flaky({ failures: 99, value: '' });
  app.get('/', { config: { recovery: retry({ strategy: 'immediate', maxAttempts: 2 }) } }, () => work());

  await app.inject({ method: 'HEAD', url: '/' });

  assert.equal(work.calls, 2);
});

test('handlers that answer by reply.send, at once or later, are guarded, and routes without a guard are left alone', async (t) => {
  const app = await start(t);
  const guard = pipeline('route', [retry({ strategy: 'immediate' })]);
  app.get('/at-once', { config: { recovery: guard } }, (_request, reply) => void reply.send('at once'));
  app.get('/later', { config: { recovery: guard } }, (_request, reply) => {
    setImmediate(() => void reply.send('later'));
  });
  app.get('/bare', async () => 'bare');

  for (const [url, body] of [
    ['/at-once', 'at once'],
    ['/later', 'later'],
    ['/bare', 'bare'],
  ] as const)
    assert.equal((await app.inject(url)).body, body);
});

test('refusals, timeouts and failed dependencies are answered as HTTP says it', async (t) => {
  const app = await start(t);
  const breaker = new CircuitBreaker({ failureThreshold: 1, resetTimeoutMs: 4_200 });
  await breaker.execute(() => Promise.reject(refused)).catch(() => undefined);
  const full = bulkhead({ limit: 1 });
  const place = Promise.withResolvers<string>();
  void full.execute(() => place.promise);
  const used = rateLimit({ limit: 1, perMs: 60_000 });
  await used.execute(() => 'the only one');
  const never = (): Promise<never> => new Promise(() => undefined);
  app.get('/open', () => breaker.execute(() => 'never called'));
  app.get('/full', () => full.execute(() => 'never called'));
  app.get('/used', () => used.execute(() => 'never called'));
  app.get('/slow', { config: { recovery: timeout({ limitMs: 1 }) } }, never);
  app.get('/down', () => Promise.reject(refused));
  const answers = new Map<string, unknown>();
  for (const url of ['/open', '/full', '/used', '/slow', '/down']) {
    const { statusCode, headers, body } = await app.inject(url);
    assert.match(String(headers['content-type']), /^application\/problem\+json/, url);
    const { code, status, type } = JSON.parse(body) as Record<string, unknown>;
    assert.deepEqual([status, type], [statusCode, 'about:blank']);
    answers.set(url, [statusCode, code, headers['retry-after']]);
  }
  place.resolve('');

  assert.deepEqual(Object.fromEntries(answers), {
    '/open': [503, 'CIRCUIT_OPEN', '5'],
    '/full': [503, 'BULKHEAD_FULL', '1'],
    '/used': [429, 'RATE_LIMITED', '60'],
    '/slow': [504, 'CALL_TIMEOUT', undefined],
    '/down': [503, 'DEPENDENCY_UNAVAILABLE', undefined],
  });
});

test('what another service answered is not ours to repeat: 503 when it may pass, else 502', async (t) => {
  const app = await start(t);
  const answering =
    (status: number, headers = {}): typeof fetch =>
    async () =>
      new Response('', { status, headers });
  const bare = pipeline('other', []);
  const asking = (status: number, headers = {}): (() => Promise<Response>) => {
    const get = guardedFetch(bare, { fetch: answering(status, headers), judgedFailure: 'throw' });
    return () => get('http://other.example/secret/path');
  };
  app.get('/503', asking(503, { 'retry-after': '9' }));
  app.get('/404', asking(404));

  const passing = await app.inject('/503');
  const lasting = await app.inject('/404');

  assert.deepEqual([passing.statusCode, passing.headers['retry-after']], [503, '9']);
  assert.deepEqual([lasting.statusCode, lasting.json<{ code: string }>().code], [502, 'DEPENDENCY_FAILED']);
  assert.doesNotMatch(lasting.body, /secret|other\.example/);
});

test('other errors go on: a mistake is a 500, an error with a status has its own, and problems can be left to the application', async (t) => {
  const app = await start(t);
  app.get('/bug', () => Promise.reject(new TypeError('a bug')));
  app.get('/unknown', () => Promise.reject(new Error('boom')));
  app.get('/limit', () => Promise.reject(Object.assign(new Error('slow down'), { statusCode: 429 })));
  const own = await start(t, { problems: false });
  own.get('/', () => Promise.reject(new DeadlineExceededError('x')));

  assert.deepEqual(
    [
      (await app.inject('/bug')).statusCode,
      (await app.inject('/unknown')).statusCode,
      (await app.inject('/limit')).json<{ message: string }>().message,
      (await own.inject('/')).statusCode,
      toProblem(new DeadlineExceededError('x'))?.status,
    ],
    [500, 500, 'slow down', 500, 504],
  );
});

test('a fallback’s answer is the answer', async (t) => {
  const app = await start(t);
  const guard = pipeline('route', [fallback({ to: () => ({ stale: true }) })]);
  app.get('/', { config: { recovery: guard } }, () => Promise.reject(refused));

  assert.deepEqual((await app.inject('/')).json(), { stale: true });
});

test('a client who leaves ends the work that is done for him', async (t) => {
  const app = await start(t);
  const working = Promise.withResolvers<AbortSignal>();
  app.get('/', { config: { recovery: retry() } }, ({ recovery: { signal } }) => {
    working.resolve(signal);
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
  const signal = await working.promise;
  const aborted = once(signal, 'abort');

  client.destroy();
  await aborted;

  assert.equal((signal.reason as Error).name, 'AbortError');
});

test('B51 wrong options stop the start, all at once', async () => {
  const app = fastify();
  app.register(recovery, { limitMs: -1, deadlineHeader: '' });
  await assert.rejects(
    async () => app.ready(),
    (error: { issues: string[] }) => error.issues.length === 2,
  );
});

test('F1: a guarded handler keeps its name and what other plugins have put on it', async (t) => {
  const app = await start(t);
  const handlers: { name: string; roles?: string[] }[] = [];
  app.addHook('onRoute', ({ handler }) => void handlers.push(handler));
  async function findStudent(): Promise<string> {
    return 'found';
  }
  const guard = retry();
  app.get(
    '/',
    { config: { recovery: guard }, exposeHeadRoute: false },
    Object.assign(findStudent, { roles: ['admin'] }),
  );

  assert.deepEqual(
    handlers.map(({ name, roles }) => [name, roles]),
    [['findStudent', ['admin']]],
  );
  assert.equal((await app.inject('/')).body, 'found');
});
