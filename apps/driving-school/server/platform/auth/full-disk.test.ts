/** Sign-in on a server whose data folder can't be written. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ManualClock } from 'dualbrake/testing';
import { sharedDatabase, type TestDatabase } from '../database/testing/test-database.ts';
import type { IdentityTables } from './identity-tables.ts';
import { ownerPassword, TestSchool } from './testing/test-school.ts';

let database: TestDatabase;
before(async () => {
  database = await sharedDatabase();
});
after(() => database[Symbol.asyncDispose]());

const writable = (school: TestSchool, yes: boolean): void => school.local.exec(`PRAGMA query_only = ${yes ? 0 : 1}`);

test('signing out ends the session, removes the cookie, and is written as soon as there is space', async () => {
  const clock = new ManualClock();
  const school = await TestSchool.empty(database, { clock });
  const boss = await school.owner();
  const stolen = boss.cookie;
  writable(school, false);

  const answer = await boss.send('DELETE', '/api/session');
  assert.equal(answer.status, 204);
  assert.match(String(answer.headers['set-cookie']), /^school_session=; .*Expires=Thu, 01 Jan 1970/);
  const thief = school.browser();
  thief.cookie = stolen;
  assert.equal((await thief.send('GET', '/api/session')).status, 401);

  writable(school, true);
  await boss.send('POST', '/api/session', { email: 'dana@school.example', password: ownerPassword });
  assert.equal((await boss.send('DELETE', '/api/session')).status, 204);
  const restarted = school.restarted({ clock }).browser();
  restarted.cookie = stolen;
  assert.equal((await restarted.send('GET', '/api/session')).status, 401, 'the first sign-out was written too');
});

test('signing out works while the disk is full and the database unavailable', async () => {
  const clock = new ManualClock();
  const school = await TestSchool.empty(database, { clock });
  const boss = await school.owner();
  writable(school, false);
  school.databaseIsDown = true;
  await clock.advance(10_000);
  assert.equal((await boss.send('GET', '/api/session')).status, 200);
  assert.equal((await boss.send('DELETE', '/api/session')).status, 204);
  assert.equal((await boss.send('GET', '/api/session')).status, 401);
});

test('signing in works even when the end of the previous session cannot be written', async () => {
  const school = await TestSchool.empty(database);
  const boss = await school.owner();
  writable(school, false);
  const answer = await boss.send('POST', '/api/session', { email: 'dana@school.example', password: ownerPassword });
  assert.equal(answer.status, 200);
  assert.equal((await boss.send('GET', '/api/session')).status, 200);
});

test('a person who has been removed is signed out, although the copy cannot be deleted', async () => {
  const clock = new ManualClock();
  const school = await TestSchool.empty(database, { clock });
  const boss = await school.owner();
  const { browser: clerk, id } = await school.invited(boss, 'office');
  writable(school, false);
  const tables = database.kysely.withTables<IdentityTables>();
  await tables.deleteFrom('one_time_links').where('user_id', '=', id).execute();
  await tables.deleteFrom('users').where('id', '=', id).execute();
  await clock.advance(10_000);
  assert.equal((await clerk.send('GET', '/api/session')).status, 401);
});
