import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { toNodeHandler, type ConsoleUser } from '../src/index.ts';
import { consoleKit, type ConsoleKit } from '../src/testing/console-kit.ts';

const main = join(import.meta.dirname, '../../dualbrake/src/cli/main.ts');
const token = 'the-token-of-the-operator';
const operator: ConsoleUser = { id: 'token', name: 'command line', role: 'operator', authentication: 'bearer' };

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Setup {
  readonly kit: ConsoleKit;
  /** Starts the client in a process of its own, as from a terminal. */
  start(...args: string[]): ChildProcess;
  run(...args: string[]): Promise<Ended>;
}

/** A console behind a real socket, with token authentication. */
async function setUp(context: TestContext): Promise<Setup> {
  const kit = consoleKit({
    authenticate: (request) => (request.headers.get('authorization') === `Bearer ${token}` ? operator : undefined),
    // Ends of overrides are instants, which the client compares with its own clock.
    wallClock: Date.now,
  });
  const server = createServer(toNodeHandler(kit.console)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    kit.console.close();
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin`;
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, ['--conditions=source', '--import', 'tsx', main, ...args], {
      env: { ...process.env, DUALBRAKE_URL: url, DUALBRAKE_TOKEN: token },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    kit,
    start,
    async run(...args) {
      const child = start(...args);
      let [out, err] = ['', ''];
      child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, out, err };
    },
  };
}

test('a breaker is isolated, seen and released from a terminal', async (context) => {
  const { kit, run } = await setUp(context);
  const well = await run('status');
  const isolated = await run('isolate', 'mail', '--reason', 'the server is moved', '--for', '10m');
  const stateThen = kit.mail.state;
  const shown = await run('status');
  const released = await run('release', 'letters.mail', '--reason', 'it is back');
  const records = [...JSON.parse((await run('incidents', '--json')).out)];

  assert.deepEqual([well.code, well.out.split('\n')[0]], [0, 'All 2 breakers are closed: calls flow.']);
  assert.deepEqual([isolated.code, isolated.err, stateThen], [0, '', 'open']);
  assert.match(isolated.out, /^letters\.mail is isolated: .* \(10 min\)\.$/m);
  assert.equal(shown.code, 1);
  assert.match(shown.out, /^isolated, 10 min left .* letters\.mail/m);
  assert.deepEqual([released.code, kit.mail.state], [0, 'closed']);
  assert.equal(released.out, 'letters.mail is released. Its automatic state is closed.\n');
  assert.equal(records.length, 1);
});

test('incidents are listed and described; an unknown incident and an unknown breaker are reported', async (context) => {
  const { kit, run } = await setUp(context);
  await kit.fail(kit.database);
  await kit.fail(kit.database);
  const list = await run('incidents', '--open');
  const one = await run('incidents', '1');
  const none = await run('incidents', '7');
  const nobody = await run('isolate', 'nobody', '--reason', 'a typing error');

  assert.match(list.out, /^1 +triggered +minor .* database blocked calls$/m);
  assert.match(one.out, /^# Incident 1: database blocked calls/);
  assert.deepEqual([none.code, none.out], [1, '']);
  assert.match(none.err, /Not found/);
  assert.deepEqual(
    [nobody.code, nobody.err],
    [2, 'dualbrake: No breaker matches "nobody". Known breakers: reads.database, letters.mail.\n'],
  );
  assert.equal(kit.registry.members().length, 2);
});

test('tail prints events and exits with 0 on a signal', async (context) => {
  const { kit, start } = await setUp(context);
  const child = start('tail');
  let out = '';
  const seen = Promise.withResolvers<void>();
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (out.includes('for the tail')) seen.resolve();
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  while (kit.console.figures().streams === 0) await new Promise((resolve) => setImmediate(resolve));
  kit.mail.trip('for the tail');
  await seen.promise;
  child.kill('SIGINT');
  const [code] = await ended;

  assert.equal(code, 0);
  assert.match(out, /^\S+Z {2}transition {2}letters\.mail: closed to open \(for the tail\)$/m);
});
