import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Drain } from './drain.ts';
import { testHttp } from './testing/test-http.ts';

test('draining waits for running requests except streams, and can be reversed', async (context) => {
  let now = 0;
  const drain = new Drain(() => now);
  const app = testHttp();
  const release = Promise.withResolvers<void>();
  const slow = Promise.withResolvers<void>();
  drain.watch(app);
  app.get('/slow', { config: { access: 'anyone' } }, async () => {
    slow.resolve();
    await release.promise;
    return { done: true };
  });
  app.get('/stream', { config: { access: 'anyone' } }, (_, reply) => {
    reply.hijack();
    reply.raw.write('data: 1\n\n');
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  context.after(() => {
    app.server.closeAllConnections();
    return app.close();
  });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const states: boolean[] = [];
  drain.subscribe(() => states.push(drain.isDraining));

  const stream = await fetch(`${url}/stream`, { headers: { accept: 'text/event-stream' } });
  const answer = fetch(`${url}/slow`);
  await slow.promise;
  const during = drain.requests;
  let isDone = false;
  const draining = drain.drain(new AbortController().signal).then(() => (isDone = true));
  await new Promise((resolve) => setImmediate(resolve));
  const early = isDone;
  release.resolve();
  await answer;
  await draining;
  now = 5_000;
  drain.admit();
  now = 7_000;

  assert.deepEqual([during, early, isDone, drain.requests], [1, false, true, 0]);
  assert.deepEqual([states, drain.isDraining, drain.sinceMs], [[true, false], false, 2_000]);
  await stream.body?.cancel();
});

test('aborted draining leaves the process out of service', async () => {
  const drain = new Drain(() => 0);
  await drain.drain(new AbortController().signal);
  assert.equal(drain.isDraining, true, 'no request was running');
  const app = testHttp();
  drain.watch(app);
  app.get('/never', { config: { access: 'anyone' } }, () => new Promise<never>(() => {}));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const asked = fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}/never`).catch(() => 'ended');
  while (drain.requests === 0) await new Promise((resolve) => setImmediate(resolve));
  const limit = new AbortController();
  const draining = assert.rejects(drain.drain(limit.signal), { message: 'too long' });
  limit.abort(new Error('too long'));
  await draining;
  assert.equal(drain.isDraining, true);
  app.server.closeAllConnections();
  await asked;
  await app.close();
});
