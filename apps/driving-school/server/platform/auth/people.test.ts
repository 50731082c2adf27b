/** Changes of people end links and are recorded in the audit log. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { installAmbientContext } from 'dualbrake/node';
import { AuditLog } from '../audit/audit.ts';
import { testDatabase, type TestDatabase } from '../database/testing/test-database.ts';
import { ownerPassword, TestSchool, type Browser } from './testing/test-school.ts';

let database: TestDatabase;
before(async () => {
  // As in the application, so that entries have the correlation ID of their request.
  installAmbientContext();
  database = await testDatabase();
});
after(() => database[Symbol.asyncDispose]());

async function invite(owner: Browser): Promise<{ id: string; token: string }> {
  const answer = await owner.send('POST', '/api/users', {
    name: 'Sam Office',
    email: 'sam@school.example',
    role: 'office',
  });
  const { data, link } = answer.body as unknown as { data: { id: string }; link: { url: string } };
  return { id: data.id, token: link.url.split('#')[1] ?? '' };
}

describe('an unused link ends', () => {
  for (const [what, change] of [
    ['when its person is disabled', { disabled: true }],
    ['when the role is raised', { role: 'owner' }],
    ['when the role is lowered', { role: 'instructor' }],
  ] as const) {
    test(what, async () => {
      const school = await TestSchool.empty(database);
      const boss = await school.owner();
      const { id, token } = await invite(boss);
      const check = async (): Promise<number> =>
        (await school.browser().send('POST', '/api/welcome/check', { token })).status;
      assert.equal(await check(), 200);
      assert.equal((await boss.send('PATCH', `/api/users/${id}`, change)).status, 200);
      assert.equal(await check(), 404);
      await boss.send('PATCH', `/api/users/${id}`, { disabled: false, role: 'office' });
      assert.equal(await check(), 404, 'and stays invalid');
    });
  }

  test('but not when only the name changes', async () => {
    const school = await TestSchool.empty(database);
    const boss = await school.owner();
    const { id, token } = await invite(boss);
    await boss.send('PATCH', `/api/users/${id}`, { name: 'Sam Newname' });
    assert.equal((await school.browser().send('POST', '/api/welcome/check', { token })).status, 200);
  });
});

describe('the audit log', () => {
  test('has every change of a person with its actor, and no personal data', async () => {
    const school = await TestSchool.empty(database);
    const boss = await school.owner();
    const { id: owner } = (await boss.send('GET', '/api/session')).body['user'] as unknown as { id: string };
    const { id, token } = await invite(boss);
    await school.browser().send('POST', '/api/welcome', {
      token,
      name: 'Sam Office',
      email: 'sam@school.example',
      password: 'a password for Sam',
    });
    for (const change of [{ name: 'Sam Newname' }, { role: 'owner' }, { disabled: true }, { disabled: false }]) {
      assert.equal((await boss.send('PATCH', `/api/users/${id}`, change)).status, 200);
    }
    await boss.send('POST', `/api/users/${id}/link`);
    await boss.send('PATCH', `/api/users/${id}`, { disabled: false });

    const { schoolId } = await schoolOf();
    const { data } = await AuditLog.list(database.kysely, schoolId, { subject_id: id, limit: 50 });
    assert.deepEqual(
      data.map((entry) => ({ actor: entry.actor?.id, action: entry.action, detail: entry.detail })).toReversed(),
      [
        { actor: owner, action: 'person.invited', detail: { role: 'office' } },
        { actor: id, action: 'password.changed', detail: { by: 'link', purpose: 'invited' } },
        { actor: id, action: 'person.signed_in', detail: { role: 'office', device: 'Unknown device' } },
        { actor: owner, action: 'person.changed', detail: { name_changed: true } },
        { actor: owner, action: 'person.changed', detail: { from_role: 'office', to_role: 'owner' } },
        { actor: owner, action: 'person.disabled', detail: {} },
        { actor: owner, action: 'person.enabled', detail: {} },
        { actor: owner, action: 'person.link_created', detail: { purpose: 'new-password' } },
      ],
    );
    for (const entry of data) assert.ok(entry.correlation_id, 'relates the entry to the log');
    assert.doesNotMatch(JSON.stringify(data.map(({ detail }) => detail)), /Sam|sam@|Newname/);
  });

  test('has no entry of a refused change', async () => {
    const school = await TestSchool.empty(database);
    const boss = await school.owner();
    const { id } = (await boss.send('GET', '/api/session')).body['user'] as unknown as { id: string };
    assert.equal((await boss.send('PATCH', `/api/users/${id}`, { disabled: true })).status, 409);
    assert.equal(
      (await boss.send('POST', '/api/users', { name: 'Dana', email: 'dana@school.example', role: 'office' })).status,
      422,
    );
    const { schoolId } = await schoolOf();
    const { data } = await AuditLog.list(database.kysely, schoolId, { actor_id: id, limit: 50 });
    assert.deepEqual(
      data.map(({ action }) => action),
      ['person.signed_in', 'password.changed'],
    );
  });

  async function schoolOf(): Promise<{ schoolId: string }> {
    const { id } = await database.kysely
      .withTables<{ schools: { id: string } }>()
      .selectFrom('schools')
      .select('id')
      .executeTakeFirstOrThrow();
    return { schoolId: id };
  }
});

test('cookies have the prefix __Host- with https, where plain ones are ignored', async () => {
  const school = await TestSchool.empty(database, { trustedProxies: ['10.0.0.1'] });
  const plain = await school.owner();
  assert.match(plain.cookie, /^school_session=/);
  const send = (cookie: string, method: 'GET' | 'POST' | 'DELETE', payload?: object) =>
    school.app.inject({
      method,
      url: '/api/session',
      remoteAddress: '10.0.0.1',
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7', ...(cookie === '' ? {} : { cookie }) },
      ...(payload === undefined ? {} : { payload }),
    });
  assert.equal((await send(plain.cookie, 'GET')).statusCode, 401);
  const signedIn = await send('', 'POST', { email: 'dana@school.example', password: ownerPassword });
  const cookies = [signedIn.headers['set-cookie'] ?? []].flat();
  assert.equal(cookies.length, 2);
  for (const cookie of cookies) {
    assert.match(cookie, /^__Host-school_(session|device)=/);
    assert.match(cookie, /; Path=\/; HttpOnly; Secure; SameSite=Strict/);
    assert.doesNotMatch(cookie, /Domain/i);
  }
  const [session = ''] = cookies.map((cookie) => cookie.split(';')[0] ?? '').filter((one) => one.includes('session'));
  assert.equal((await send(session, 'GET')).statusCode, 200);
  const left = await send(`${session}; ${plain.cookie}`, 'DELETE');
  const dropped = [left.headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split(';')[0]);
  assert.deepEqual(new Set(dropped), new Set(['__Host-school_session=', 'school_session=']));
});
