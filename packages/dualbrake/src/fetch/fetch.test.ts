import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';
import { attemptsOf, CircuitBreaker, fallback, keyedBreakers, pipeline, retry, timeout } from '../index.ts';
import { guardedFetch, HttpResponseError } from './index.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const twice = retry({ strategy: 'immediate', maxAttempts: 2 });
let server: Server;
let address: string;
/** What the server does, request by request; the last one again and again. */
let script: Answer[];
let seen: { method: string; headers: IncomingMessage['headers']; body: string }[];

before(async () => {
  server = createServer((request, response) => {
    const answer = script[Math.min(seen.length, script.length - 1)];
    const entry = { method: request.method ?? '', headers: request.headers, body: '' };
    seen.push(entry);
    void text(request).then((body) => {
      entry.body = body;
      answer?.(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/students?name=Ana`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  seen = [];
  script = [];
});

const say =
  (status: number, body = '', headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);

async function nothingListens(): Promise<string> {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  return `http://127.0.0.1:${port}/`;
}

test('B28 a 503 is tried again, and the body of the failed answer is let go', async () => {
  const failed: Response[] = [];
  script = [say(503, 'x'.repeat(100_000)), say(200, 'fine')];
  const get = guardedFetch(twice, {
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (response.status === 503) failed.push(response);
      return response;
    },
  });

  const answer = await get(address);

  assert.equal(await answer.text(), 'fine');
  assert.equal(seen.length, 2);
  await assert.rejects(async () => failed[0]?.text(), TypeError, 'cancelled');
});

test('the answer of the last attempt comes out as from fetch, with its body, or as an error by option', async () => {
  script = [say(503, 'first'), say(503, 'second')];
  const answer = await guardedFetch(twice)(address);
  assert.deepEqual([answer.status, await answer.text()], [503, 'second']);

  seen = [];
  const error: unknown = await guardedFetch(twice, { judgedFailure: 'throw' })(address).catch(
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HttpResponseError);
  assert.equal(await error.response.text(), 'second');
  assert.equal(attemptsOf(error)?.length, 2);
  assert.equal(error.message, `GET ${new URL(address).origin} answered 503 Service Unavailable.`, 'and no address');
});

test('a 404 is an answer: not repeated, and good news to a breaker', async () => {
  const breaker = new CircuitBreaker({ failureThreshold: 2 });
  script = [say(404, 'nobody')];
  const get = guardedFetch(pipeline('get', [twice, breaker]));

  for (let times = 0; times < 3; times += 1) assert.equal((await get(address)).status, 404);

  assert.deepEqual([seen.length, breaker.state], [3, 'closed']);
});

test('a breaker opens on 503s, and then refuses', async () => {
  const breaker = new CircuitBreaker({ failureThreshold: 2 });
  script = [say(503)];
  const get = guardedFetch(breaker);
  await get(address);
  await get(address);

  await assert.rejects(get(address), { code: 'CIRCUIT_OPEN' });
  assert.equal(seen.length, 2);
});

test('B23 waits as long as Retry-After says, and not beyond the deadline', async () => {
  script = [say(503, '', { 'retry-after': '7' })];
  const get = guardedFetch(retry());

  const answer = await get(address, {}, { deadline: performance.now() + 5_000 });

  assert.deepEqual([answer.status, seen.length], [503, 1], 'fails now, not later');
});

test('P40 a POST is not repeated, unless it has an Idempotency-Key or never got there', async () => {
  script = [say(503), say(201)];
  const post = guardedFetch(twice);
  assert.equal((await post(address, { method: 'post', body: '{}' })).status, 503);
  assert.equal(seen.length, 1);

  seen = [];
  const headers = { 'Idempotency-Key': 'k-1' };
  assert.equal((await post(address, { method: 'POST', body: '{}', headers })).status, 201);
  assert.deepEqual(
    seen.map(({ body, headers: sent }) => [body, sent['idempotency-key']]),
    [
      ['{}', 'k-1'],
      ['{}', 'k-1'],
    ],
  );

  const closedPort = await nothingListens();
  let calls = 0;
  const refused = guardedFetch(twice, {
    fetch: (input, init) => {
      calls += 1;
      return fetch(calls === 1 ? closedPort : input, init);
    },
  });
  seen = [];
  script = [say(201)];
  assert.equal((await refused(address, { method: 'POST', body: '{}' })).status, 201, 'the first never got there');
});

test('a Request and a streamed body can be sent again', async () => {
  script = [say(503), say(200)];
  const put = guardedFetch(twice);
  await put(new Request(address, { method: 'PUT', body: 'from a request' }));
  assert.deepEqual(
    seen.map(({ method, body }) => [method, body]),
    [
      ['PUT', 'from a request'],
      ['PUT', 'from a request'],
    ],
  );

  seen = [];
  await put(address, { method: 'PUT', body: new Blob(['from a stream']).stream() });
  assert.deepEqual(
    seen.map(({ method, body }) => [method, body]),
    [
      ['PUT', 'from a stream'],
      ['PUT', 'from a stream'],
    ],
  );
});

test('B31 sends along how many milliseconds are left of the deadline, less each time', async () => {
  script = [say(503), say(200)];
  await guardedFetch(twice)(address, {}, { deadline: performance.now() + 60_000 });
  const left = seen.map(({ headers }) => Number(headers['x-deadline-ms']));

  assert.equal(left.length, 2);
  assert.ok(left.every((ms) => Number.isInteger(ms) && ms > 30_000 && ms <= 60_000));
  assert.ok((left[1] ?? 0) <= (left[0] ?? 0));

  seen = [];
  await guardedFetch(twice)(address);
  await guardedFetch(twice, { deadlineHeader: false })(address, {}, { deadline: performance.now() + 60_000 });
  assert.ok(
    seen.every(({ headers }) => !('x-deadline-ms' in headers)),
    'nothing without one, or when it is off',
  );
});

test('the caller’s own signal ends the call, and the reading of the body after it', async () => {
  const left = new AbortController();
  script = [(_request, response) => void response.writeHead(200).write('the beginning')];
  const answer = await guardedFetch(timeout({ limitMs: 60_000 }))(address, { signal: left.signal });

  left.abort(new Error('gone'));

  await assert.rejects(answer.text(), { message: 'gone' });
  await assert.rejects(guardedFetch(twice)(address, { signal: left.signal }), { message: 'gone' });
  assert.equal(seen.length, 1);
});

test('reads the whole body inside the guard when asked to: a connection that breaks in the middle is tried again', async () => {
  const breaks: Answer = (_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => response.destroy());
  };
  script = [breaks, say(200, 'all of it', { 'x-name': 'kept' })];

  const answer = await guardedFetch(twice, { body: 'whole' })(address);

  assert.deepEqual(
    [await answer.text(), answer.headers.get('x-name'), answer.url, seen.length],
    ['all of it', 'kept', address, 2],
  );

  seen = [];
  script = [say(204)];
  assert.equal((await guardedFetch(twice, { body: 'whole' })(address)).status, 204);
});

test('an answer that takes too long is a timeout, and a fallback can stand in for it', async () => {
  script = [() => undefined];
  const get = guardedFetch(pipeline('get', [fallback({ to: () => 'from a copy' }), timeout({ limitMs: 20 })]));

  assert.equal(await get(address), 'from a copy');
});

test('one breaker per host, by key', async () => {
  const breakers = keyedBreakers({ failureThreshold: 1 });
  script = [say(500)];
  const get = guardedFetch(breakers, {
    key: ({ host }) => host,
    fetch: (input, init) => fetch(input.toString().replace('other.example', new URL(address).host), init),
  });
  await get(address);

  await assert.rejects(get(address), { code: 'CIRCUIT_OPEN' });
  assert.equal((await get('http://other.example/')).status, 500, 'asked, because it is another host');
});

test('what cannot be sent is the caller’s mistake: as fetch says it, not counted, not repeated', async () => {
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  await assert.rejects(guardedFetch(pipeline('get', [twice, breaker]))('no address'), TypeError);
  assert.equal(breaker.state, 'closed');
});

test('B51 options are checked, all at once', () => {
  assert.throws(
    () => guardedFetch({} as never, { body: 'half' as 'whole', deadlineHeader: '' }),
    (error: { issues: string[] }) => error.issues.length === 3,
  );
});

test('F1: a guarded fetch keeps the name and the properties of the one that it was given', async () => {
  const own = Object.assign(
    async function authorizedFetch(_input: unknown): Promise<Response> {
      return new Response('fine');
    },
    { preconnect: () => 'connected' },
  );

  const guarded = guardedFetch(pipeline('p', []), { fetch: own });

  assert.equal(guarded.name, 'authorizedFetch');
  assert.equal((guarded as unknown as typeof own).preconnect(), 'connected');
  assert.equal(await (await guarded('http://example.org')).text(), 'fine');
});
