import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createConsole, type Console } from '@dualbrake/console';
import { Registry } from 'dualbrake';
import { sql } from 'kysely';
import type { AuditPage } from '../../../contract/audit.ts';
import { consoleAuditKey } from '../../console/school-console.ts';
import { LicenceCipher } from '../../students/licence-cipher.ts';
import { AuditLog } from '../audit/audit.ts';
import { TotpCipher } from '../auth/totp-cipher.ts';
import type { ApplicationDatabase } from '../database/database.ts';
import { skipWithoutPostgres, startPostgres } from '../database/testing/postgres.ts';
import { copyDatabaseTemplate, testDatabase } from '../database/testing/test-database.ts';
import { Idempotency } from '../idempotency.ts';
import { loadSecrets, type LoadedSecrets, type Secrets, secretsOf } from '../secrets.ts';
import { installationGuard } from './installation.ts';
import { rotateKey, type RotationStep, settleRotation } from './rotation.ts';
import { rotationTarget } from './testing/rotation-target.ts';

const numbers = ['T1234-56789-00412', 'R9876-54321-51231', 'S1111-22222-33333'];
const studentId = (index: number): string => `01900000-0000-7000-8000-00000000000${index}`;
const totpSecret = Buffer.from('the secret of an app');
const appSecret = 'an application secret of more than 32 characters';
const newAppSecret = 'a newer application secret with 32 characters';

/** A folder with three licence numbers, an authenticator secret, a repeated request and a console with an audit log. */
let original: string;
before(async () => {
  original = mkdtempSync(join(tmpdir(), 'rotation-'));
  await copyDatabaseTemplate(original);
  await fill(original);
});
after(() => rmSync(original, { recursive: true, force: true }));

async function withDatabase<T>(
  directory: string,
  secrets: LoadedSecrets,
  work: (database: ApplicationDatabase) => Promise<T>,
  url?: string,
): Promise<T> {
  const target = rotationTarget(directory, url);
  const database = target.openDatabase(installationGuard({ secrets, directory, sealedData: target.sealedData }));
  try {
    await database.start();
    return await work(database);
  } finally {
    await database.stop();
  }
}

async function fill(directory: string, secret?: string, url?: string): Promise<void> {
  const secrets = loadSecrets(directory, secret);
  await withDatabase(
    directory,
    secrets,
    async ({ kysely }) => {
      const { rows } = await sql<{ id: string; school_id: string }>`SELECT id, school_id FROM people`.execute(kysely);
      const { id: actorId, school_id: schoolId } = rows[0] ?? assert.fail('there is an owner');
      const cipher = new LicenceCipher(secrets);
      for (const [index, number] of numbers.entries()) {
        await sql`
          INSERT INTO students (id, school_id, legal_family_name, birth_date, sort_name, search_words,
            licence_number_sealed, licence_number_digest, licence_number_masked)
          VALUES (${studentId(index)}, ${schoolId}, 'Roy', '1990-01-01', 'roy', '',
            ${cipher.seal(number, { schoolId, studentId: studentId(index) })}, ${cipher.digest(number, schoolId)},
            'T1234-*****-*****')`.execute(kysely);
      }
      await sql`
        INSERT INTO second_factors (user_id, secret_sealed, last_step, recovery_salt, enabled_at)
        VALUES (${actorId}, ${new TotpCipher(secrets).seal(totpSecret, actorId)}, 1, ${Buffer.alloc(16)}, now())
      `.execute(kysely);
      await keyedRequest(kysely, secrets, { schoolId, actorId });
    },
    url,
  );
  const console = consoleOf(directory, secrets);
  await act(console);
  console.close();
}

async function keyedRequest(
  database: ApplicationDatabase['kysely'],
  secrets: Secrets,
  { schoolId, actorId }: { schoolId: string; actorId: string },
): Promise<boolean> {
  const request = { schoolId, actorId, key: 'k-1', operation: 'POST /api/students', request: { a: 1 } };
  const done = await database
    .transaction()
    .execute((transaction) => new Idempotency(secrets).once(transaction, request, async () => ({ id: 'once' })));
  return done.repeated;
}

