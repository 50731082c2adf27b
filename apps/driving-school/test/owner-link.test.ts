import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { skipWithoutPostgres, startPostgres } from '../server/platform/database/testing/postgres.ts';
import { copyDatabaseTemplate } from '../server/platform/database/testing/test-database.ts';
import { command, type Outcome } from './command.ts';
import { Program, signIn, signInAsOwner } from './program.ts';

const withoutDemo = { DEMO_DATA: 'no' };

/** Runs the command as `npm run owner-link` does. */
function ownerLink(environment: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Outcome> {
  return command('owner-link', words, environment);
}

function tokenIn(out: string): string {
  return /\/welcome#([\w-]{43})\n/.exec(out)?.[1] ?? assert.fail(`There is no link in:\n${out}`);
}

async function choosePassword(address: string, token: string, password: string): Promise<number> {
  const answer = await fetch(`${address}/api/welcome`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: address },
    body: JSON.stringify({ token, name: 'Olive Owner', email: 'olive@example.com', password }),
  });
  return answer.status;
}

test('a sole owner who forgot the password regains access, with the program running and stopped', async () => {
  await using program = await Program.start({ environment: withoutDemo });
  const owner = await signInAsOwner(program);
  const { address, dataDirectory } = program;

  const beside = await ownerLink({ DATA_DIR: dataDirectory }, '--url', `${address}/students`);
  assert.equal(beside.exitCode, 0, beside.err);
  assert.ok(beside.out.includes(`  ${address}/welcome#`), beside.out);
  assert.equal(await choosePassword(address, tokenIn(beside.out), 'the second passphrase'), 200);
  assert.equal((await owner.fetch('/api/session')).status, 401);
  const again = await signIn(address, 'olive@example.com', 'the second passphrase');
  const audit = (await (await again.fetch('/api/audit?action=owner_link.created')).json()) as { data: unknown[] };
  assert.equal(audit.data.length, 1);

  await program.stop();
  const stopped = await ownerLink({ DATA_DIR: dataDirectory, PORT: '4321' });
  assert.equal(stopped.exitCode, 0, stopped.err);
  assert.match(stopped.out, / {2}http:\/\/127\.0\.0\.1:4321\/welcome#/);
  await using restarted = await Program.start({ dataDirectory, environment: withoutDemo });
  assert.equal(await choosePassword(restarted.address, tokenIn(stopped.out), 'the third passphrase'), 200);
});

test('with DATABASE_URL the link is made in that database', { skip: skipWithoutPostgres() }, async () => {
  await using server = await startPostgres();
  const environment = { ...withoutDemo, DATABASE_URL: await server.createDatabase('school') };
  await using program = await Program.start({ environment });
  await signInAsOwner(program);

  const made = await ownerLink({ ...environment, HOST: 'school.example' }, '--email', 'olive@example.com');
  assert.equal(made.exitCode, 0, made.err);
  assert.match(made.out, /^A link for olive@example\.com\. [\s\S]* {2}http:\/\/school\.example:3000\/welcome#/);
  assert.equal(await choosePassword(program.address, tokenIn(made.out), 'the second passphrase'), 200);
});

test('a restart does not replace the first link, and says how to get another one', async () => {
  await using first = await Program.start({ environment: withoutDemo });
  const [, token = ''] = await first.line(/\/welcome#([\w-]{43})/);
  await first.stop();

  await using second = await Program.start({ dataDirectory: first.dataDirectory, environment: withoutDemo });
  await second.line(/npm run owner-link creates a new one/);
  assert.doesNotMatch(second.output, /\/welcome#/);
  assert.equal(await choosePassword(second.address, token, 'the first passphrase'), 200);
});

test('a data folder with a very long path works', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'long-'.repeat(25)));
  try {
    await copyDatabaseTemplate(folder);
    await using _ = await Program.start({ dataDirectory: folder, environment: withoutDemo });
    const made = await ownerLink({ DATA_DIR: folder });
    assert.equal(made.exitCode, 0, made.err);
    tokenIn(made.out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('--help explains the command, and each mistake is reported in one sentence', async () => {
  const help = await ownerLink({}, '--help');
  assert.equal(help.exitCode, 0);
  assert.match(help.out, /Usage: npm run owner-link/);

  const empty = join(tmpdir(), 'no-school-here');
  for (const [environment, words, pattern] of [
    [{ DATA_DIR: empty }, [], /^There is no database in .*no-school-here\. Set DATA_DIR or DATABASE_URL/],
    [{ DATA_DIR: empty }, ['--mail', 'x'], /^Unknown option '--mail'.*See --help\.$/s],
    [{ DATA_DIR: empty }, ['--url', 'school'], /^--url is "school"\. It must be an address such as https/],
    [{ PORT: 'eighty' }, [], /^PORT is "eighty"\./],
    [
      { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/school' },
      [],
      /^The database at DATABASE_URL does not respond\. Check that it is running/,
    ],
  ] as const) {
    const { exitCode, out, err } = await ownerLink(environment, ...words);
    assert.deepEqual([exitCode, out], [1, '']);
    assert.match(err.trim(), pattern);
    assert.doesNotMatch(err, / {4}at |secret/);
  }
});
