import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client as DatabaseClient } from 'pg';
import { skipWithoutPostgres, startPostgres, type TestPostgres } from '../server/platform/database/testing/postgres.ts';
import { copyDatabaseTemplate } from '../server/platform/database/testing/test-database.ts';
import { type Client, ownerPassword, Program, signIn, signInAsOwner } from './program.ts';

const licence = { legal_family_name: 'Tremblay', birth_date: '1990-04-12', licence_number: 'T1234-56789-00412' };
const withoutDemo = { DEMO_DATA: 'no' };
const appSecret = 'an application secret of more than 32 characters';
const otherSecret = 'another application secret with 32 characters';

/** Adds a student whose licence number is sealed. @returns the id */
async function addStudent(client: Client): Promise<string> {
  const answer = await client.post('/api/students', licence);
  assert.equal(answer.status, 201, await answer.clone().text());
  return ((await answer.json()) as { data: { id: string } }).data.id;
}

async function revealed(client: Client, studentId: string): Promise<unknown> {
  const answer = await client.post(`/api/students/${studentId}/licence-number/reveal`, {});
  assert.equal(answer.status, 200, await answer.clone().text());
  return ((await answer.json()) as { data: { licence_number: string } }).data.licence_number;
}

/** Starts the program with a secret that doesn't belong to the data. @returns what it printed for the user */
async function refusalOf(dataDirectory: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  await using program = await Program.launch({ dataDirectory, environment });
  // Also ends if the program becomes ready: a missing refusal must not hang the test.
  await program.line(/Ready:/).catch(() => undefined);
  assert.equal(program.exitCode, 1, program.output);
  const said = program.output
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .join('\n');
  assert.doesNotMatch(said, /\n\s+at /, 'no stack trace');
  assert.doesNotMatch(said, /\bdelete (it|the key)/i, 'the message does not suggest deleting the key');
  assert.doesNotMatch(said, /Ready:/);
  return said;
}

describe('a data folder with its own key', () => {
  let directory: string;
  let keyFile: string;
  let key: string;
  let studentId: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'keys-'));
    await copyDatabaseTemplate(directory);
    keyFile = join(directory, 'secret.key');
    await using program = await Program.start({ dataDirectory: directory, environment: withoutDemo });
    studentId = await addStudent(await signInAsOwner(program));
    await program.stop();
    key = await readFile(keyFile, 'utf8');
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const damages: Readonly<Record<string, () => Promise<void>>> = {
    damaged: () => writeFile(keyFile, key.slice(0, 20)),
    'with one changed character': () =>
      writeFile(
        keyFile,
        key.replace(/./, (first) => (first === 'A' ? 'B' : 'A')),
      ),
    emptied: () => writeFile(keyFile, ''),
    deleted: () => rm(keyFile),
    replaced: () => writeFile(keyFile, `${Buffer.alloc(32, 7).toString('base64')}\n`),
  };
  for (const [what, damage] of Object.entries(damages)) {
    test(`does not start with a key file that is ${what}, and starts when the file is back`, async () => {
      await damage();
      const said = await refusalOf(directory);
      assert.match(said, /secret\.key/);
      assert.match(said, /key-restore/);
      await writeFile(keyFile, key);
    });
  }

  test('does not start with APP_SECRET, and says which of the two is right', async () => {
    const said = await refusalOf(directory, { APP_SECRET: appSecret });
    assert.match(said, /APP_SECRET/);
    assert.match(said, /secret\.key/);
  });

  test('still has all data after the failed starts', async () => {
    await using program = await Program.start({ dataDirectory: directory, environment: withoutDemo });
    const client = await signIn(program.address, 'olive@example.com', ownerPassword);
    assert.equal(await revealed(client, studentId), licence.licence_number);
    const twice = await client.post('/api/students', { ...licence, legal_family_name: 'Again' });
    assert.equal(twice.status, 409);
  });
});

test('a data folder that was made with APP_SECRET needs the same one, and says so', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'keys-'));
  try {
    await copyDatabaseTemplate(directory);
    const first = await Program.start({
      dataDirectory: directory,
      environment: { ...withoutDemo, APP_SECRET: appSecret },
    });
    const studentId = await addStudent(await signInAsOwner(first));
    await first.stop();

    assert.match(await refusalOf(directory, { APP_SECRET: otherSecret }), /APP_SECRET/);
    assert.match(await refusalOf(directory), /APP_SECRET/);

    await using again = await Program.start({
      dataDirectory: directory,
      environment: { ...withoutDemo, APP_SECRET: appSecret },
    });
    const client = await signIn(again.address, 'olive@example.com', ownerPassword);
    assert.equal(await revealed(client, studentId), licence.licence_number);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

describe('two instances on one PostgreSQL', { skip: skipWithoutPostgres() }, () => {
  let postgres: TestPostgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres?.[Symbol.asyncDispose]());

  test('must share a secret: otherwise the second one doesn’t start, and writes nothing', async () => {
    const url = await postgres.createDatabase('shared');
    const environment = { ...withoutDemo, DATABASE_URL: url, APP_SECRET: appSecret };
    await using first = await Program.start({ environment });
    const studentId = await addStudent(await signInAsOwner(first));
    const rowsBefore = await rowCounts(url);

    const folder = await mkdtemp(join(tmpdir(), 'keys-'));
    const ownKey = await mkdtemp(join(tmpdir(), 'keys-'));
    try {
      assert.match(await refusalOf(folder, { ...environment, APP_SECRET: otherSecret }), /APP_SECRET/);
      assert.match(await refusalOf(ownKey, { DATABASE_URL: url }), /APP_SECRET/);
      assert.deepEqual(await rowCounts(url), rowsBefore);

      await using second = await Program.start({ dataDirectory: folder, environment });
      const client = await signIn(second.address, 'olive@example.com', ownerPassword);
      assert.equal(await revealed(client, studentId), licence.licence_number);
    } finally {
      await rm(folder, { recursive: true, force: true });
      await rm(ownKey, { recursive: true, force: true });
    }
  });
});

/** Rows of each table, to see that nothing was written. */
async function rowCounts(url: string): Promise<Record<string, number>> {
  const client = new DatabaseClient({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    );
    const counts: Record<string, number> = {};
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM "${name}"`);
      counts[name] = Number(rows[0]?.count);
    }
    return counts;
  } finally {
    await client.end();
  }
}
