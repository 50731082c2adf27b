import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { roles, type Role } from '../contract/session.ts';
import type { DataFolder } from './platform/data-folder.ts';
import type { Access } from './platform/http/access.ts';
import type { HttpServer } from './platform/http/http.ts';
import { asRole } from './platform/http/testing/test-http.ts';
import { pagePaths } from './routes.ts';
import { openTestApplication, type TestApplication } from './testing/test-application.ts';

const writers: Access = ['owner', 'office'];
const readers: Access = ['owner', 'office', 'instructor'];

/** The access rule of each route. Every new route must be added here. */
const expected: Readonly<Record<string, Access>> = {
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /api/openapi.json': 'anyone',

  'POST /api/session': 'anyone',
  'GET /api/session': 'signed-in',
  'DELETE /api/session': 'anyone',
  'POST /api/welcome/check': 'anyone',
  'POST /api/welcome': 'anyone',
  'GET /api/users': ['owner'],
  'POST /api/users': ['owner'],
  'PATCH /api/users/:id': ['owner'],
  'POST /api/users/:id/link': ['owner'],
  'DELETE /api/users/:id/second-factor': ['owner'],

  'POST /api/session/code': 'anyone',
  'POST /api/session/setup': 'anyone',
  'POST /api/session/setup/secret': 'anyone',
  'POST /api/session/confirm': 'signed-in',
  'GET /api/account': 'signed-in',
  'POST /api/account/password': 'signed-in',
  'GET /api/account/sessions': 'signed-in',
  'DELETE /api/account/sessions': 'signed-in',
  'DELETE /api/account/sessions/:id': 'signed-in',
  'PUT /api/account/second-factor': 'signed-in',
  'DELETE /api/account/second-factor': 'signed-in',
  'POST /api/account/second-factor/secret': 'signed-in',
  'POST /api/account/second-factor/recovery-codes': 'signed-in',
  'PUT /api/account/second-factor/rule': ['owner'],

  'GET /api/audit': ['owner'],

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

  'GET /api/search': readers,
  'POST /api/search': readers,

  'POST /api/calendar-feeds': readers,
  'GET /api/calendar-feeds': readers,
  'GET /api/calendar-feeds/:id': readers,
  'DELETE /api/calendar-feeds/:id': readers,
  'GET /calendar/:token.ics': 'anyone',

  'GET /api/instructors': writers,
  'POST /api/instructors': writers,
  'GET /api/instructors/:instructor_id': readers,
  'PATCH /api/instructors/:instructor_id': writers,
  'GET /api/instructors/:instructor_id/hours': readers,
  'PUT /api/instructors/:instructor_id/hours': writers,
  'GET /api/instructors/:instructor_id/time-off': readers,
  'POST /api/instructors/:instructor_id/time-off': writers,
  'GET /api/instructors/:instructor_id/time-off/:time_off_id': readers,
  'DELETE /api/instructors/:instructor_id/time-off/:time_off_id': writers,
  'GET /api/compliance': writers,
  'GET /api/lessons/:lesson_id': readers,
  'POST /api/lessons/check': writers,
  'GET /api/booking-world': writers,
  'POST /api/lessons': writers,
  'PATCH /api/lessons/:lesson_id': writers,
  'POST /api/lessons/:lesson_id/move': writers,
  'POST /api/lessons/:lesson_id/cancel': writers,
  'POST /api/lessons/:lesson_id/undo': writers,
  'GET /api/calendar': readers,
  'GET /api/day-sheets/:date': readers,
  'GET /api/attention': readers,
  'GET /api/locations': readers,
  'GET /api/locations/:location_id': readers,
  'POST /api/locations': writers,
  'PATCH /api/locations/:location_id': writers,
  'POST /api/locations/:location_id/archive': writers,
  'POST /api/locations/:location_id/restore': writers,

  'GET /api/closed-days': readers,
  'GET /api/closed-days/:closed_day_id': readers,
  'POST /api/closed-days': writers,
  'POST /api/closed-days/ontario-holidays': writers,
  'DELETE /api/closed-days/:closed_day_id': writers,

  'GET /api/vehicles': readers,
  'GET /api/vehicles/:vehicle_id': readers,
  'POST /api/vehicles': writers,
  'PATCH /api/vehicles/:vehicle_id': writers,
  'POST /api/vehicles/:vehicle_id/archive': writers,
  'POST /api/vehicles/:vehicle_id/restore': writers,
  'GET /api/vehicles/:vehicle_id/outages': readers,
  'GET /api/vehicles/:vehicle_id/outages/:outage_id': readers,
  'POST /api/vehicles/:vehicle_id/outages': writers,
  'DELETE /api/vehicles/:vehicle_id/outages/:outage_id': writers,
  'GET /api/rule-sets': writers,
  'GET /api/rule-sets/:rule_set_id': writers,
  'POST /api/rule-sets': ['owner'],
  'DELETE /api/rule-sets/:rule_set_id': ['owner'],

  'GET /api/students/:student_id/enrolments': readers,
  'POST /api/students/:student_id/enrolments': writers,
  'GET /api/enrolments/:enrolment_id': readers,
  'PATCH /api/enrolments/:enrolment_id': writers,
  'POST /api/enrolments/:enrolment_id/withdraw': writers,
  'POST /api/enrolments/:enrolment_id/reinstate': writers,
  'GET /api/products': writers,
  'GET /api/products/:product_id': writers,
  'POST /api/products': writers,
  'PATCH /api/products/:product_id': writers,

  'GET /api/students/:student_id/guardians': readers,
  'POST /api/students/:student_id/guardians': writers,
  'PATCH /api/students/:student_id/guardians/:guardian_id': writers,
  'DELETE /api/students/:student_id/guardians/:guardian_id': writers,
  'POST /api/students/:student_id/guardians/:guardian_id/primary': writers,
  'GET /api/guardians': writers,
  'GET /api/guardians/:guardian_id': readers,
  'PATCH /api/guardians/:guardian_id': writers,

  'GET /api/students/:student_id/lessons': readers,
  'GET /api/slots': writers,
  'GET /api/lesson-plans/defaults': writers,
  'POST /api/lesson-plans/preview': writers,
  'POST /api/lesson-plans': writers,
  'GET /api/lesson-plans/:plan_id': writers,

  'GET /admin': 'anyone',
  'GET /admin/*': 'anyone',
  'GET /admin/sign-in': 'anyone',
  'POST /admin/sign-in': 'anyone',
  'POST /admin/sign-out': 'anyone',
  // The console checks permissions itself.
  'GET /admin/plain/*': 'anyone',
  'POST /admin/plain/*': 'anyone',
  'GET /admin/api/*': 'anyone',
  'POST /admin/api/*': 'anyone',
  'PUT /admin/api/*': 'anyone',
  'PATCH /admin/api/*': 'anyone',
  'DELETE /admin/api/*': 'anyone',

  // These check the operator token themselves.
  'POST /api/backups': 'anyone',
  'GET /api/backups/:backup_id': 'anyone',
  'POST /api/standby/refresh': 'anyone',
  'GET /api/standby/findings': 'anyone',

  'GET /': 'anyone',
  'GET /day-sheet': 'anyone',
  'GET /day-sheet/:date': 'anyone',
  'GET /calendar': 'anyone',
  'GET /students': 'anyone',
  'GET /students/new': 'anyone',
  'GET /students/import': 'anyone',
  'GET /students/:student_id': 'anyone',
  'GET /students/:student_id/edit': 'anyone',
  'GET /students/:student_id/book': 'anyone',
  'GET /students/:student_id/plan': 'anyone',
  'GET /instructors': 'anyone',
  'GET /instructors/me': 'anyone',
  'GET /instructors/:instructor_id': 'anyone',
  'GET /compliance': 'anyone',
  'GET /vehicles': 'anyone',
  'GET /vehicles/new': 'anyone',
  'GET /vehicles/:vehicle_id': 'anyone',
  'GET /vehicles/:vehicle_id/edit': 'anyone',
  'GET /settings': 'anyone',
  'GET /settings/locations': 'anyone',
  'GET /settings/closed-days': 'anyone',
  'GET /settings/rules': 'anyone',
  'GET /settings/courses': 'anyone',
  'GET /people': 'anyone',
  'GET /account': 'anyone',
  'GET /audit': 'anyone',
  'GET /sign-in': 'anyone',
  'GET /welcome': 'anyone',
  'GET /assets/*': 'anyone',
};

