/** People get pages where programs get JSON. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeAll, setUp } from '../testing/console-setup.ts';

afterEach(closeAll);

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-mode': 'navigate' };

test('a browser that opens an unknown URL gets a page with a link back', async () => {
  const setup = setUp();
  const answer = await setup.call('/admin/nonsense', { headers: browser });
  const text = await answer.text();

  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.match(String(answer.headers.get('content-security-policy')), /default-src 'none'; style-src 'sha256-/);
  assert.match(text, /<h1>Page not found<\/h1>/);
  assert.match(text, /<a href="\/admin\/">/);
  assert.doesNotMatch(text, /<script/);
});

test('browsers get a page for every refusal: no session, no permission, wrong host, wrong method, no build', async () => {
  const setup = setUp();
  const page = async (path: string, init: RequestInit = {}) => {
    const answer = await setup.call(path, { ...init, headers: { ...browser, ...(init.headers as object) } });
    assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8', path);
    return { status: answer.status, text: await answer.text() };
  };

  const unbuilt = await page('/admin/');
  assert.deepEqual([unbuilt.status, /npm run build/.test(unbuilt.text)], [503, true]);
  const strangeHost = await page('/admin/', { headers: { host: 'evil.test' } });
  assert.equal(strangeHost.status, 421);
  assert.doesNotMatch(strangeHost.text, /<a /, 'no address leads anywhere under that name');
  assert.equal((await page('/admin/nonsense', { method: 'POST', body: 'a=1' })).status, 405);
  setup.user = { id: 'u-1', name: 'Ana', role: 'viewer' };
  const audit = await page('/admin/api/v1/audit');
  assert.deepEqual([audit.status, /<h1>You don’t have access<\/h1>/.test(audit.text)], [403, true]);
  setup.user = undefined;
  const signedOut = await page('/admin/api/v1/overview');
  assert.equal(signedOut.status, 401);
  assert.match(signedOut.text, /<a href="\/sign-in\?next=%2Fadmin%2F">Sign in<\/a>/);
});

test('programs get JSON: fetch, curl, and clients that prefer it', async () => {
  const setup = setUp();
  for (const headers of [
    {},
    { accept: '*/*' },
    { accept: 'application/json' },
    { ...browser, 'sec-fetch-mode': 'cors' },
  ]) {
    const answer = await setup.call('/admin/nonsense', { headers });
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [404, 'application/problem+json']);
  }
});

test('input repeated on an error page cannot become markup', async () => {
  const setup = setUp();
  const answer = await setup.call('/admin/%3Cscript%3Ealert(1)%3C/script%3E', {
    headers: { ...browser, 'x-correlation-id': '"><script>' },
  });
  assert.doesNotMatch(await answer.text(), /<script/);
});
