import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { z } from 'zod';
import { CallTimeoutError, CircuitBreakerOpenError } from 'dualbrake';
import { problemSchema } from '../../../contract/problem.ts';
import { requireRole } from './access.ts';
import type { HttpServer } from './http.ts';
import { ProblemError } from './problems.ts';
import { asRole, testHttp } from './testing/test-http.ts';

let app: HttpServer;
beforeEach(() => {
  app = testHttp();
});
afterEach(() => app.close());

test('a wrong Host is refused before anything else', async () => {
  app.get('/secret', { preHandler: requireRole('owner') }, async () => 'secret');
  for (const host of ['evil.test', 'evil.test:3000', 'localhost.evil.test', '127.0.0.1@evil.test', 'localhost/evil']) {
    const answer = await app.inject({ url: '/secret', headers: { ...asRole('owner'), host } });
    assert.equal(answer.statusCode, 421, host);
    assert.equal(answer.json().code, 'wrong_host');
  }
  for (const host of ['localhost', 'localhost:3000', 'LOCALHOST:80', '127.0.0.1:3000', '[::1]:3000', 'localhost.']) {
    assert.equal((await app.inject({ url: '/secret', headers: { ...asRole('owner'), host } })).statusCode, 200, host);
  }
});

test('a client cannot choose its time limit by a header', async () => {
  app.get('/slow', { preHandler: requireRole('owner') }, async ({ recovery: { deadline } }) => ({
    leftMs: deadline - performance.now(),
  }));

  const answer = await app.inject({ url: '/slow', headers: { ...asRole('owner'), 'x-deadline-ms': '1' } });

  assert.equal(answer.statusCode, 200);
  assert.ok(answer.json<{ leftMs: number }>().leftMs > 1_000);
});

test('an unknown path under a wrong Host is 421, not 404', async () => {
  assert.equal((await app.inject({ url: '/nothing', headers: { host: 'evil.test' } })).statusCode, 421);
});

test('health probes may use any host name', async () => {
  const answer = await app.inject({ url: '/healthz', headers: { host: '10.1.2.3:3000' } });
  assert.deepEqual([answer.statusCode, answer.json()], [200, { status: 'alive' }]);
});

test('a change requested by a page of another site is refused', async () => {
  let changes = 0;
  app.post('/change', { preHandler: requireRole('owner') }, async () => {
    changes += 1;
    return {};
  });
  const post = (headers: Record<string, string>) =>
    app.inject({
      method: 'POST',
      url: '/change',
      headers: { ...asRole('owner'), host: 'localhost:3000', ...headers },
      payload: {},
    });

  const foreign: Record<string, string>[] = [
    { origin: 'http://evil.test' },
    { origin: 'null' },
    { origin: 'http://localhost:4000' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://localhost:3000', 'sec-fetch-site': 'cross-site' },
    { origin: 'http://evil.test', 'sec-fetch-site': 'same-origin' },
  ];
  for (const headers of foreign) {
    const answer = await post(headers);
    assert.deepEqual([answer.statusCode, answer.json().code], [403, 'cross_site'], JSON.stringify(headers));
  }
  assert.equal(changes, 0);

  const own: Record<string, string>[] = [
    { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' },
    { origin: 'http://localhost:3000' },
    { 'sec-fetch-site': 'none' },
    {},
  ];
  for (const headers of own) assert.equal((await post(headers)).statusCode, 200, JSON.stringify(headers));
});

test('only JSON is accepted, not the types that a form of another site can send', async () => {
  app.post('/change', { preHandler: requireRole('owner') }, async () => ({}));
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/csv',
  ]) {
    const headers = { ...asRole('owner'), 'content-type': type };
    const answer = await app.inject({ method: 'POST', url: '/change', headers, payload: '{}' });
    assert.deepEqual([answer.statusCode, answer.json().code], [415, 'unsupported_media_type'], type);
  }
});

