/** Floods on loopback, scaled down. They count connections and measure no time. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, test } from 'node:test';
import { ManualClock } from 'dualbrake/testing';
import { until } from '../database/testing/until.ts';
import { requireSignIn } from './access.ts';
import { markStream, networkOf, type ConnectionLimits } from './connections.ts';
import type { HttpServer } from './http.ts';
import { testHttp, type TestHttpOptions } from './testing/test-http.ts';

const opened: Socket[] = [];
const started: HttpServer[] = [];
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  for (const app of started.splice(0)) await app.close();
});

/** More than the operating system buffers for a client that doesn't read. */
const largeAnswer = 'x'.repeat(6 * 1024 * 1024);

async function listening(
  connections: Partial<ConnectionLimits>,
  options: TestHttpOptions = {},
): Promise<{ app: HttpServer; port: number; handled: () => number }> {
  const app = testHttp({ ...options, connections });
  started.push(app);
  let handled = 0;
  app.get('/large', { config: { access: 'anyone' } }, async () => {
    handled += 1;
    return largeAnswer;
  });
  app.get('/mine', { preHandler: requireSignIn() }, async () => 'mine');
  app.get('/events', { config: { access: 'anyone' } }, async (request, reply) => {
    markStream(request);
    return reply.type('text/event-stream').send(Readable.from(endless()));
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { app, port: address.port, handled: () => handled };
}

async function* endless(): AsyncGenerator<string> {
  yield 'event: hello\n\n';
  await new Promise(() => {});
}

/** A connection that reads nothing until a test asks it to. */
async function peer(port: number, text = '', localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  opened.push(socket);
  socket.pause();
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  return socket;
}

async function flood(count: number, port: number, text = '', localAddress = '127.0.0.1'): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let at = 0; at < count; at += 1) sockets.push(await peer(port, text, localAddress));
  return sockets;
}

