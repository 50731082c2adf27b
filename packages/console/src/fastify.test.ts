import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { mountConsole } from './fastify.ts';
import { consoleKit } from './testing/console-kit.ts';

test('in Fastify, the application’s hooks do not affect actions, streams and refusals', async (context) => {
  const kit = consoleKit({
    authenticate: (request) =>
      request.headers.get('cookie') === 'session=ana' ? { id: 'u-1', name: 'Ana', role: 'operator' } : undefined,
  });
  const app = Fastify();
  app.get('/', async () => 'the application');
  // As slow as a hook of an application can be whose database is down.
  await app.register(async (scope) => {
    scope.addHook('preHandler', () => new Promise<void>(() => {}));
    scope.get('/stuck', async () => 'never');
  });
  await mountConsole(app, { console: kit.console });
  await app.listen({ port: 0, host: '127.0.0.1' });
  context.after(() => app.close());
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const headers = { cookie: 'session=ana' };
  const stuck = fetch(`${url}/stuck`).catch(() => 'ended');

  const stranger = await fetch(`${url}/admin/api/v1/overview`);
  const order = await fetch(`${url}/admin/api/v1/breakers/letters.mail/actions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': 'one', origin: url },
    body: JSON.stringify({ action: 'trip', reason: 'through Fastify' }),
  });
  const noJson = await fetch(`${url}/admin/api/v1/breakers/letters.mail/actions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'text/plain', 'idempotency-key': 'two', origin: url },
    body: 'trip',
  });
  const own = await (await fetch(url)).text();
  const stream = await fetch(`${url}/admin/api/v1/events`, { headers });
  const reader = stream.body?.getReader() ?? assert.fail();
  await reader.read();

  assert.deepEqual([stranger.status, order.status, noJson.status, own], [401, 200, 415, 'the application']);
  assert.equal(kit.mail.state, 'open');
  assert.match(order.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  app.server.closeAllConnections();
  await stuck;
});

test('closing the application ends the console’s streams', async () => {
  const kit = consoleKit();
  const app = Fastify({ forceCloseConnections: 'idle' });
  await mountConsole(app, { console: kit.console });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const stream = await fetch(`${url}/admin/api/v1/events`);
  const text = stream.text();
  await app.close();

  assert.match(await text, /event: bye\ndata: \{"reason":"shutting down"\}\n\n$/);
});
