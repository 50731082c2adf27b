import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { sharedDatabase, type TestDatabase } from '../platform/database/testing/test-database.ts';
import { ownerPassword, TestSchool, type Browser } from '../platform/auth/testing/test-school.ts';
import { restoredGuard } from './restored-guard.ts';
import { restoredMark } from './restored-mark.ts';

const guard = { beforeMigrations: () => Promise.resolve(), afterMigrations: () => Promise.resolve() };

let database: TestDatabase;
let folder: string;
let school: TestSchool;
let owner: Browser;
let announced: string[];
before(async () => {
  database = await sharedDatabase();
});
after(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restored-'));
  school = await TestSchool.empty(database);
  owner = await school.owner();
  announced = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the guard as a start does before anyone can use the database. */
const start = () =>
  restoredGuard(guard, { directory: folder, announce: (text) => announced.push(text) }).afterMigrations(
    database.kysely,
  );

const isLinkValid = async (token: string): Promise<boolean> =>
  (await school.browser().send('POST', '/api/welcome/check', { token })).status === 200;

/** Whether the owner's browser is signed in to a restarted program, which has nothing in memory. */
const isSignedIn = async (): Promise<boolean> => {
  const browser = school.restarted().browser();
  browser.cookie = owner.cookie;
  return (await browser.send('GET', '/api/session')).status === 200;
};

test('the first start after a restore ends the sessions and links of the backup; later starts end none', async () => {
  const { token } = await school.ownerLink();
  restoredMark.write(folder, { madeAt: '2026-06-01T10:00:00.000Z', restoredAt: new Date() });

  await start();

  assert.deepEqual([await isSignedIn(), await isLinkValid(token)], [false, false]);
  assert.match(announced.join('\n'), /everyone has to sign in again \(sessions ended: 1, one-time links ended: 1\)/);
  owner = school.browser();
  await owner.send('POST', '/api/session', { email: 'dana@school.example', password: ownerPassword });
  announced.length = 0;
  await start();
  assert.deepEqual([await isSignedIn(), announced], [true, []]);
});

test('a link created on the server after the restore keeps working', async () => {
  restoredMark.write(folder, { madeAt: '2026-06-01T10:00:00.000Z', restoredAt: new Date(Date.now() - 60_000) });
  const { token } = await school.ownerLink();
  await start();
  assert.equal(await isLinkValid(token), true);
});

test('in a folder that was not restored, everyone stays signed in', async () => {
  await start();
  assert.deepEqual([await isSignedIn(), announced], [true, []]);
});

test('a damaged mark does not prevent a start, and old sessions end', async () => {
  writeFileSync(join(folder, 'restored.json'), '{"version":');
  await start();
  assert.equal(await isSignedIn(), false);
  assert.equal(existsSync(join(folder, 'restored.json')), false);
});
