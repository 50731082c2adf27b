import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Registry } from 'dualbrake';
import { pino } from 'pino';
import { roles, type Role } from '../contract/session.ts';
import { createAuth } from './platform/auth/auth.ts';
import { openDataFolder, type DataFolder } from './platform/data-folder.ts';
import { openDatabase } from './platform/database/database.ts';
import type { Access } from './platform/http/access.ts';
import type { HttpServer } from './platform/http/http.ts';
import { asRole, identityByHeader, testHttp } from './platform/http/testing/test-http.ts';
import { loadSecrets } from './platform/secrets.ts';
import { createPolicies } from './policies.ts';
import { registerRoutes } from './routes.ts';
import { createStudents } from './students/students.ts';

const writers: Access = ['owner', 'office'];
const readers: Access = ['owner', 'office', 'instructor'];

/** Who may call what. A new route is missing here until somebody has thought about it. */
const expected: Readonly<Record<string, Access>> = {
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /api/openapi.json': 'anyone',

  'POST /api/session': 'anyone',
  'GET /api/session': 'signed-in',
  'DELETE /api/session': 'anyone',
  'POST /api/welcome/check': 'anyone',
  'POST /api/welcome': 'anyone',
  'GET /api/instructors': writers,
  'GET /api/users': ['owner'],
  'POST /api/users': ['owner'],
  'PATCH /api/users/:id': ['owner'],
  'POST /api/users/:id/link': ['owner'],

  'GET /api/students': readers,
  'POST /api/students/search': readers,
  'GET /api/students/:student_id': readers,
  'POST /api/students': writers,
  'PATCH /api/students/:student_id': writers,
  'POST /api/students/:student_id/archive': writers,
  'POST /api/students/:student_id/restore': writers,
  'POST /api/students/:student_id/licence-number/reveal': writers,
  'POST /api/students/import': writers,
  'GET /api/students/import/template': writers,

  'GET /admin': 'anyone',
  'GET /admin/*': 'anyone',
  'GET /admin/api/*': ['owner', 'operator', 'office'],
  'POST /admin/api/*': ['owner', 'operator'],

  'GET /': 'anyone',
  'GET /students': 'anyone',
  'GET /students/new': 'anyone',
  'GET /students/import': 'anyone',
  'GET /students/:student_id': 'anyone',
  'GET /students/:student_id/edit': 'anyone',
  'GET /people': 'anyone',
  'GET /sign-in': 'anyone',
  'GET /welcome': 'anyone',
  'GET /assets/*': 'anyone',
};

let directory: string;
let dataFolder: DataFolder;
let app: HttpServer;
const declared = new Map<string, Access | undefined>();

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'routes-'));
  dataFolder = openDataFolder(join(directory, 'data'));
  const registry = new Registry();
  const log = pino({ level: 'silent' });
  // Never started: what a role may not do must be refused without a database.
  const database = openDatabase({ dataFolder, migrationsDirectory: directory, log });
  registry.add('services', [database.service]);
  const secrets = loadSecrets(dataFolder.directory);
  const { local } = dataFolder;
  const policies = createPolicies(registry);
  const auth = createAuth({ database, local, secrets, registry, log });
  const students = createStudents({ database, local, secrets, policies, log });

  app = testHttp();
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const each of [method].flat()) {
      if (each !== 'HEAD' && !url.startsWith('/api/docs')) declared.set(`${each} ${url}`, config?.access);
    }
  });
  const pagesDirectory = join(directory, 'web');
  mkdirSync(join(pagesDirectory, 'assets'), { recursive: true });
  writeFileSync(join(pagesDirectory, 'index.html'), '<!doctype html><title>School</title>');
  writeFileSync(join(pagesDirectory, 'assets', 'app-1234.js'), 'export {};');
  writeFileSync(join(directory, 'secret.txt'), 'secret');
  registerRoutes(app, {
    auth: { ...auth, identity: identityByHeader },
    students,
    policies,
    database,
    registry,
    log,
    environment: '',
    pagesDirectory,
  });
  await app.ready();
});
after(async () => {
  await app.close();
  dataFolder.close();
  rmSync(directory, { recursive: true, force: true });
});

