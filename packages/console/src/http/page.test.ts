import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { Registry } from 'dualbrake';
import { createConsole, type ConsoleUser } from '../index.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-page-'));
  await mkdir(join(folder, 'ui/assets'), { recursive: true });
  await writeFile(join(folder, 'ui/index.html'), '<!doctype html><meta name="console" content="" />');
  await writeFile(join(folder, 'ui/assets/index-1a2b.js'), 'export {};');
  await writeFile(join(folder, 'secret.html'), 'hunter2');
  await mkdir(join(folder, 'ui-other'));
  await writeFile(join(folder, 'ui-other/secret.html'), 'hunter2');
});
after(() => rm(folder, { recursive: true }));

const ana: ConsoleUser = { id: 'u-1', name: 'Ana', role: 'viewer' };

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const console = createConsole({
    registry: new Registry(),
    authenticate: () => ana,
    pageDirectory: join(folder, 'ui'),
    allowedHosts: 'any',
    signInPath: '/enter',
    application: { name: 'School "<b>&', homePath: '/' },
  });
  try {
    return await console(new Request(`http://school.test${path}`, { headers }));
  } finally {
    console.close();
  }
}

test('the page is revalidated; files with a hash in their name are cached indefinitely', async () => {
  const page = await get('/admin/');
  const script = await get('/admin/assets/index-1a2b.js');

  assert.deepEqual(
    [page, script].map(({ status, headers }) => [status, headers.get('content-type'), headers.get('cache-control')]),
    [
      [200, 'text/html; charset=utf-8', 'no-cache'],
      [200, 'text/javascript; charset=utf-8', 'private, max-age=31536000, immutable'],
    ],
  );
});

for (const path of [
  '/admin/%2e%2e%2fsecret.html',
  '/admin/..%2fui-other%2fsecret.html',
  '/admin/assets/%2e%2e/%2e%2e%2fsecret.html',
  '/admin/%00index.html',
  '/admin/nothing.html',
  '/admin/assets',
  '/admin//etc/passwd',
]) {
  test(`${path} is not found`, async () => {
    const response = await get(path);

    assert.equal(response.status, 404);
    assert.doesNotMatch(await response.text(), /hunter2/);
  });
}

test('the page redirects users without a session to sign in, under both of its names', async () => {
  const console = createConsole({
    registry: new Registry(),
    authenticate: () => undefined,
    allowedHosts: 'any',
    pageDirectory: join(folder, 'ui'),
    signInPath: '/enter',
  });

  const answers = [];
  for (const path of ['/admin/', '/admin/index.html'])
    answers.push(await console(new Request(`http://school.test${path}`)));
  console.close();

  for (const { status, headers } of answers)
    assert.deepEqual([status, headers.get('location')], [302, '/enter?next=%2Fadmin%2F']);
});

test('the page contains the facts about its application, and a name cannot become markup', async () => {
  const html = await (await get('/admin/')).text();

  assert.equal(
    html,
    '<!doctype html><meta name="console" content="{&quot;application&quot;:{&quot;name&quot;:&quot;School \\&quot;&lt;b>&amp;&quot;,&quot;homePath&quot;:&quot;/&quot;},&quot;signInPath&quot;:&quot;/enter&quot;}" />',
  );
});

test('assets are compressed for clients that accept it, and sent as they are to others', async () => {
  const small = await get('/admin/assets/index-1a2b.js', { 'accept-encoding': 'gzip, br' });
  const plain = await get('/admin/assets/index-1a2b.js', { 'accept-encoding': 'gzip' });
  const page = await get('/admin/', { 'accept-encoding': 'br' });

  assert.deepEqual(
    [small, plain, page].map(({ headers }) => headers.get('content-encoding')),
    ['br', null, null],
  );
  assert.equal(brotliDecompressSync(await small.arrayBuffer()).toString(), await plain.text());
});
