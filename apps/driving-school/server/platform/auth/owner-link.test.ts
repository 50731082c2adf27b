import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AuditLog } from '../audit/audit.ts';
import { testDatabase, type TestDatabase } from '../database/testing/test-database.ts';
import type { IdentityTables } from './identity-tables.ts';
import { newOwnerLink } from './owner-link.ts';
import { TestSchool } from './testing/test-school.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database[Symbol.asyncDispose]());

describe('the first link', () => {
  test('is created once: a restart does not end the valid one', async () => {
    const school = await TestSchool.empty(database);
    const first = await school.auth.firstOwnerLink();
    assert.ok(first.state === 'new-link');
    const again = await school.restarted().auth.firstOwnerLink();
    assert.deepEqual(again, { state: 'invited', until: first.link.expiresAt });
    const check = await school.browser().send('POST', '/api/welcome/check', { token: first.link.token });
    assert.equal(check.status, 200);
  });

  test('is created again when it has expired', async () => {
    const school = await TestSchool.empty(database);
    await school.auth.firstOwnerLink();
    const tables = database.kysely.withTables<IdentityTables>();
    await tables
      .updateTable('one_time_links')
      .set({ expires_at: new Date(Date.now() - 1_000) })
      .execute();
    assert.equal((await school.auth.firstOwnerLink()).state, 'new-link');
  });

  test('is created once by instances that start concurrently', async () => {
    const school = await TestSchool.empty(database);
    const made = await Promise.all(Array.from({ length: 5 }, () => school.auth.firstOwnerLink()));
    assert.deepEqual(made.map(({ state }) => state).toSorted(), [...Array<string>(4).fill('invited'), 'new-link']);
  });
});

describe('a new link for an owner', () => {
  test('lets the only owner choose a new password, and ends their sessions', async () => {
    const school = await TestSchool.empty(database);
    const boss = await school.owner();
    const { token } = await school.ownerLink();
    const browser = school.browser();
    const welcome = await browser.send('POST', '/api/welcome/check', { token });
    assert.deepEqual(welcome.body, {
      purpose: 'owner-recovery',
      role: 'owner',
      email: 'dana@school.example',
      name: 'Dana Roy',
    });
    assert.equal((await boss.send('GET', '/api/session')).status, 200, 'the old password works until then');
    const used = await browser.send('POST', '/api/welcome', {
      token,
      name: 'Dana Roy',
      email: 'dana@school.example',
      password: 'another long passphrase',
    });
    assert.equal(used.status, 200);
    assert.equal((await boss.send('GET', '/api/session')).status, 401);
  });

  test('is in the audit log without an actor', async () => {
    const school = await TestSchool.empty(database);
    const users = database.kysely.withTables<IdentityTables>();
    const { owner } = await newOwnerLink(users);
    const { data } = await AuditLog.list(database.kysely, owner.schoolId, { subject_id: owner.id, limit: 5 });
    assert.deepEqual(
      data.map(({ actor, action, detail }) => ({ actor, action, detail })),
      [{ actor: null, action: 'owner_link.created', detail: { purpose: 'owner' } }],
    );
    await school.app.close();
  });

  test('lists the owners when it is not clear which one is meant', async () => {
    const school = await TestSchool.empty(database);
    const boss = await school.owner();
    await school.invited(boss, 'owner', 'partner@school.example');
    const users = database.kysely.withTables<IdentityTables>();
    await assert.rejects(newOwnerLink(users), {
      code: 'OWNER_NOT_FOUND',
      message: 'There are 2 owners. Choose one with --email: dana@school.example, partner@school.example.',
    });
    await assert.rejects(newOwnerLink(users, { email: 'clerk@school.example' }), {
      message:
        'No owner has the e-mail address "clerk@school.example". Owners: dana@school.example, partner@school.example.',
    });
    assert.equal(
      (await newOwnerLink(users, { email: ' Partner@School.example ' })).owner.email,
      'partner@school.example',
    );
  });
});
