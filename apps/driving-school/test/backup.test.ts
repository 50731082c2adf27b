import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AuditPage } from '../contract/audit.ts';
import { Authenticator } from '../server/platform/auth/testing/authenticator.ts';
import { tryLock } from '../server/platform/database/file-lock.ts';
import { skipWithoutPostgres, startPostgres } from '../server/platform/database/testing/postgres.ts';
import { systemWallClock } from '../server/platform/wall-clock.ts';
import { studentsByName } from './campaign.ts';
import { command, succeed } from './command.ts';
import { processTree } from './cuttable-disk.ts';
import { Client, databasePid, ownerPassword, Program, signIn, signInAsOwner, until } from './program.ts';

const email = 'olive@example.com';

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'backup-test-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Creates twenty students a second until it is stopped, and measures the slowest response. */
class Writing {
  readonly acknowledged: string[] = [];
  longestMs = 0;
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(client: Client) {
    this.#ended = this.#write(client);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #write(client: Client): Promise<void> {
    const underWay: Promise<void>[] = [];
    for (let number = 0; !this.#stopped; number += 1) {
      underWay.push(this.#writeOne(client, `Backup${String(number).padStart(5, '0')}`));
      await sleep(50);
    }
    await Promise.all(underWay);
  }

  async #writeOne(client: Client, name: string): Promise<void> {
    const startedAt = performance.now();
    const response = await client
      .post('/api/students', { legal_given_names: null, legal_family_name: name, birth_date: '2008-05-17' })
      .catch(() => undefined);
    this.longestMs = Math.max(this.longestMs, performance.now() - startedAt);
    if (response?.status === 201) this.acknowledged.push(name);
  }
}

/**
 * A backup under 20 writes a second, the end of everything by kill -9, a restore elsewhere: what was acknowledged before
 * the backup is there once, a licence number can be read, and the console's audit log holds.
 */
async function backUpAndRestore(context: TestContext, place: { DATABASE_URL?: string }, empty: typeof place) {
  const environment = { DEMO_DATA: 'no', LOG_LEVEL: 'warn' };
  const file = join(folder, 'school.tar.gz');
  await using program = await Program.start({ environment: { ...environment, ...place } });
  const client = await signInAsOwner(program);
  const sealed = await createWithLicence(client);
  const app = await setUpSecondFactor(client);
  const link = await invite(client);
  await lookAtDatabase(client);
  const writing = new Writing(client);
  await until('30 students are written', () => writing.acknowledged.length >= 30);
  const before = [...writing.acknowledged];
  const output = await succeed('backup', ['--to', file], { DATA_DIR: program.dataDirectory, ...place });
  await writing.stop();
  for (const pid of processTree(program.pid)) process.kill(pid, 'SIGKILL');
  await program.ended();

  const elsewhere = join(folder, 'elsewhere');
  await succeed('restore', ['--from', file], { DATA_DIR: elsewhere, ...empty });
  await using restored = await Program.start({
    dataDirectory: elsewhere,
    environment: { ...environment, ...empty },
  });
  const again = await signInWithCode(restored.address, app);
  const found = await studentsByName(again, 'Backup');
  const missing = before.filter((name) => found.get(name)?.length !== 1);
  const doubled = [...found].filter(([, ids]) => ids.length > 1);
  context.diagnostic(
    `${before.length} before, ${writing.acknowledged.length} at the end, ${found.size} restored, ` +
      `longest answer ${Math.round(writing.longestMs)} ms; ${/paused for.*/.exec(output)?.[0] ?? ''}`,
  );
  assert.deepEqual(missing, []);
  assert.deepEqual(doubled, []);
  const revealed = await again.post(`/api/students/${sealed}/licence-number/reveal`, {});
  assert.deepEqual(await revealed.json(), { data: { licence_number: 'F0000-88880-80309' } });
  await requireWholeAuditLog(again);
  // Sessions and links of the backup have ended, and the audit log shows why.
  assert.equal((await new Client(restored.address, client.cookie).fetch('/api/session')).status, 401);
  assert.equal((await again.post('/api/welcome/check', { token: link })).status, 404);
  const { data } = (await (await again.fetch('/api/audit?action=backup.restored')).json()) as AuditPage;
  assert.deepEqual(
    data.map(({ detail: { sessions_ended, links_ended } }) => ({ sessions_ended, links_ended })),
    [{ sessions_ended: 1, links_ended: 1 }],
  );
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(`${file}.secret`).mode & 0o777, 0o600);
  assert.doesNotMatch(output, /secret is APP_SECRET/);
}