let school: TestApplication;
let directory: string;
let dataFolder: DataFolder;
let app: HttpServer;

before(async () => {
  // Without a started database: refusals by role must not need one.
  school = await openTestApplication();
  ({ directory, dataFolder, app } = school);
});
after(() => school.close());

test('every route declares the access rule in the table', () => {
  assert.deepEqual(Object.fromEntries(school.routes), expected);
});

/**
 * Not documented: pages, their files, the documentation itself, routes for operators' commands, and the console, which
 * has its own documentation.
 */
const undescribed = /^GET (\/api\/openapi\.json|\/assets\/\*)$|^\w+ \/(admin|api\/backups|api\/standby)(\/|$)/;

test('every route is in the API documentation, except pages and the console', async () => {
  const { paths } = (await app.inject({ url: '/api/openapi.json' })).json() as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  const pages = new Set(pagePaths.map((path) => `GET ${path}`));
  const wanted = Object.keys(expected).filter((route) => !undescribed.test(route) && !pages.has(route));
  assert.deepEqual(described.toSorted(), wanted.toSorted());
});

test('a user without permission is refused before anything else happens', async () => {
  for (const [route, access] of Object.entries(expected)) {
    if (access === 'anyone') continue;
    const [method = '', path = ''] = route.split(' ');
    const url = path.replaceAll(/:\w+/g, '00000000-0000-4000-8000-000000000001');
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

test('of the routes for anyone, three query the database, and those have limits: see auth/anonymous-clients.test.ts', async () => {
  const bodies: Readonly<Record<string, object>> = {
    'POST /api/session': { email: 'nobody@school.example', password: 'a wrong password' },
    'POST /api/welcome/check': { token: 'x'.repeat(43) },
    'POST /api/welcome': {
      token: 'x'.repeat(43),
      name: 'Sam',
      email: 'sam@school.example',
      password: 'a long password',
    },
  };
  const querying: string[] = [];
  for (const [route, access] of school.routes) {
    if (access !== 'anyone') continue;
    const [method = '', path = ''] = route.split(' ');
    const earlier = school.queries();
    await app.inject({
      method: method as 'GET',
      url: path.replace(':student_id', 'x').replace('*', 'x'),
      ...(method === 'GET' ? {} : { payload: bodies[route] ?? {} }),
    });
    if (school.queries() > earlier) querying.push(route);
  }
  assert.deepEqual(querying.toSorted(), Object.keys(bodies).toSorted());
});

test('every page is the same document, never cached; its files are cached indefinitely', async () => {
  for (const url of ['/', '/students/new', '/students/7', '/students/7/edit', '/welcome', '/sign-in']) {
    const page = await app.inject({ url });
    assert.deepEqual([page.statusCode, page.headers['cache-control']], [200, 'no-cache'], url);
    assert.match(page.body, /<title>School/);
  }
  const asset = await app.inject({ url: '/assets/app-1234.js' });
  assert.deepEqual([asset.statusCode, asset.headers['cache-control']], [200, 'public, max-age=31536000, immutable']);
  assert.match(String(asset.headers['content-type']), /javascript/);
});

test('nothing outside the built pages is served', async () => {
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

test('pages that are not built yet are answered with 503', async () => {
  rmSync(join(directory, 'web', 'index.html'));
  const answer = await app.inject({ url: '/' });
  assert.deepEqual([answer.statusCode, answer.json().code], [503, 'pages_not_built']);
});

const consoleApi = '/admin/api/v1';

test('the console redirects strangers to sign-in, refuses instructors and admits the other roles', async () => {
  const stranger = await consolePage();
  // The database was never started, so the school's sign-in page could not work.
  assert.deepEqual([stranger.statusCode, stranger.headers['location']], [302, '/admin/sign-in?next=%2Fadmin%2F']);
  assert.equal((await app.inject({ url: `${consoleApi}/overview` })).statusCode, 401);
  assert.equal((await consolePage('instructor')).statusCode, 403);
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    const answer = await app.inject({ method, url: `${consoleApi}/config`, headers: asRole('instructor') });
    assert.deepEqual([answer.statusCode, answer.json().code], [403, 'not_permitted'], method);
  }
  for (const role of ['owner', 'operator', 'office'] as const) {
    assert.ok([200, 503].includes((await consolePage(role)).statusCode), role);
    const overview = await app.inject({ url: `${consoleApi}/overview`, headers: asRole(role) });
    assert.equal(overview.statusCode, 200);
    assert.deepEqual(
      overview.json().services.map(({ id }: { id: string }) => id),
      ['database', 'web'],
    );
  }
});

test('an operator trips a breaker through the console; the office has view-only access', async () => {
  const breaker = await databaseBreaker();
  const trip = (role: Role, from: Record<string, string>) =>
    app.inject({
      method: 'POST',
      url: `${consoleApi}/breakers/${encodeURIComponent(breaker.id)}/actions`,
      headers: { ...asRole(role), ...from, 'idempotency-key': `trip-by-${role}-${Object.keys(from).length}` },
      payload: { action: 'trip', reason: 'drill' },
    });
  const ownPage = { 'sec-fetch-site': 'same-origin' };

  assert.equal((await trip('office', ownPage)).statusCode, 403);
  assert.equal((await trip('operator', {})).statusCode, 403, 'sessions work only from our own pages');
  assert.equal((await databaseBreaker()).state, 'closed');
  assert.equal((await trip('operator', ownPage)).statusCode, 200);
  assert.equal((await databaseBreaker()).state, 'open');
});

test('the operator token authorizes actions outside of pages; any other token is refused', async () => {
  const file = join(dataFolder.directory, 'console-token');
  const token = readFileSync(file, 'utf8').trim();
  const breaker = await databaseBreaker();
  const reset = (sent: string) =>
    app.inject({
      method: 'POST',
      url: `${consoleApi}/breakers/${encodeURIComponent(breaker.id)}/actions`,
      headers: { authorization: `Bearer ${sent}`, 'idempotency-key': `reset-${sent.length}` },
      payload: { action: 'reset', reason: 'from the command line' },
    });

  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await reset(`${token}x`)).statusCode, 401);
  assert.equal((await reset(token)).statusCode, 200);
  assert.equal((await databaseBreaker()).state, 'closed');
});

test('without scripts, an operator isolates a breaker with a form, but only from this site', async () => {
  const breaker = await databaseBreaker();
  const send = (headers: Record<string, string>) =>
    app.inject({
      method: 'POST',
      url: '/admin/plain/isolate',
      headers: {
        ...asRole('operator'),
        ...headers,
        host: 'localhost',
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams({ breaker: breaker.id, key: 'one', reason: 'by a form', minutes: '5' }).toString(),
    });

  assert.equal((await send({ origin: 'http://evil.test', 'sec-fetch-site': 'cross-site' })).statusCode, 403);
  assert.equal((await databaseBreaker()).state, 'closed');
  const sent = await send({ origin: 'http://localhost' });
  assert.deepEqual([sent.statusCode, sent.headers['location']], [303, '/admin/plain']);
  assert.equal((await databaseBreaker()).state, 'open');
  const page = await app.inject({ url: '/admin/plain', headers: asRole('office') });
  await app.inject({
    method: 'POST',
    url: '/admin/plain/release',
    headers: {
      ...asRole('operator'),
      host: 'localhost',
      origin: 'http://localhost',
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams({ breaker: breaker.id, key: 'two', reason: 'by a form' }).toString(),
  });
  assert.equal((await databaseBreaker()).state, 'closed');
  assert.match(page.body, /isolated, \d+ min/);
  assert.match(String(page.headers['content-security-policy']), /style-src 'sha256-/);
  assert.equal(
    (
      await app.inject({
        method: 'POST',
        url: '/api/session',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: 'a=1',
      })
    ).statusCode,
    415,
  );
});

test('metrics require permission to view the console', async () => {
  assert.equal((await app.inject({ url: '/admin/metrics' })).statusCode, 401);
  const metrics = await app.inject({ url: '/admin/metrics', headers: asRole('office') });
  assert.match(metrics.body, /^recovery_breaker_state\{breaker="[^"]*database",state="closed"\} 1$/m);
});

async function databaseBreaker(): Promise<{ id: string; state: string }> {
  const overview = (await app.inject({ url: `${consoleApi}/overview`, headers: asRole('office') })).json() as {
    breakers: { id: string; name: string; state: string }[];
  };
  return overview.breakers.find(({ name }) => name === 'database') ?? assert.fail('it is listed');
}

function consolePage(role?: Role) {
  return app.inject({ url: '/admin/', headers: role === undefined ? {} : asRole(role) });
}