function consoleOf(directory: string, secrets: Secrets): Console {
  return createConsole({
    registry: new Registry(),
    authenticate: () => ({ id: 'u-1', name: 'Ana', role: 'admin', authentication: 'bearer' }),
    store: {
      path: join(directory, 'console.sqlite'),
      auditKey: secrets.derive(consoleAuditKey.purpose).toString('base64url'),
    },
    allowedHosts: 'any',
  });
}

const api = 'http://localhost/admin/api/v1';

async function act(console: Console): Promise<void> {
  const answer = await console(new Request(`${api}/audit/export?format=ndjson`));
  assert.equal(answer.status, 200);
  await answer.text();
}

async function chainOf(directory: string, secrets: Secrets): Promise<{ valid: boolean; records: number }> {
  const console = consoleOf(directory, secrets);
  try {
    const answer = await console(new Request(`${api}/audit/verify`));
    return (await answer.json()) as { valid: boolean; records: number };
  } finally {
    console.close();
  }
}

function copyOf(directory: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'rotation-'));
  cpSync(directory, copy, { recursive: true });
  return copy;
}

/** Asserts that the secret decrypts all data. */
async function assertWhole(directory: string, secrets: LoadedSecrets, url?: string): Promise<AuditPage> {
  const page = await withDatabase(
    directory,
    secrets,
    async ({ kysely }) => {
      const cipher = new LicenceCipher(secrets);
      const { rows } = await sql<{ id: string; school_id: string; sealed: Buffer; digest: Buffer; version: number }>`
        SELECT id, school_id, licence_number_sealed AS sealed, licence_number_digest AS digest, version
        FROM students ORDER BY id`.execute(kysely);
      const opened = rows.map((row) => cipher.open(row.sealed, { schoolId: row.school_id, studentId: row.id }));
      assert.deepEqual(opened, numbers);
      for (const [index, row] of rows.entries()) {
        assert.deepEqual(row.digest, cipher.digest(numbers[index] ?? '', row.school_id), 'numbers stay unique');
        assert.equal(row.version, 1, 'a rotation changes no student');
      }
      const people = await sql<{ id: string; school_id: string }>`SELECT id, school_id FROM people`.execute(kysely);
      const { id: actorId, school_id: schoolId } = people.rows[0] ?? assert.fail();
      const factors = await sql<{ sealed: Buffer }>`SELECT secret_sealed AS sealed FROM second_factors`.execute(kysely);
      assert.deepEqual(
        factors.rows.map(({ sealed }) => new TotpCipher(secrets).open(sealed, actorId)),
        [totpSecret],
      );
      assert.equal(
        await keyedRequest(kysely, secrets, { schoolId, actorId }),
        true,
        'a repeated request is recognized',
      );
      return AuditLog.list(kysely, schoolId, { limit: 10 });
    },
    url,
  );
  const { valid, records } = await chainOf(directory, secrets);
  assert.equal(valid, true, 'the audit log of the console verifies');
  assert.ok(records > 0);
  return page;
}