test('every route says who may call it, as the table has it', () => {
  assert.deepEqual(Object.fromEntries(declared), expected);
});

test('who may not call a route is turned away before anything else happens', async () => {
  for (const [route, access] of Object.entries(expected)) {
    if (access === 'anyone') continue;
    const [method = '', path = ''] = route.split(' ');
    const url = path.replaceAll(/:\w+/g, '00000000-0000-4000-8000-000000000001').replace('*', 'v1/report');
    const call = async (role: Role | undefined) => {
      const headers = role === undefined ? {} : asRole(role);
      const answer = await app.inject({ method: method as 'GET', url, headers });
      return [answer.statusCode, answer.json().code];
    };
    assert.deepEqual(await call(undefined), [401, 'not_signed_in'], `${route} by a stranger`);
    for (const role of roles) {
      if (access === 'signed-in' || access.includes(role)) continue;
      assert.deepEqual(await call(role), [403, 'not_permitted'], `${route} by ${role}`);
    }
  }
});

test('every page is the same document, never kept by a cache; its files are kept for ever', async () => {
  for (const url of ['/', '/students/new', '/students/7', '/students/7/edit', '/welcome', '/sign-in']) {
    const page = await app.inject({ url });
    assert.deepEqual([page.statusCode, page.headers['cache-control']], [200, 'no-cache'], url);
    assert.match(page.body, /<title>School/);
  }
  const asset = await app.inject({ url: '/assets/app-1234.js' });
  assert.deepEqual([asset.statusCode, asset.headers['cache-control']], [200, 'public, max-age=31536000, immutable']);
  assert.match(String(asset.headers['content-type']), /javascript/);
});

test('nothing outside of the built pages is given out', async () => {
  const outside = [
    '/assets/../../secret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/',
    '/index.html',
    '/.built-from',
  ];
  for (const url of outside) {
    const answer = await app.inject({ url });
    assert.ok([400, 403, 404].includes(answer.statusCode), `${url}: ${answer.statusCode}`);
    assert.equal(answer.body.includes('secret\n') || answer.body === 'secret', false);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/, url);
  }
});

test('a page that is not built yet says so', async () => {
  rmSync(join(directory, 'web', 'index.html'));
  const answer = await app.inject({ url: '/' });
  assert.deepEqual([answer.statusCode, answer.json().code], [503, 'pages_not_built']);
});

test('the console sends strangers to the sign-in, turns instructors away and shows itself to the others', async () => {
  const stranger = await consolePage();
  assert.deepEqual([stranger.statusCode, stranger.headers['location']], [302, '/sign-in?next=%2Fadmin%2F']);
  assert.equal((await consolePage('instructor')).statusCode, 403);
  for (const role of ['owner', 'operator', 'office'] as const) {
    assert.ok([200, 503].includes((await consolePage(role)).statusCode), role);
    const report = await app.inject({ url: '/admin/api/v1/report', headers: asRole(role) });
    assert.equal(report.statusCode, 200);
    assert.ok(report.json().services.some(({ id }: { id: string }) => id === 'database'));
  }
});

test('an operator trips a breaker through the console; the office may only look', async () => {
  const { breakers } = (await app.inject({ url: '/admin/api/v1/report', headers: asRole('office') })).json() as {
    breakers: { id: string; name: string; state: string }[];
  };
  const breaker = breakers.find(({ name }) => name === 'identity-database') ?? assert.fail('it is listed');
  const order = (role: Role) =>
    app.inject({
      method: 'POST',
      url: `/admin/api/v1/breakers/${encodeURIComponent(breaker.id)}/actions`,
      headers: { ...asRole(role), 'idempotency-key': `order-by-${role}` },
      payload: { action: 'trip', reason: 'drill' },
    });
  assert.equal((await order('office')).statusCode, 403);
  assert.equal((await order('operator')).statusCode, 200);
  const later = (await app.inject({ url: '/admin/api/v1/report', headers: asRole('office') })).json() as {
    breakers: typeof breakers;
  };
  assert.equal(later.breakers.find(({ id }) => id === breaker.id)?.state, 'open');
});

function consolePage(role?: Role) {
  return app.inject({ url: '/admin/', headers: role === undefined ? {} : asRole(role) });
}
