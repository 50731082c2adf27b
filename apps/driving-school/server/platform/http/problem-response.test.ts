/** Browsers get problems as pages, with the status and links. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { z } from 'zod';
import { requireRole } from './access.ts';
import type { HttpServer } from './http.ts';
import { ProblemError } from './problems.ts';
import { asRole, testHttp } from './testing/test-http.ts';

const browser = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
};

let app: HttpServer;
beforeEach(() => {
  app = testHttp();
});
afterEach(() => app.close());

async function page(url: string, headers: Record<string, string> = {}, method: 'GET' | 'POST' = 'GET') {
  const answer = await app.inject({ method, url, headers: { ...browser, ...headers } });
  assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8', url);
  assert.match(String(answer.headers['content-security-policy']), /^default-src 'none'; style-src 'sha256-/, url);
  assert.doesNotMatch(answer.body, /<script/);
  return { status: answer.statusCode, text: answer.body, headers: answer.headers };
}

test('an unknown address is a page with a link to the start page', async () => {
  const { status, text, headers } = await page('/nonsense');
  assert.equal(status, 404);
  assert.match(text, /<h1>Page not found<\/h1>/);
  assert.match(text, /<a href="\/">/);
  assert.equal(headers['cache-control'], 'no-store');
});

test('the page for an address that cannot be decoded describes the address, not a body', async () => {
  for (const url of ['/%zz', '/%E0%A4%A', '/api/students%']) {
    const { status, text } = await page(url);
    assert.equal(status, 400, url);
    assert.match(text, /<h1>Invalid address<\/h1>/, url);
    assert.match(text, /The address contains an incomplete or invalid % escape\. Check the address\./, url);
  }
});

test('every status of a navigation is a page', async () => {
  const thrown = (status: number) => () => {
    throw new ProblemError({ status, code: 'x', title: 'Some title', detail: 'Some detail.' });
  };
  for (const status of [408, 409, 410, 429, 503, 504]) {
    app.get(`/${status}`, { config: { access: 'anyone' } }, thrown(status));
  }
  app.get('/broken', { config: { access: 'anyone' } }, async () => {
    throw new Error('secret');
  });
  app.get('/owner', { preHandler: requireRole('owner') }, async () => 'x');
  app.get(
    '/number',
    { config: { access: 'anyone' }, schema: { querystring: z.object({ n: z.int() }) } },
    async () => 'x',
  );

  for (const status of [408, 409, 410, 429, 503, 504]) {
    const { status: found, text } = await page(`/${status}`);
    assert.equal(found, status);
    assert.match(text, /<h1>Some title<\/h1>/);
  }
  assert.equal((await page('/%zz')).status, 400);
  assert.equal((await page('/broken')).status, 500);
  assert.equal((await page('/number?n=x')).status, 422);
  assert.equal((await page('/owner', {}, 'POST')).status, 405);
  assert.equal((await page('/owner', { origin: 'http://evil.test' }, 'POST')).status, 403);
});

test('the page of a 401 links to sign-in, that of a 403 to the start page and sign-out', async () => {
  app.get('/owner', { preHandler: requireRole('owner') }, async () => 'x');
  const anonymous = await page('/owner');
  assert.equal(anonymous.status, 401);
  assert.match(anonymous.text, /<a href="\/sign-in">Sign in<\/a>/);
  const instructor = await page('/owner', asRole('instructor'));
  assert.equal(instructor.status, 403);
  assert.match(instructor.text, /<h1>You don’t have access<\/h1>/);
  assert.match(instructor.text, /<form method="post" action="\/admin\/sign-out"><button>Sign out<\/button><\/form>/);
});

test('the page for a wrong host has no links', async () => {
  const { status, text } = await page('/', { host: 'evil.test' });
  assert.equal(status, 421);
  assert.doesNotMatch(text, /<a |<form/);
});

test('the page of a temporary problem links to the same address, escaped', async () => {
  app.get('/busy', { config: { access: 'anyone' } }, async () => {
    throw new ProblemError({ status: 503, code: 'x', title: 'Busy', detail: 'Wait.', headers: { 'retry-after': '3' } });
  });
  const { text, headers } = await page('/busy?q="<b>');
  assert.equal(headers['retry-after'], '3');
  assert.match(text, /<a href="\/busy">Try again<\/a>/);
});

test('clients that are not browsers get problem+json', async () => {
  for (const headers of [
    {},
    { accept: '*/*' },
    { accept: 'application/json' },
    { ...browser, 'sec-fetch-mode': 'cors' },
  ]) {
    const answer = await app.inject({ url: '/nonsense', headers });
    assert.deepEqual(
      [answer.statusCode, answer.headers['content-type']],
      [404, 'application/problem+json; charset=utf-8'],
    );
  }
});

test('headers that are too large get a page in a browser, and JSON elsewhere', async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const huge = `Cookie: a=${'x'.repeat(20_000)}\r\n`;
  const inBrowser = await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n${huge}\r\n`);
  assert.match(inBrowser, /^HTTP\/1\.1 431 /);
  assert.match(inBrowser, /content-type: text\/html[\s\S]*<h1>Too many cookies<\/h1>/i);
  const elsewhere = await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n${huge}\r\n`);
  assert.match(elsewhere, /^HTTP\/1\.1 431 [\s\S]*application\/problem\+json/);
});

async function raw(text: string): Promise<string> {
  const address = app.server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const socket = connect(address.port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