test('a body that is invalid, poisoned or too large is refused', async () => {
  app.post('/change', { preHandler: requireRole('owner') }, async () => ({}));
  const post = async (payload: string) => {
    const headers = { ...asRole('owner'), 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/change', headers, payload });
    return [answer.statusCode, answer.json().code];
  };
  assert.deepEqual(await post('{'), [400, 'bad_request']);
  assert.deepEqual(await post('{"__proto__": {"admin": true}}'), [400, 'bad_request']);
  assert.deepEqual(await post(JSON.stringify('x'.repeat(100_001))), [413, 'too_large']);
  assert.deepEqual(await post(`${'['.repeat(33)}${']'.repeat(33)}`), [400, 'too_deep']);
  assert.deepEqual(await post(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`), [400, 'too_deep']);
  assert.deepEqual(await post(`[${'1,'.repeat(2_000)}1]`), [400, 'too_many_values']);
  assert.deepEqual(await post(`{"text": "${'[{'.repeat(1_000)}\\"${'['.repeat(100)}"}`), [200, undefined]);
});

test('every failure is problem+json with a correlation ID, also for an unknown path', async () => {
  app.get('/broken', { config: { access: 'anyone' } }, async () => {
    throw new Error('the licence is A1234-12345-12345');
  });
  for (const [url, status] of [
    ['/nothing', 404],
    ['/broken', 500],
    ['/%zz', 400],
    [`/${'x'.repeat(20_000)}`, 404],
  ] as const) {
    const answer = await app.inject({ url });
    assert.equal(answer.statusCode, status, url.slice(0, 20));
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    const problem = problemSchema.parse(answer.json());
    assert.equal(problem.status, status);
    assert.equal(problem.correlation_id, answer.headers['x-correlation-id'] ?? problem.correlation_id);
    assert.equal(problem.instance.includes('?'), false);
    assert.equal(answer.body.includes('A1234'), false);
  }
});

test('a correlation ID is adopted when it is harmless, and generated otherwise', async () => {
  assert.equal(await idFor('call-1234_5.6'), 'call-1234_5.6');
  for (const id of ['short', 'x'.repeat(65), 'sam@example.ca', 'with space', '"quoted-quoted"']) {
    assert.match(String(await idFor(id)), /^[\da-f]{8}-[\da-f-]{27}$/, id);
  }
});

test('missing members of a body are listed by pointer, in a 422', async () => {
  const body = z.object({ phone: z.string(), address: z.object({ city: z.string().min(1, 'Enter a city.') }) });
  app.post('/student', { preHandler: requireRole('office'), schema: { body } }, async () => ({}));
  const answer = await app.inject({
    method: 'POST',
    url: '/student',
    headers: asRole('office'),
    payload: { address: { city: '' } },
  });
  assert.equal(answer.statusCode, 422);
  const { errors } = problemSchema.parse(answer.json());
  assert.deepEqual(
    errors?.map(({ pointer }) => pointer),
    ['/phone', '/address/city'],
  );
  assert.equal(errors?.[1]?.message, 'Enter a city.');
});

test('each unknown member of a body is listed by its own pointer; that of the whole body is empty', async () => {
  const body = z.strictObject({ name: z.string().optional(), address: z.strictObject({}).optional() });
  app.post('/strict', { preHandler: requireRole('office'), schema: { body } }, async () => ({}));
  const errorsOf = async (payload: string) => {
    const headers = { ...asRole('office'), 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/strict', headers, payload });
    assert.equal(answer.statusCode, 422);
    return problemSchema.parse(answer.json()).errors;
  };
  const unknown = (pointer: string) => ({ pointer, code: 'unknown_field', message: 'This field cannot be set.' });
  assert.deepEqual(await errorsOf('{"foo":1,"bar":2}'), [unknown('/foo'), unknown('/bar')]);
  assert.deepEqual(await errorsOf('{"address":{"zip":1}}'), [unknown('/address/zip')]);
  assert.deepEqual(await errorsOf('[]'), [{ pointer: '', code: 'invalid_type', message: 'Send a JSON object.' }]);
  const [name] = (await errorsOf('{"name":1}')) ?? [];
  assert.deepEqual([name?.pointer, name?.message], ['/name', 'This value is missing or of the wrong type.']);
});

test('errors of policies become 503 and 504, and only say that nothing was saved if that is certain', async () => {
  const open = new CircuitBreakerOpenError({ breaker: 'database', openForMs: 10, retryAfterMs: 2_400, reason: 'test' });
  let thrown: unknown;
  const handler = async () => {
    throw thrown;
  };
  app.get('/do', { config: { access: 'anyone' } }, handler);
  app.post('/do', { config: { access: 'anyone' } }, handler);
  const send = async (method: 'GET' | 'POST', error: unknown) => {
    thrown = error;
    const answer = await app.inject({ method, url: '/do' });
    return {
      status: answer.statusCode,
      retryAfter: answer.headers['retry-after'],
      detail: String(answer.json().detail),
    };
  };

  const refused = await send('POST', open);
  assert.deepEqual([refused.status, refused.retryAfter], [503, '3']);
  assert.match(refused.detail, /^Nothing was saved\./);
  assert.doesNotMatch((await send('GET', open)).detail, /saved/);

  const late = await send('POST', new CallTimeoutError(500));
  assert.equal(late.status, 504);
  assert.match(late.detail, /^It is not certain whether this was saved/);

  const own = await send(
    'POST',
    new ProblemError({ status: 412, code: 'changed', title: 'Changed', detail: 'x', members: { current_version: 3 } }),
  );
  assert.equal(own.status, 412);
  assert.equal((await send('GET', new TypeError('x is not a function'))).status, 500);
  const ofFastify = Object.assign(new Error('The response does not match its schema'), { statusCode: 500 });
  assert.equal((await send('GET', ofFastify)).status, 500, 'a bug is not an outage');
});

test('registering a route without access rules throws', () => {
  assert.throws(() => app.get('/open', async () => 'oops'), /GET \/open does not declare its access/);
});

test('a role without access is refused before the body is read', async () => {
  let read = 0;
  app.post(
    '/students',
    {
      preHandler: requireRole('owner', 'office'),
      schema: { body: z.object({ name: z.string().refine(() => (read += 1)) }) },
    },
    async () => ({}),
  );
  const post = async (headers: Record<string, string>) =>
    (await app.inject({ method: 'POST', url: '/students', headers, payload: { name: 'x' } })).statusCode;
  assert.equal(await post({}), 401);
  assert.equal(await post(asRole('instructor')), 403);
  assert.equal(await post(asRole('operator')), 403);
  assert.equal(read, 0);
  assert.equal(await post(asRole('office')), 200);
});

test('readiness depends on the database, liveness does not', async () => {
  let ready = false;
  const other = testHttp({ ready: () => ready });
  const down = await other.inject({ url: '/readyz' });
  assert.deepEqual([down.statusCode, down.json().reason], [503, 'the database is down']);
  assert.equal((await other.inject({ url: '/healthz' })).statusCode, 200);
  ready = true;
  assert.equal((await other.inject({ url: '/readyz' })).statusCode, 200);
  await other.close();
});

test('responses have a policy without inline code, and are not cached', async () => {
  const { headers } = await app.inject({ url: '/healthz' });
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /default-src 'self'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|upgrade-insecure|https:/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cache-control'], 'no-store');
});

test('the API description is OpenAPI 3.1, and its page has no inline script', async () => {
  const answer = await app.inject({ url: '/api/openapi.json' });
  assert.equal(answer.json().openapi, '3.1.0');
  assert.ok(answer.json().paths['/healthz']);
  const page = await app.inject({ url: '/api/docs/' });
  assert.equal(page.statusCode, 200);
  assert.match(String(page.headers['content-security-policy']), /script-src 'self';/);
  assert.doesNotMatch(page.body, /<script(?![^>]*\bsrc=)[^>]*>/);
});

test('the signal aborts when the client disconnects, and not after a complete response', async () => {
  const left = Promise.withResolvers<unknown>();
  const started = Promise.withResolvers<void>();
  let signalOfComplete: AbortSignal | undefined;
  app.post('/slow', { config: { access: 'anyone' } }, async (request) => {
    const { signal } = request.recovery;
    signal.addEventListener('abort', () => left.resolve(signal.reason));
    started.resolve();
    await left.promise;
    return {};
  });
  app.post('/quick', { config: { access: 'anyone' } }, async (request) => {
    signalOfComplete = request.recovery.signal;
    return {};
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const port = portOf(app);

  const controller = new AbortController();
  const init = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
  const slow = fetch(`http://127.0.0.1:${port}/slow`, { ...init, signal: controller.signal });
  await started.promise;
  controller.abort();
  await assert.rejects(slow, { name: 'AbortError' });
  assert.equal(((await left.promise) as Error).name, 'AbortError');

  await (
    await fetch(`http://127.0.0.1:${port}/quick`, { ...init, headers: { ...init.headers, connection: 'close' } })
  ).text();
  assert.equal(signalOfComplete?.aborted, false);
});

test('invalid HTTP gets a problem too', async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const port = portOf(app);
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('HELLO\r\n\r\n'));
    socket
      .on('data', (data) => (text += String(data)))
      .on('end', () => resolve(text))
      .on('error', reject);
  });
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(answer, /application\/problem\+json/);
});

async function idFor(given: string): Promise<unknown> {
  return (await app.inject({ url: '/healthz', headers: { 'x-correlation-id': given } })).headers['x-correlation-id'];
}

function portOf({ server }: HttpServer): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : assert.fail('the server listens on a port');
}
