/**
 * Runs every test in a few minutes on two cores: `npm test`. `npm test -- file` runs only that file; options such as
 * `--test-name-pattern` and `--test-reporter` are those of `node --test`. Exits with 1 when a test fails, hangs, or the
 * run is interrupted. `testing/plan.ts` decides which files run together.
 *
 * Whatever happens, the run ends and leaves no process behind: a hanging test fails after a limit, a test file exits as
 * soon as its tests are over, and what it has started ends with it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const given = process.argv.slice(2);
const patterns = given.filter((argument) => !argument.startsWith('-'));
// The tests of whole programs start what is built, as users do.
const startsPrograms =
  patterns.length === 0 || patterns.some((pattern) => pattern.includes('apps/driving-school/test'));
if (startsPrograms) {
  const build = fileURLToPath(new URL('build.ts', import.meta.url));
  const { status } = spawnSync(process.execPath, [build, '--if-needed'], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

const run = spawn(process.execPath, [fileURLToPath(new URL('testing/run.ts', import.meta.url)), ...given], {
  stdio: 'inherit',
  env: { ...process.env, ...(startsPrograms ? { TEST_PROGRAM: 'built' } : {}) },
  // A process group of its own, so that all that is left of it can be ended.
  detached: true,
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => endGroup(signal));
const [code] = (await once(run, 'exit')) as [number | null];
endGroup('SIGKILL');
process.exitCode = code ?? 1;

function endGroup(signal: NodeJS.Signals): void {
  try {
    if (run.pid !== undefined) process.kill(-run.pid, signal);
  } catch {
    // Nothing is left of it.
  }
}
