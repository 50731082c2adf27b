/**
 * Runs every test, as many files at once as the machine has cores: `npm test`. Arguments go to `node --test`; file
 * patterns among them replace the default ones. Exits with 1 when a test fails, hangs, or the run is interrupted.
 *
 * Whatever happens, the run ends and leaves no process behind: a hanging test fails after `hangLimitMs`, a test file
 * exits as soon as its tests are over, and what it has started ends with it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Limit of one file, and so of each of its tests. Only a hang takes this long, even on a machine that is busy with other work. */
const hangLimitMs = 20 * 60_000;
/** Browsers, databases and whole programs are tested; more files than cores at once make each of them slower than it looks. */
const filesAtOnce = Math.min(availableParallelism(), 8);

const everything = ['*.test.ts', 'scripts/**/*.test.ts', 'packages/**/*.test.ts', 'apps/**/*.test.ts'];
const given = process.argv.slice(2);
const patterns = given.some((argument) => !argument.startsWith('-')) ? [] : everything;

const run = spawn(
  process.execPath,
  [
    '--conditions=source',
    '--import',
    'tsx',
    '--import',
    fileURLToPath(new URL('testing/end-children.ts', import.meta.url)),
    '--test',
    '--test-force-exit',
    `--test-concurrency=${filesAtOnce}`,
    `--test-timeout=${hangLimitMs}`,
    ...given,
    ...patterns,
  ],
  // A process group of its own, so that all that is left of it can be ended.
  { stdio: 'inherit', detached: true },
);

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
