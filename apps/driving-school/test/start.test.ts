import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { isAlive } from '../server/platform/database/testing/is-alive.ts';
import { databasePid, Program, signIn, signInAsOwner, ownerPassword, until } from './program.ts';

const environment = { DEMO_DATA: 'no' };

test('first start: data survive a restart, Ctrl-C ends everything, and no process is left behind', async () => {
  await using first = await Program.start({ fresh: true, environment });
  const client = await signInAsOwner(first);
  const created = await client.post('/api/students', { legal_family_name: 'Okafor', birth_date: '2008-05-17' });
  assert.equal(created.status, 201, await created.clone().text());
  const { id } = ((await created.json()) as { data: { id: string } }).data;
  const database = await databasePid(client);

  assert.equal(await first.stop(), 0);
  await until('the database process is gone', () => !isAlive(database));
  await using second = await Program.start({ dataDirectory: first.dataDirectory, environment });
  const again = await signIn(second.address, 'olive@example.com', ownerPassword);

  assert.equal((await again.fetch(`/api/students/${id}`)).status, 200);
  assert.equal((await fetch(`${second.address}/api/students/${id}`)).status, 401);
});

test('when the program is killed, its database process ends, too', async () => {
  await using program = await Program.start({ environment });
  const database = await databasePid(await signInAsOwner(program));

  program.kill('SIGKILL');
  await program.ended();

  await until('the database process is gone', () => !isAlive(database));
});

test('a second start on the same data folder exits with one sentence', async () => {
  await using first = await Program.start({ environment });
  const second = await Program.launch({ dataDirectory: first.dataDirectory, environment });

  assert.ok((await second.ended()) !== 0);

  assert.match(second.output, new RegExp(first.dataDirectory));
  assert.equal(
    second.output
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('{')).length <= 2,
    true,
    second.output,
  );
  assert.doesNotMatch(second.output, / {4}at /, 'no stack trace');
  assert.ok((await fetch(`${first.address}/healthz`)).ok, 'the first goes on');
});

test('a port in use is reported in one sentence, and no process is left behind', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => void server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await using program = await Program.launch({ environment: { ...environment, PORT: String(port) } });

  assert.ok((await program.ended()) !== 0);
  server.close();

  assert.match(program.output, new RegExp(`${port}`));
  assert.doesNotMatch(program.output, / {4}at /, 'no stack trace');
  assert.equal(processesWith(program.dataDirectory), '');
});

test('all invalid environment variables are reported at once', async () => {
  await using program = await Program.launch({ environment: { PORT: 'eighty', LOG_LEVEL: 'loud' } });

  assert.ok((await program.ended()) !== 0);

  assert.match(program.output, /PORT/);
  assert.match(program.output, /LOG_LEVEL/);
});

function processesWith(text: string): string {
  const all = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  return all
    .split('\n')
    .filter((line) => line.includes(text))
    .join('\n');
}

test('M1.6: after SIGTERM it is not ready but goes on serving; a second signal ends it at once', async () => {
  await using program = await Program.start({ environment: { ...environment, DRAIN_SECONDS: '300' } });
  const readiness = (): Promise<Response> => fetch(`${program.address}/readyz`);
  assert.equal((await readiness()).status, 200);

  program.kill('SIGTERM');
  await until('it is not ready', async () => (await readiness()).status === 503);
  const answer = await fetch(`${program.address}/sign-in`);
  assert.deepEqual([answer.status, answer.headers.get('connection')], [200, 'close']);
  assert.match(await (await readiness()).text(), /stopping/);

  await until('a second signal has ended it', () => {
    // One within half a second of the first counts as the same.
    program.kill('SIGTERM');
    return program.exitCode !== null;
  });
  assert.equal(program.exitCode, 1);
});

test('M1.6: it ends after DRAIN_SECONDS, and at once after Ctrl-C', async () => {
  await using program = await Program.start({ environment: { ...environment, DRAIN_SECONDS: '1' } });
  program.kill('SIGTERM');
  assert.equal(await program.ended(), 0, program.output);
  assert.match(program.output, /answered for 1 s/);

  await using other = await Program.start({ environment: { ...environment, DRAIN_SECONDS: '300' } });
  assert.equal(await other.stop(), 0);
});
