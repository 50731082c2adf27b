import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { permissions, roles } from '../permissions.ts';
import { problemTypes } from '../contract/problem.ts';
import { routes } from '../routes.ts';
import { consoleKit, origin } from '../testing/console-kit.ts';

interface Described {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<string, { operationId: string; parameters: { name: string; in: string }[]; responses: object }>
  >;
}

test('OpenAPI describes every route once, with its parameters, permission and responses', async (context) => {
  const kit = consoleKit();
  context.after(() => kit.console.close());
  const description = await kit.get<Described>('openapi.json');

  assert.match(description.openapi, /^3\.1\./);
  const described = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('/admin/api/v1', '')}`),
  );
  const actual = routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((address) => address !== 'GET /openapi.json');
  assert.deepEqual(described.toSorted(), actual.toSorted());
  const ids = new Set<string>();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const operation of Object.values(methods)) {
      ids.add(operation.operationId);
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`);
      assert.deepEqual(path.match(/\{\w+\}/g) ?? [], inPath, path);
      assert.ok(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        path,
      );
    }
  }
  assert.equal(ids.size, actual.length, 'operation ids are unique');
  // Every reference leads somewhere.
  const text = JSON.stringify(description);
  for (const [, name = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g))
    assert.ok(text.includes(`"${name}":{`), name);
});

test('responses match their schemas in OpenAPI', async (context) => {
  const kit = consoleKit({ drills: { enabled: true } });
  context.after(() => kit.console.close());
  await kit.fail(kit.database);
  await kit.fail(kit.database);
  kit.console.log('{"level":40,"msg":"a line"}');
  await kit.order(
    'PATCH',
    'config',
    { settings: { 'letters.mail': { failureThreshold: 3 } }, reason: 'to have one' },
    { 'if-match': '*' },
  );
  await kit.clock.advance(2_000);
  const ids: Record<string, string> = { breakers: 'reads.database', incidents: '1', config: '1' };

  let checked = 0;
  for (const { method, path, answers } of routes) {
    const schema = answers[200];
    if (method !== 'GET' || !(schema instanceof z.ZodType)) continue;
    const [, first = ''] = path.split('/');
    const address = path.replaceAll(/\{\w+\}/g, ids[first] ?? 'none');
    const response = await kit.console(new Request(`${origin}/admin/api/v1${address}`));
    if (response.status === 404) continue;
    const body: unknown = await response.json();
    assert.equal(response.status, 200, `${address}: ${JSON.stringify(body)}`);
    const strict = schema instanceof z.ZodObject && path !== '/openapi.json' ? schema.strict() : schema;
    const parsed = strict.safeParse(body);
    assert.ok(parsed.success, `${address}: ${JSON.stringify(parsed.error?.issues)}`);
    checked += 1;
  }
  assert.ok(checked >= 20, `${checked} answers`);
});

test('every route allows exactly the roles with its permission', async (context) => {
  const kit = consoleKit({ drills: { enabled: true } });
  context.after(() => kit.console.close());
  for (const [role, may] of Object.entries(roles)) {
    kit.user = { id: role, name: role, role: role as keyof typeof roles };
    for (const { method, path, permission } of routes) {
      if (path === '/events') continue;
      const address = path.replaceAll(/\{\w+\}/g, '999');
      const response =
        method === 'GET'
          ? await kit.console(new Request(`${origin}/admin/api/v1${address}`))
          : await kit.order(method, address.slice(1), { reason: 'to see who may' }, { 'if-match': '*' });
      const isAllowed = (may as readonly string[]).includes(permission);
      assert.equal(response.status === 403, !isAllowed, `${role}: ${method} ${path} answered ${response.status}`);
      await response.body?.cancel();
    }
  }
  for (const permission of permissions)
    assert.ok(
      Object.values(roles).some((may) => (may as readonly string[]).includes(permission)),
      permission,
    );
});

test('unknown users, hosts, sites and methods are refused, and unknown IDs create nothing', async (context) => {
  const kit = consoleKit({ allowedHosts: ['school.test'] });
  context.after(() => kit.console.close());
  const ask = async (path: string, init: RequestInit = {}, site = origin): Promise<[number, string | undefined]> => {
    const response = await kit.console(new Request(`${site}${path}`, init));
    const { code } = (await response.json().catch(() => ({}))) as { code?: string };
    return [response.status, code];
  };
  const api = '/admin/api/v1';

  assert.deepEqual(await ask(`${api}/overview`, {}, 'http://evil.test'), [421, 'unknown-host']);
  assert.deepEqual(await ask(`${api}/overview`, { method: 'POST' }), [405, 'method']);
  assert.deepEqual(await ask(`${api}/nothing`), [404, 'not-found']);
  for (const path of [
    'breakers/x',
    'breakers/__proto__',
    'retries/x',
    'services/constructor',
    'incidents/7',
    'config/revisions/7',
    'operations/x',
    'faults/x',
  ])
    assert.deepEqual(await ask(`${api}/${path}`), [404, 'not-found'], path);
  for (const headers of [
    { origin: 'http://evil.test' },
    { 'sec-fetch-site': 'cross-site' },
    { origin, 'sec-fetch-site': 'same-site' },
    { origin: 'null' },
  ] as Record<string, string>[]) {
    const response = await kit.order(
      'POST',
      'breakers/letters.mail/actions',
      { action: 'trip', reason: 'from elsewhere' },
      headers['sec-fetch-site'] === undefined ? { 'sec-fetch-site': 'none', ...headers } : headers,
    );
    assert.equal(response.status, 403, JSON.stringify(headers));
  }
  assert.equal(kit.mail.state, 'closed');
  kit.user = undefined;
  assert.deepEqual(await ask(`${api}/overview`), [401, 'signed-out']);
  assert.equal(kit.registry.members().length, 2);
});

test('read-only mode allows reading and refuses all actions', async (context) => {
  const kit = consoleKit({ readOnly: true });
  context.after(() => kit.console.close());
  for (const { method, path } of routes.filter((route) => route.isAction)) {
    const response = await kit.order(
      method,
      path.slice(1).replaceAll(/\{\w+\}/g, '1'),
      { reason: 'read only' },
      { 'if-match': '*' },
    );
    assert.equal(response.status, 405, `${method} ${path}`);
  }
  assert.equal((await kit.get<{ read_only: boolean }>('overview')).read_only, true);
});

test('each type of problem has an error status and a sentence', () => {
  for (const [code, [status, text]] of Object.entries(problemTypes)) {
    assert.ok(status >= 400 && status < 600, code);
    assert.match(text, /^[A-Z`].*\.$/, code);
  }
});