test('a rotation re-encrypts all data, changes nothing else, and is in both audit logs', async () => {
  const directory = copyOf(original);
  try {
    const from = loadSecrets(directory);
    const report = await rotateKey(rotationTarget(directory), from, { source: 'secret.key' });
    assert.deepEqual(report.resealed, {
      'licence numbers': 3,
      'authenticator secrets': 1,
      'answers to repeated requests': 1,
    });
    assert.equal(report.formerKeyFile !== undefined && existsSync(report.formerKeyFile), true);
    const to = loadSecrets(directory);
    assert.notDeepEqual(to.derive('session-cookie'), from.derive('session-cookie'), 'sessions end');

    const { data } = await assertWhole(directory, to);
    assert.deepEqual(
      data.map(({ action, actor, detail }) => [action, actor, detail]),
      [['keys.rotated', null, { licence_numbers: 3, authenticator_secrets: 1, answers_to_repeated_requests: 1 }]],
    );
    const lines = new DatabaseSync(join(directory, 'console.sqlite')).prepare('select record from audit').all();
    assert.ok(lines.some((line) => String(line['record']).includes('audit.rekeyed')));

    await rotateKey(rotationTarget(directory), to, { source: 'secret.key' });
    await assertWhole(directory, loadSecrets(directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

const steps: readonly RotationStep[] = ['new-key', 'plan', 'database', 'folder-keys', 'check', 'former-key', 'key'];

for (const [index, step] of steps.entries()) {
  test(`kill -9 after the step ${step} leaves a folder that starts with the ${index < 2 ? 'former' : 'new'} key`, async () => {
    const directory = copyOf(original);
    try {
      const former = readFileSync(join(directory, 'secret.key'), 'utf8');
      const child = spawn(
        process.execPath,
        ['--conditions=source', '--import', 'tsx', pathOf('testing/rotate-and-die.ts'), step, directory],
        { stdio: ['ignore', 'inherit', 'inherit'] },
      );
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      assert.equal(signal, 'SIGKILL');

      // Started once for all that follows, because each start takes a second.
      await using database = await testDatabase({ dataDirectory: directory });
      const url = `postgres://postgres@localhost/postgres?host=${encodeURIComponent(join(database.dataDirectory, 'run'))}`;
      const target = rotationTarget(directory, url);
      const said = await settleRotation(target, undefined);
      const present = readFileSync(join(directory, 'secret.key'), 'utf8');
      assert.equal(present === former, index < 2);
      assert.equal(said === undefined, step === 'new-key');
      await assertWhole(directory, loadSecrets(directory), url);
      const left = readdirSync(directory).filter((name) => /next|rotation/.test(name));
      assert.deepEqual(left, [], 'no file of the rotation is left');
      assert.equal(await settleRotation(target, undefined), undefined);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
}

test('a rotation with another key than that of the data changes nothing', async () => {
  const directory = copyOf(original);
  try {
    const wrong: LoadedSecrets = { ...secretsOf(Buffer.alloc(32, 9)), source: 'secret.key' };
    await assert.rejects(rotateKey(rotationTarget(directory), wrong, { source: 'secret.key' }), {
      code: 'SECRET_REFUSED',
    });
    assert.equal(await settleRotation(rotationTarget(directory), undefined), undefined);
    await assertWhole(directory, loadSecrets(directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

describe('with PostgreSQL and APP_SECRET', { skip: skipWithoutPostgres() }, () => {
  test('each instance is rotated, the database once, and the next start completes an interrupted rotation', async () => {
    await using postgres = await startPostgres();
    const { url } = postgres;
    const [first, second] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'rotation-'))) as [string, string];
    try {
      await fill(first, appSecret, url);
      const secrets = loadSecrets(second, appSecret);
      await withDatabase(second, secrets, async () => undefined, url);
      const console = consoleOf(second, secrets);
      await act(console);
      console.close();

      const target = { source: 'APP_SECRET', secret: newAppSecret } as const;
      const report = await rotateKey(rotationTarget(first, url), loadSecrets(first, appSecret), target);
      assert.equal(report.resealed['licence numbers'], 3);
      await assertWhole(first, loadSecrets(first, newAppSecret), url);

      assert.throws(() => loadSecrets(second, newAppSecret), { code: 'SECRET_REFUSED' });
      const cut = new Error('cut off');
      const interrupted = rotateKey(rotationTarget(second, url), loadSecrets(second, appSecret), target, (step) => {
        if (step === 'database') throw cut;
      });
      await assert.rejects(interrupted, cut);
      await assert.rejects(settleRotation(rotationTarget(second, url), appSecret), {
        code: 'SECRET_REFUSED',
        message: /Set APP_SECRET to the new secret/,
      });
      assert.match((await settleRotation(rotationTarget(second, url), newAppSecret)) ?? '', /rotation was completed/);
      await assertWhole(second, loadSecrets(second, newAppSecret), url);
    } finally {
      for (const directory of [first, second]) rmSync(directory, { recursive: true, force: true });
    }
  });
});

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
