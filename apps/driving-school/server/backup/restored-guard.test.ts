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
let place: TestSchool;
let owner: Browser;
let said: string[];
before(async () => {
  database = await sharedDatabase();
});
after(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restored-'));
  place = await TestSchool.empty(database);
  owner = await place.owner();
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a start does before anybody can use the database. */
const start = () =>
  restoredGuard(guard, { directory: folder, announce: (text) => said.push(text) }).afterMigrations(database.kysely);

const opensDoor = async (token: string): Promise<boolean> =>
  (await place.browser().send('POST', '/api/welcome/check', { token })).status === 200;

/** As the owner's browser finds it at the restarted program, which remembers nothing. */
const isSignedIn = async (): Promise<boolean> => {
  const browser = place.restarted().browser();
  browser.cookie = owner.cookie;
  return (await browser.send('GET', '/api/session')).status === 200;
};

test('the first start after a restore ends sessions and links of the backup; the next ones end nothing', async () => {
  const { token } = await place.ownerLink();
  restoredMark.write(folder, { madeAt: '2026-06-01T10:00:00.000Z', restoredAt: new Date() });

  await start();

  assert.deepEqual([await isSignedIn(), await opensDoor(token)], [false, false]);
  assert.match(said.join('\n'), /everybody has to sign in again \(sessions ended: 1, one-time links ended: 1\)/);
  owner = place.browser();
  await owner.send('POST', '/api/session', { email: 'dana@school.example', password: ownerPassword });
  said.length = 0;
  await start();
  assert.deepEqual([await isSignedIn(), said], [true, []]);
});

test('a link that was made on the server after the restore keeps working', async () => {
  restoredMark.write(folder, { madeAt: '2026-06-01T10:00:00.000Z', restoredAt: new Date(Date.now() - 60_000) });
  const { token } = await place.ownerLink();
  await start();
  assert.equal(await opensDoor(token), true);
});

test('a folder that was not restored keeps everybody signed in', async () => {
  await start();
  assert.deepEqual([await isSignedIn(), said], [true, []]);
});

test('a damaged mark neither prevents a start nor keeps an old session', async () => {
  writeFileSync(join(folder, 'restored.json'), '{"version":');
  await start();
  assert.equal(await isSignedIn(), false);
  assert.equal(existsSync(join(folder, 'restored.json')), false);
});