/** An order at the console, which its audit log records. */
async function lookAtDatabase(client: Client): Promise<void> {
  const order = { action: 'check', reason: 'before the backup' };
  const answer = await client.post('/admin/api/v1/services/database/actions', order);
  assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
}

/** The console's audit log is there, and its chain holds. */
async function requireWholeAuditLog(client: Client): Promise<void> {
  const verified = (await (await client.fetch('/admin/api/v1/audit/verify')).json()) as Record<string, unknown>;
  assert.equal(verified['valid'], true, JSON.stringify(verified));
  assert.ok(Number(verified['records']) > 0, JSON.stringify(verified));
}

async function setUpSecondFactor(client: Client): Promise<Authenticator> {
  const begun = await client.post('/api/account/second-factor/secret', {});
  assert.equal(begun.status, 200, await begun.clone().text());
  const app = new Authenticator(((await begun.json()) as { uri: string }).uri, systemWallClock);
  // The secret waits in the cookie for its first code.
  const cookie = begun.headers.getSetCookie().map((each) => each.split(';', 1)[0])[0] ?? '';
  const enabled = await client.send('PUT', '/api/account/second-factor', { code: app.code() }, { cookie });
  assert.equal(enabled.status, 200, await enabled.clone().text());
  return app;
}

/** @returns the token of an unused one-time link */
async function invite(client: Client): Promise<string> {
  const answer = await client.post('/api/users', { name: 'Sam Stone', email: 'sam@example.com', role: 'office' });
  assert.equal(answer.status, 201, await answer.clone().text());
  const { link } = (await answer.json()) as { link: { url: string } };
  return link.url.split('#')[1] ?? '';
}

async function signInWithCode(address: string, app: Authenticator): Promise<Client> {
  const begun = await signIn(address, email, ownerPassword);
  // The code of the moment may have been used at the set-up; the next one is accepted early.
  const finished = await begun.post('/api/session/code', { code: app.code(1) });
  assert.equal(finished.status, 200, await finished.clone().text());
  const cookies = finished.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
  return new Client(address, cookies.find((cookie) => cookie.includes('school_session=')) ?? '');
}

async function createWithLicence(client: Client): Promise<string> {
  const response = await client.post('/api/students', {
    legal_given_names: 'Ada',
    legal_family_name: 'Fenwick',
    birth_date: '2008-03-09',
    licence_number: 'F0000-88880-80309',
  });
  assert.equal(response.status, 201, await response.clone().text());
  return ((await response.json()) as { data: { id: string } }).data.id;
}

test('embedded: a backup under 20 writes a second is complete after kill -9 and a restore elsewhere', async (context) => {
  await backUpAndRestore(context, {}, {});
});

