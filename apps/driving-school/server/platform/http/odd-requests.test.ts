/** Malformed requests that no browser sends: each is refused, and none is misread. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import type { HttpServer } from './http.ts';
import { mount } from './mount.ts';
import { testHttp } from './testing/test-http.ts';

let app: HttpServer;
let port: number;
before(async () => {
  app = testHttp({ trustedProxies: ['127.0.0.1'] });
  app.post('/change', { config: { access: 'anyone' } }, async () => ({}));
  app.get('/things/:id', { config: { access: 'anyone' } }, async () => ({}));
  mount(app, {
    handler: async (request) => new Response(request.url),
    routes: [{ path: '/mounted/*', methods: ['GET', 'POST'], access: 'anyone' }],
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  assert.ok(typeof address === 'object' && address !== null);
  ({ port } = address);
});
after(() => app.close());

/** Sends bytes and reads until the server closes. */
async function raw(text: string): Promise<{ status: number; head: string; body: string }> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, body };
}

const ask = (line: string, headers = 'Host: localhost'): Promise<{ status: number; head: string; body: string }> =>
  raw(`${line} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`);

test('an invalid Host is refused on every route', async () => {
  for (const path of ['/mounted/x', '/change', '/nothing']) {
    for (const host of ['127.0.0.1:99999', '127.0.0.1:0', 'localhost:', '[::1', 'a b', '']) {
      const { status } = await ask(`GET ${path}`, `Host: ${host}`);
      assert.ok([400, 421].includes(status), `${path} ${host}: ${status}`);
    }
  }
});

test('two Host headers are refused, also the same one twice', async () => {
  for (const second of ['localhost', 'evil.test']) {
    const { status, body } = await ask('GET /healthz', `Host: localhost\r\nHost: ${second}`);
    assert.equal(status, 400);
    assert.equal(JSON.parse(body).code, 'two_hosts');
  }
});

test('the host of an absolute URL takes precedence over the header', async () => {
  assert.equal((await ask(`GET http://localhost:${port}/healthz`, 'Host: localhost')).status, 200);
  assert.equal((await ask('GET http://evil.test/things/1', 'Host: localhost')).status, 421);
  const mounted = await ask('GET http://localhost/mounted/x?y', 'Host: evil.test');
  assert.equal(mounted.status, 200);
  assert.match(mounted.body, /^http:\/\/localhost\/mounted\/x\?y$/m);
  for (const target of [
    'http://',
    'http://user:pass@localhost/',
    'ftp://localhost/healthz',
    'http://localhost:99999/',
  ]) {
    assert.ok([400, 404, 421].includes((await ask(`GET ${target}`)).status), target);
  }
});

test('invalid escapes and long or unusual paths are client errors', async () => {
  for (const path of [
    '/%zz',
    '/things/%ff%fe',
    '/things/%',
    '/mounted/%zz',
    '/..%2f..%2fetc',
    '//evil.test/x',
    '/things/%00',
  ]) {
    const { status, head } = await ask(`GET ${path}`);
    assert.ok(status === 200 || (status >= 400 && status < 500), `${path}: ${status}`);
    if (status !== 200) assert.match(head, /application\/problem\+json/i, path);
  }
  assert.equal((await ask(`GET /things/${'x'.repeat(500)}`)).status, 414);
});

test('a method that a path does not accept is 405 with the accepted ones', async () => {
  for (const [line, allow] of [
    ['DELETE /change', 'POST'],
    ['GET /change', 'POST'],
    ['PUT /things/7', 'GET, HEAD'],
    ['PATCH /mounted/x/y', 'GET, HEAD, POST'],
    ['TRACE /healthz', 'GET, HEAD'],
  ] as const) {
    const { status, head, body } = await ask(line);
    assert.deepEqual([status, JSON.parse(body).code], [405, 'method_not_allowed'], line);
    assert.match(head, new RegExp(`^allow: ${allow}$`, 'im'), line);
  }
  assert.equal((await ask('DELETE /nothing')).status, 404);
  for (const method of ['BREW', 'CONNECT', 'get'])
    assert.ok([400, 404, 405, Number.NaN].includes((await ask(`${method} /`)).status), method);
});

test('an unknown expectation is 417, without waiting for the body', async () => {
  assert.equal((await ask('POST /change', 'Host: localhost\r\nExpect: a miracle\r\nContent-Length: 2')).status, 417);
});

test('https responses have HSTS, plain HTTP responses do not', async () => {
  const secure = await ask('GET /healthz', 'Host: localhost\r\nX-Forwarded-Proto: https');
  assert.match(secure.head, /^strict-transport-security: max-age=31536000$/im);
  const missing = await ask('GET /nothing', 'Host: localhost\r\nX-Forwarded-Proto: https');
  assert.match(missing.head, /^strict-transport-security: max-age=31536000$/im);
  assert.doesNotMatch((await ask('GET /healthz')).head, /strict-transport/i);
});

test('unused browser features are disabled, also in refusals', async () => {
  for (const path of ['/healthz', '/nothing', '/%zz']) {
    const { head } = await ask(`GET ${path}`);
    assert.match(head, /^permissions-policy: .*camera=\(\).*microphone=\(\)/im, path);
    assert.match(head, /^x-content-type-options: nosniff$/im, path);
    assert.match(head, /^content-security-policy: /im, path);
  }
});
