import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../apps/driving-school/server/platform/database/testing/is-alive.ts';
import { until } from '../apps/driving-school/server/platform/database/testing/until.ts';
import { plan, testFilesOf } from './testing/plan.ts';

const script = fileURLToPath(new URL('test.ts', import.meta.url));

/** Runs `npm test` for one file of `testing/`. */
async function runTests(fixture: string, ...options: readonly string[]): Promise<{ code: number; output: string }> {
  const file = fileURLToPath(new URL(`testing/${fixture}`, import.meta.url));
  // A test process tells its own children that they are part of a run, which would change how they report.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const run = spawn(process.execPath, [script, '--test-reporter=tap', ...options, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  let output = '';
  run.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(run, 'close')) as [number];
  return { code, output };
}

test('a failing test ends the processes that it has started, and the run ends', async () => {
  const { code, output } = await runTests('leaves-everything.fixture.ts');

  assert.equal(code, 1);
  assert.match(output, /on purpose/);
  const pid = Number(/left behind: (\d+)/.exec(output)?.[1]);
  assert.ok(pid > 0, output);
  await until('the process is gone', () => !isAlive(pid));
});

test('a test that hangs fails, and the run ends', async () => {
  const { code, output } = await runTests('never-ends.fixture.ts', '--test-timeout=2000');

  assert.equal(code, 1);
  assert.match(output, /timed out|cancelled/i);
});

test('a process that ends without a failure before its tests have fails the run', async () => {
  const { code } = await runTests('ends-too-early.fixture.ts');

  assert.equal(code, 1);
});

test('a process ends after the hooks of its file, however long they take', async () => {
  const { code, output } = await runTests('ends-slowly.fixture.ts');

  assert.equal(code, 0, output);
});

test('every test file of the repository is run once, in a group or in a process of its own', () => {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
  });
  const all = listed.trim().split('\n').toSorted();
  for (const apart of [false, true]) {
    const run = plan({ apart }).flatMap(testFilesOf);
    assert.deepEqual(run.toSorted(), all);
  }
});