describe('with a PostgreSQL server', { skip: skipWithoutPostgres() }, () => {
  test('a backup under 20 writes a second is complete after kill -9 and a restore into an empty database', async (context) => {
    await using postgres = await startPostgres();
    const place = { DATABASE_URL: await postgres.createDatabase('school') };
    await backUpAndRestore(context, place, { DATABASE_URL: await postgres.createDatabase('empty') });
  });

  test('a data folder whose secret the database no longer has is not backed up', async () => {
    await using postgres = await startPostgres();
    const place = {
      DATABASE_URL: await postgres.createDatabase('school'),
      APP_SECRET: 'an application secret of more than 32 characters',
    };
    await using program = await Program.start({ environment: { ...place, DEMO_DATA: 'no', LOG_LEVEL: 'warn' } });
    await program.stop();
    const other = { ...place, DATA_DIR: join(folder, 'other-instance') };
    await succeed('key-rotate', [], { ...other, NEW_APP_SECRET: 'another application secret with 32 characters' });
    const file = join(folder, 'school.tar.gz');

    const { exitCode, err } = await command('backup', ['--to', file], { ...place, DATA_DIR: program.dataDirectory });

    assert.equal(exitCode, 1, err);
    assert.match(err, /The database does not belong to the secret in APP_SECRET/);
    assert.deepEqual([existsSync(file), existsSync(`${file}.secret`)], [false, false]);
  });

  test('a restore into a database that is not empty is refused, and changes nothing', async () => {
    await using postgres = await startPostgres();
    const DATABASE_URL = await postgres.createDatabase('school');
    await using program = await Program.start({ environment: { DATABASE_URL, DEMO_DATA: 'no', LOG_LEVEL: 'warn' } });
    const file = join(folder, 'school.tar.gz');
    await succeed('backup', ['--to', file], { DATA_DIR: program.dataDirectory, DATABASE_URL });
    const elsewhere = join(folder, 'elsewhere');

    const { exitCode, err } = await command('restore', ['--from', file], { DATA_DIR: elsewhere, DATABASE_URL });

    assert.equal(exitCode, 1);
    assert.match(err, /DATABASE_URL is not empty, and a restore never overwrites data/);
    assert.equal(existsSync(elsewhere), false);
  });
});

test('an interrupted key rotation is not backed up; once it is settled, the backup restores with the new secret', async () => {
  const appSecret = 'an application secret of more than 32 characters';
  await using program = await Program.start({ environment: { DEMO_DATA: 'no', LOG_LEVEL: 'warn' } });
  const client = await signInAsOwner(program);
  const sealed = await createWithLicence(client);
  await lookAtDatabase(client);
  await program.stop();
  const { dataDirectory } = program;
  await rotateAndDie('database', dataDirectory);
  const file = join(folder, 'school.tar.gz');

  const refused = await command('backup', ['--to', file], { DATA_DIR: dataDirectory });
  assert.equal(refused.exitCode, 1, refused.err);
  assert.match(refused.err, /A key rotation was interrupted in this data folder/);
  assert.equal(existsSync(file), false);

  await succeed('key-rotate', [], { DATA_DIR: dataDirectory, NEW_APP_SECRET: appSecret });
  await succeed('backup', ['--to', file], { DATA_DIR: dataDirectory, APP_SECRET: appSecret });
  assert.equal(existsSync(`${file}.secret`), false);
  const elsewhere = join(folder, 'elsewhere');
  const former = await command('restore', ['--from', file, '--secret', await formerKey(dataDirectory)], {
    DATA_DIR: elsewhere,
  });
  assert.match(former.err, /does not belong to this backup/);
  assert.equal(existsSync(elsewhere), false);
  await succeed('restore', ['--from', file], { DATA_DIR: elsewhere, APP_SECRET: appSecret });
  const forgotten = await Program.launch({ dataDirectory: elsewhere });
  assert.equal(await forgotten.ended(), 1);
  assert.match(forgotten.output, /is used with APP_SECRET, which isn't set now/);

  await using restored = await Program.start({ dataDirectory: elsewhere, environment: { APP_SECRET: appSecret } });
  const again = await signIn(restored.address, email, ownerPassword);
  const revealed = await again.post(`/api/students/${sealed}/licence-number/reveal`, {});
  assert.deepEqual(await revealed.json(), { data: { licence_number: 'F0000-88880-80309' } });
  await requireWholeAuditLog(again);
});

/** Rotates the key of a data folder, and is killed after a step. */
async function rotateAndDie(step: string, dataDirectory: string): Promise<void> {
  const script = fileURLToPath(new URL('../server/platform/keys/testing/rotate-and-die.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', script, step, dataDirectory], {
    stdio: 'ignore',
  });
  await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL');
}

async function formerKey(dataDirectory: string): Promise<string> {
  const name = (await readdir(dataDirectory)).find((each) => each.startsWith('secret.key.retired-'));
  assert.ok(name !== undefined, 'the former key is kept');
  return join(dataDirectory, name);
}

test('a stopped program can be backed up, and an invalid restore is refused before anything is written', async () => {
  await using program = await Program.start({ environment: { DEMO_DATA: 'no', LOG_LEVEL: 'warn' } });
  const client = await signInAsOwner(program);
  const sealed = await createWithLicence(client);
  const database = await databasePid(client);
  // Without a clean shutdown, the write-ahead log must be in the backup, too.
  for (const pid of processTree(program.pid)) process.kill(pid, 'SIGKILL');
  await program.ended();
  await until('the database process is gone', () => !existsSync(`/proc/${database}`));
  const file = join(folder, 'school.tar.gz');
  const output = await succeed('backup', ['--to', file], { DATA_DIR: program.dataDirectory });
  assert.match(output, /The program is stopped/);
  const elsewhere = join(folder, 'elsewhere');
  const refused = async (from: string, options: readonly string[], reason: RegExp, environment = {}): Promise<void> => {
    const answer = await command('restore', ['--from', from, ...options], { DATA_DIR: elsewhere, ...environment });
    assert.equal(answer.exitCode, 1, answer.out);
    assert.match(answer.err, reason);
    assert.equal(existsSync(elsewhere), false);
  };

  // Damage anywhere: in the list of contents, in the middle, at the end, or a byte too few.
  const bytes = readFileSync(file);
  for (const at of [40, Math.floor(bytes.length / 2), bytes.length - 100]) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    writeFileSync(join(folder, 'damaged.tar.gz'), damaged);
    await refused(
      join(folder, 'damaged.tar.gz'),
      ['--secret', `${file}.secret`],
      /cannot be used.*Nothing was written/,
    );
  }
  writeFileSync(join(folder, 'short.tar.gz'), bytes.subarray(0, bytes.length - 1_000));
  await refused(join(folder, 'short.tar.gz'), ['--secret', `${file}.secret`], /cannot be used.*Nothing was written/);

  copyFileSync(file, join(folder, 'moved.tar.gz'));
  await refused(join(folder, 'moved.tar.gz'), [], /secret of the backup cannot be read.*--secret/);
  await refused(file, [], /does not belong to this backup/, { APP_SECRET: 'another secret of at least 32 bytes' });
  await refused(file, [], /Unset DATABASE_URL/, { DATABASE_URL: 'postgres://nobody@localhost:1/none' });

  await succeed('restore', ['--from', file], { DATA_DIR: elsewhere });
  const second = await command('restore', ['--from', file], { DATA_DIR: elsewhere });
  assert.match(second.err, /is not empty, and a restore never overwrites data/);
  await using restored = await Program.start({ dataDirectory: elsewhere, environment: { DEMO_DATA: 'no' } });
  const again = await signIn(restored.address, email, ownerPassword);
  assert.equal((await again.fetch(`/api/students/${sealed}`)).status, 200);
});

