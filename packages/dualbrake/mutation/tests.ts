/**
 * Runs the tests that the mutated files must not survive: the quick ones first, so that the slow ones run only for what
 * is left. One command for Stryker, which starts it once for each mutant.
 */
import { spawnSync } from 'node:child_process';

const quick = [
  'policies/circuit.test.ts',
  'policies/wait-queue.test.ts',
  'policies/circuit-breaker.test.ts',
  'policies/circuit-breaker-windows.test.ts',
  'policies/window.test.ts',
  'policies/retry.test.ts',
  'policies/retry-rules.test.ts',
  'policies/retry-budget.test.ts',
  'policies/bulkhead.test.ts',
  'policies/rate-limit.test.ts',
  'policies/stale-cache.test.ts',
  'field/saved-windows.test.ts',
  'field/queued-calls.test.ts',
  'field/shared-timers.test.ts',
  'field/single-flight.test.ts',
  'field/caller-limits.test.ts',
  'field/retried-calls.test.ts',
  'field/suspended-machine.test.ts',
];
const slow = ['policies/circuit-breaker.property.test.ts', 'field/saved-windows.property.test.ts'];

for (const files of [quick, slow]) {
  const options = ['--conditions=source', '--test', '--test-isolation=none', '--test-reporter=dot'];
  const { status } = spawnSync(process.execPath, [...options, ...files.map((file) => `src/${file}`)], {
    stdio: 'ignore',
  });
  if (status !== 0) process.exit(1);
}
