import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { copyDatabaseTemplate } from './platform/database/testing/test-database.ts';
import { hangLimitMs } from './platform/database/testing/until.ts';

// The build that `npm test` makes loads much faster than the sources.
const program =
  process.env['TEST_PROGRAM'] === 'built'
    ? [fileURLToPath(new URL('../run.js', import.meta.url)), 'main']
    : ['--conditions=source', '--import', 'tsx', fileURLToPath(new URL('main.ts', import.meta.url))];

/** The application in its own process. */
class Started {
  out = '';
  err = '';
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(environment: Record<string, string>, words: readonly string[] = []) {
    this.child = spawn(process.execPath, [...program, ...words], {
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        DEMO_DATA: 'no',
        LOG_FORMAT: 'json',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (text: Buffer) => (this.out += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.err += text.toString()));
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** Waits for a text on standard error. */
  async prints(pattern: RegExp): Promise<string> {
    const endsAt = performance.now() + hangLimitMs;
    for (;;) {
      const found = pattern.exec(this.err);
      if (found !== null) return found[1] ?? found[0];
      if (this.child.exitCode !== null || performance.now() > endsAt) {
        assert.fail(`It never printed ${String(pattern)}. It printed:\n${this.err}\n${this.out}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

let directory: string;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'start-'));
  await copyDatabaseTemplate(join(directory, 'data'));
  await copyDatabaseTemplate(join(directory, 'taken'));
});
after(() => rmSync(directory, { recursive: true, force: true }));

describe('the running application', () => {
  let started: Started;
  let url: string;
  before(async () => {
    started = new Started({ DATA_DIR: join(directory, 'data') });
    url = await started.prints(/Ready: (\S+)/);
  });
  after(() => started.child.kill('SIGKILL'));

  test('answers, is ready, and prints one link for the first sign-in', async () => {
    assert.deepEqual(await (await fetch(`${url}/healthz`)).json(), { status: 'alive' });
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    const token = await started.prints(/\/welcome#([\w-]{43})\s/);
    assert.equal(started.err.split('/welcome#').length, 2);
    const check = await fetch(`${url}/api/welcome/check`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    assert.equal(check.status, 200);
  });

  test('writes JSON lines to standard output, none of which contains the link', () => {
    const lines = started.out.trim().split('\n');
    assert.ok(lines.length > 0);
    for (const line of lines) assert.equal(typeof (JSON.parse(line) as { msg: unknown }).msg, 'string');
    assert.equal(/welcome#[\w-]{43}/.test(started.out), false);
  });

  test('refuses a second start on its data folder with one sentence', async () => {
    const second = new Started({ DATA_DIR: join(directory, 'data') });
    assert.equal(await second.ended, 1);
    assert.match(second.err, /^The data folder \S+ is in use by another running copy of this program\. .*\.$/m);
    assert.doesNotMatch(second.err, /\n\s+at /);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
  });

  test('stops on a signal: finishes requests, ends its database, releases the folder, exits 0', async () => {
    const databasePids = databasesOf(started.child.pid);
    started.child.kill('SIGTERM');
    assert.equal(await started.ended, 0);
    assert.match(started.err, /Stopped\.\n$/);
    for (const pid of databasePids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });

    const again = new Started({ DATA_DIR: join(directory, 'data') });
    await again.prints(/Ready: (\S+)/);
    // npm and the terminal both send a signal for one key press.
    again.child.kill('SIGINT');
    again.child.kill('SIGINT');
    assert.equal(await again.ended, 0);
  });
});

describe('a start that cannot continue', () => {
  let taken: Server;
  before(async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
  });
  after(() => taken.close());

  test('reports a port in use, and releases the data folder', async () => {
    const { port } = taken.address() as AddressInfo;
    const started = new Started({ DATA_DIR: join(directory, 'taken'), PORT: String(port) });
    assert.equal(await started.ended, 1);
    const [last] = started.err.trim().split('\n').slice(-1);
    assert.equal(
      last,
      `Port ${port} on 127.0.0.1 is in use by another program: stop that one first, or set PORT to another port (0 takes any free one).`,
    );
    const wrongHost = new Started({ DATA_DIR: join(directory, 'taken'), HOST: '192.0.2.1' });
    assert.equal(await wrongHost.ended, 1);
    assert.match(wrongHost.err, /^HOST is 192\.0\.2\.1, which is not an address of this machine/m);
  });

  test('names every invalid environment variable', async () => {
    const started = new Started({ PORT: 'x', LOG_LEVEL: 'loud' });
    assert.equal(await started.ended, 1);
    assert.match(started.err, /^PORT is "x"\. .*\nLOG_LEVEL is "loud"\. .*\n$/);
  });

  test('stops immediately on a signal', async () => {
    const started = new Started({ DATA_DIR: join(directory, 'early') });
    await started.prints(/Starting the database/);
    started.child.kill('SIGINT');
    assert.equal(await started.ended, 0);
    assert.match(started.err, /Stopped\.\n$/);
  });
});

test('--help and --version work without a valid configuration', async () => {
  const help = new Started({ PORT: 'x' }, ['--help']);
  const version = new Started({}, ['--version']);
  const unknown = new Started({}, ['--prot=1']);
  assert.deepEqual([await help.ended, await version.ended, await unknown.ended], [0, 0, 1]);
  assert.match(help.out, /DATABASE_URL/);
  assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
  assert.match(unknown.err, /--prot=1 is not a known option/);
});

test('with an unreachable database it starts, prints that, and serves routes that need no database', async () => {
  const started = new Started({
    DATA_DIR: join(directory, 'remote'),
    DATABASE_URL: 'postgres://school@127.0.0.1:1/school',
  });
  const url = await started.prints(/Ready: (\S+)/);
  assert.match(started.err, /The database cannot be reached yet/);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  const ready = await fetch(`${url}/readyz`);
  assert.deepEqual([ready.status, ((await ready.json()) as { reason: string }).reason], [503, 'the database is down']);
  const signIn = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'a@b.ca', password: 'x' }),
  });
  assert.equal(signIn.status, 503);
  started.child.kill('SIGINT');
  assert.equal(await started.ended, 0);
});

/** The database processes that a process has started. */
function databasesOf(parent: number | undefined): number[] {
  const pids = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter((line) => line.includes('embedded-server'))
    .map((line) => line.trim().split(/\s+/, 2).map(Number))
    .flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
  assert.ok(pids.length > 0, 'there is a database process');
  return pids;
}