test('a backup never overwrites a file, and its routes accept only the operator token', async () => {
  await using program = await Program.start({ environment: { DEMO_DATA: 'no', LOG_LEVEL: 'warn' } });
  const client = await signInAsOwner(program);
  const file = join(folder, 'school.tar.gz');
  writeFileSync(file, 'precious');

  const { exitCode, err } = await command('backup', ['--to', file], { DATA_DIR: program.dataDirectory });

  assert.equal(exitCode, 1);
  assert.match(err, /already exists, and a backup never overwrites a file/);
  assert.equal(readFileSync(file, 'utf8'), 'precious');
  assert.equal((await client.post('/api/backups', {})).status, 401);
  assert.equal((await client.fetch('/api/backups/1')).status, 401);
});

test('a second backup at the same time is refused, and the next start removes leftovers of a broken one', async () => {
  await using first = await Program.start({ environment: { DEMO_DATA: 'no', LOG_LEVEL: 'warn' } });
  const DATA_DIR = first.dataDirectory;
  const lock = tryLock(join(DATA_DIR, 'backup.lock'));
  const { exitCode, err } = await command('backup', ['--to', join(folder, 'second.tar.gz')], { DATA_DIR });
  lock?.release();
  assert.equal(exitCode, 1);
  assert.match(err, /Another backup is running/);
  await first.stop();

  mkdirSync(join(DATA_DIR, 'backup-left', 'postgres'), { recursive: true });
  await using second = await Program.start({ dataDirectory: DATA_DIR, environment: { DEMO_DATA: 'no' } });
  assert.equal(existsSync(join(second.dataDirectory, 'backup-left')), false);
});
