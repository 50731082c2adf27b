import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { CircuitBreaker } from '../index.ts';
import { ManualClock } from '../testing/index.ts';
import { stateFile } from './index.ts';

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'dualbrake-state-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

const down = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }));

/** As if in a process of its own: another monotonic clock, the same wall clock. */
function instance(path: string, now: () => number) {
  const clock = new ManualClock(Math.floor(now() / 7));
  const breaker = new CircuitBreaker({ name: 'database', failureThreshold: 1, resetTimeoutMs: 60_000, clock });
  return { clock, breaker, file: stateFile({ path, breakers: [breaker], clock, now }) };
}

test('a program that is started again knows what was down, and tests it when it is due', async (t) => {
  const path = join(await folder(t), 'kept', 'breakers.json');
  let wall = 1_000_000;
  const first = instance(path, () => wall);
  await first.breaker.execute(down).catch(() => undefined);
  await first.file.save();

  wall += 20_000;
  const second = instance(path, () => wall);
  assert.deepEqual(await second.file.load(), { restored: ['database'] });

  assert.equal(second.breaker.state, 'open');
  await second.clock.advance(39_999);
  assert.equal(second.breaker.state, 'open');
  await second.clock.advance(1);
  assert.equal(second.breaker.state, 'half-open');
});

test('a wall clock that was set back does not lengthen what is left', async (t) => {
  const path = join(await folder(t), 'breakers.json');
  let wall = 5_000_000;
  const first = instance(path, () => wall);
  await first.breaker.execute(down).catch(() => undefined);
  await first.file.save();
  wall -= 3_600_000;
  const second = instance(path, () => wall);
  await second.file.load();

  await second.clock.advance(60_000);

  assert.equal(second.breaker.state, 'half-open');
});

test('an order outlives the program that took it', async (t) => {
  const path = join(await folder(t), 'breakers.json');
  const first = instance(path, () => 1_000_000);
  first.breaker.isolate('maintenance', 30_000);
  await first.file.stop();
  const second = instance(path, () => 1_010_000);
  await second.file.load();

  assert.equal(second.breaker.state, 'open');
  await second.clock.advance(20_000);
  assert.equal(second.breaker.state, 'closed');
});

test('what cannot be used restores nothing, and says why', async (t) => {
  const path = join(await folder(t), 'breakers.json');
  const { file, breaker } = instance(path, () => 1_000_000);
  assert.deepEqual(await file.load(), { restored: [] }, 'no file');

  await file.save();
  const good = await readFile(path, 'utf8');
  const contents = [
    '',
    '{',
    'null',
    '[]',
    '{"version":2}',
    good.replace('"sinceMs":0', '"sinceMs":-1'),
    good.replace('"savedAt":1000000', '"savedAt":-1e999'),
    good.slice(0, -9),
  ];
  for (const text of contents) {
    await writeFile(path, text);
    assert.deepEqual(await file.load(), { restored: [], problem: `${path} is not a state file.` }, text);
  }
  assert.equal(breaker.state, 'closed');
});

test('saves on an interval, one after the other, without leaving anything beside', async (t) => {
  const directory = await folder(t);
  const path = join(directory, 'breakers.json');
  const { file, clock, breaker } = instance(path, () => 1_000_000);
  file.start();
  file.start();
  assert.equal(clock.pending, 1);
  await breaker.execute(down).catch(() => undefined);

  await clock.advance(5_000);
  await Promise.all([file.save(), file.save(), file.stop()]);

  assert.equal(clock.pending, 0);
  assert.deepEqual(await readdir(directory), ['breakers.json']);
  assert.equal((await stat(path)).mode & 0o777, 0o600, 'it says what is down: not for everybody');
  assert.match(await readFile(path, 'utf8'), /"state":"open"/);
});

test('a saving that fails is told and leaves the file as it was', async (t) => {
  const directory = await folder(t);
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const told = Promise.withResolvers<void>();
  const file = stateFile({
    path: directory,
    breakers: [],
    clock,
    onError: (error) => {
      errors.push(error);
      told.resolve();
    },
  });
  file.start();

  await clock.advance(5_000);
  await told.promise;

  assert.equal((errors[0] as { code: string }).code, 'EISDIR');
  await assert.rejects(file.stop(), { code: 'EISDIR' });
});

test('it keeps no process alive', async (t) => {
  const path = join(await folder(t), 'breakers.json');
  const program = `
    import { CircuitBreaker } from 'dualbrake';
    import { eventLoopProbe, stateFile } from 'dualbrake/node';
    stateFile({ path: ${JSON.stringify(path)}, breakers: [new CircuitBreaker()] }).start();
    eventLoopProbe();
    console.log('started');`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', '--input-type=module', '--eval', program],
    { timeout: 180_000 },
  );
  assert.equal(stdout.trim(), 'started');
});

test('B51 options are checked, all at once', () => {
  assert.throws(
    () => stateFile({ intervalMs: 0, breakers: [] } as never),
    (error: { issues: string[] }) => error.issues.length === 2,
  );
});