const ask = (path: string, role?: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${role === undefined ? '' : `x-test-role: ${role}\r\n`}\r\n`;

/** Sends a request and waits for the head of its response. @returns `undefined` when the connection ends without one */
async function answerOf(socket: Socket, request: string): Promise<string> {
  let text = '';
  const ended = Promise.withResolvers<void>();
  socket.on('data', (chunk) => {
    text += String(chunk);
    if (text.includes('\r\n\r\n')) ended.resolve();
  });
  socket.once('close', () => ended.resolve());
  socket.resume();
  socket.write(request);
  await ended.promise;
  socket.removeAllListeners('data');
  return text;
}

async function openOn({ server }: HttpServer): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  server.getConnections((_, count) => resolve(count));
  return promise;
}

test('of 300 connections that never read, 40 stay open, and a new one is served', async () => {
  const { app, port } = await listening({ totalMax: 40, perAddressMax: 1_000 });
  await flood(300, port, ask('/large'));
  await until('the others are closed', async () => (await openOn(app)) <= 40);
  const clerk = await peer(port);
  assert.match(await answerOf(clerk, ask('/mine', 'office')), /^HTTP\/1\.1 200/);
  assert.ok((await openOn(app)) <= 41);
});

test('the connection of a signed-in user stays open during a flood from the same address', async () => {
  const { app, port } = await listening({ totalMax: 1_000, perAddressMax: 20 });
  const clerk = await peer(port);
  assert.match(await answerOf(clerk, ask('/mine', 'office')), /^HTTP\/1\.1 200/);
  await flood(200, port);
  await until('the flood is bounded', async () => (await openOn(app)) <= 20);
  assert.match(await answerOf(clerk, ask('/mine', 'office')), /^HTTP\/1\.1 200/);
});

test('one address cannot use the connections of another', async () => {
  const { app, port } = await listening({ totalMax: 1_000, perAddressMax: 20 });
  const visitor = await peer(port);
  await flood(200, port, '', '127.0.0.2');
  await until('the flood is bounded', async () => (await openOn(app)) <= 21);
  assert.match(await answerOf(visitor, ask('/healthz')), /^HTTP\/1\.1 200/);
});

test('a trusted proxy has no limit of its own', async () => {
  const { app, port } = await listening(
    { totalMax: 1_000, perAddressMax: 20 },
    { trustedProxies: ['10.0.0.1', '127.0.0.2/31'] },
  );
  await flood(60, port, '', '127.0.0.3');
  await until('all are open', async () => (await openOn(app)) === 60);
});

test('the connection that has been longest without progress is closed first', async () => {
  const clock = new ManualClock();
  const { app, port } = await listening({ totalMax: 3, perAddressMax: 3 }, { clock });
  const sockets: Socket[] = [];
  for (const path of ['/healthz', '/healthz', '/healthz']) {
    const socket = await peer(port);
    await answerOf(socket, ask(path));
    sockets.push(socket);
    await clock.advance(3_000);
  }
  assert.match(await answerOf(sockets[0] ?? assert.fail(), ask('/healthz')), /^HTTP\/1\.1 200/);
  await peer(port);
  await until('one is closed', () => sockets.some((socket) => socket.destroyed));
  assert.deepEqual(
    sockets.map((socket) => socket.destroyed),
    [false, true, false],
  );
  assert.equal(await openOn(app), 3);
});

test('pipelined requests are processed in order, and their number is limited', async () => {
  const { app, port, handled } = await listening({ queuedMax: 4 });
  await peer(port, ask('/large').repeat(1_000));
  await until('it is closed', async () => (await openOn(app)) === 0);
  assert.equal(handled(), 1, 'the second begins after the first response was read');

  const honest = await peer(port);
  let text = '';
  honest.on('data', (chunk) => (text += String(chunk)));
  honest.resume();
  honest.write(ask('/healthz').repeat(3));
  await until('three answers', () => text.split('{"status":"alive"}').length === 4);
});

test('the bytes that clients have not read are limited', async () => {
  const { app, port, handled } = await listening({ unreadBytesMax: 48 * 1024 * 1024 });
  await flood(40, port, ask('/large'));
  await until('all requests have arrived', () => handled() === 40);
  await until('most are closed', async () => (await openOn(app)) <= 18);
});

test('a client that reads byte by byte is disconnected in the end, an open stream is not', async () => {
  const clock = new ManualClock();
  const { app, port, handled } = await listening({ answerMs: 60_000 }, { clock });
  await peer(port, ask('/large'));
  const reader = await peer(port);
  assert.match(await answerOf(reader, ask('/events')), /^HTTP\/1\.1 200/);
  await until('the request has arrived', () => handled() === 1);
  await clock.advance(30_000);
  assert.equal(await openOn(app), 2);
  await clock.advance(40_000);
  await until('one is closed', async () => (await openOn(app)) === 1);
  assert.equal(reader.destroyed, false);
});

test('an idle client is disconnected', async () => {
  const { app, port, handled } = await listening({ idleMs: 300 });
  await peer(port);
  await peer(port, ask('/large'));
  await until('both are closed', async () => handled() === 1 && (await openOn(app)) === 0);
});

test('invalid HTTP gets a response, and its connection is destroyed although the client keeps it open', async () => {
  const clock = new ManualClock();
  const { app, port } = await listening({}, { clock });
  const stubborn = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  opened.push(stubborn);
  stubborn.on('error', () => {});
  assert.match(await answerOf(stubborn, 'HELLO\r\n\r\n'), /^HTTP\/1\.1 400/);
  assert.equal(await openOn(app), 1);
  await clock.advance(5_000);
  await until('it is gone', async () => (await openOn(app)) === 0);
});

test('each part of a request has a time limit', async () => {
  const { app } = await listening({});
  const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = app.server;
  assert.deepEqual([headersTimeout, requestTimeout, keepAliveTimeout, timeout], [10_000, 30_000, 65_000, 30_000]);
});

test('an IPv6 network of 64 bits counts as one address', () => {
  assert.equal(networkOf('2001:db8:0:1:aaaa:bbbb:cccc:dddd'), '2001:db8:0:1');
  assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0');
  assert.equal(networkOf('::1'), '0:0:0:0');
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0');
});
