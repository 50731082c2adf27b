import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { CircuitBreaker, Registry } from 'dualbrake';
import { ManualClock } from 'dualbrake/testing';
import { createConsole, toNodeHandler } from './index.ts';

async function listen(context: TestContext) {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const breaker = new CircuitBreaker({ name: 'database' });
  registry.pipeline('reads', [breaker]);
  const console = createConsole({
    registry,
    authenticate: (request) =>
      request.headers.get('cookie') === 'session=ana' ? { id: 'u-1', name: 'Ana', role: 'operator' } : undefined,
    pageDirectory: '/nowhere',
    allowedHosts: ['127.0.0.1', 'school.test'],
  });
  const server = createServer(toNodeHandler(console));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    console.close();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { clock, breaker, port, url: `http://127.0.0.1:${port}/admin/api/v1` };
}

const headers = { cookie: 'session=ana' };

async function openStream(port: number): Promise<IncomingMessage> {
  const request = httpRequest({ host: '127.0.0.1', port, path: '/admin/api/v1/events', headers });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response.setEncoding('utf8');
}

async function readUntil(response: IncomingMessage, pattern: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of response.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (pattern.test(text)) return text;
  }
  return assert.fail(`the stream ended before ${pattern}: ${text}`);
}

test('an action over a real socket reaches the breaker; from another origin it does not', async (context) => {
  const { url, port, breaker } = await listen(context);
  const order = (origin: string): Promise<Response> =>
    fetch(`${url}/breakers/reads.database/actions`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': origin, origin },
      body: JSON.stringify({ action: 'trip', reason: 'over a socket' }),
    });

  const foreign = await order('http://evil.test');
  const before = breaker.state;
  const own = await order(`http://127.0.0.1:${port}`);

  assert.deepEqual([foreign.status, before, own.status, breaker.state], [403, 'closed', 200, 'open']);
  assert.equal(own.headers.get('x-content-type-options'), 'nosniff');
});

test('events arrive while the stream is open, and a disconnect ends it', async (context) => {
  const { port, breaker, clock } = await listen(context);
  const response = await openStream(port);
  await readUntil(response, /event: snapshot\n.*\n\n/);

  breaker.trip('seen at once');
  const text = await readUntil(response, /seen at once/);
  response.destroy();

  assert.match(text, /event: transition/);
  const deadline = Date.now() + 180_000;
  // The batch of log lines.
  await clock.advance(100);
  while (clock.pending > 1 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(clock.pending, 1, 'its timers are gone');
});

test('HEAD has no body, and a body over the limit is refused while it is being sent', async (context) => {
  const { port, url } = await listen(context);

  const head = await fetch(`http://127.0.0.1:${port}/admin/`, { method: 'HEAD', headers });
  const large = httpRequest(`${url}/breakers/reads.database/actions`, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      'idempotency-key': 'large',
      origin: `http://127.0.0.1:${port}`,
    },
  });
  large.on('error', () => {});
  large.write('x'.repeat(100_000));
  const [refusal] = (await once(large, 'response')) as [IncomingMessage];
  large.destroy();

  assert.deepEqual([head.status, await head.text()], [503, '']);
  assert.deepEqual([refusal.statusCode, refusal.headers.connection], [413, 'close']);
});

test('an invalid URL is a bad request, and a path that begins with two slashes is a path', async (context) => {
  const { port } = await listen(context);

  const answers = [];
  for (const [host, path] of [
    ['a b', '/admin/'],
    ['school.test', '//evil.test/admin/api/v1/overview'],
  ]) {
    const socket = connect(port, '127.0.0.1');
    socket.end(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nCookie: session=ana\r\nConnection: close\r\n\r\n`);
    const chunks = await socket.setEncoding('utf8').toArray();
    answers.push(/^HTTP\/1\.1 (\d+)/.exec(chunks.join(''))?.[1]);
  }

  assert.deepEqual(answers, ['400', '404']);
});
