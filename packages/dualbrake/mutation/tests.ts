/**
 * Runs the tests that the mutated files must not survive: the quick ones first, so that the slow ones run only for what
 * is left. One command for Stryker, which starts it once for each mutant.
 */
import { spawnSync } from 'node:child_process';

const quick = [
  'circuit.test.ts',
  'waiting-line.test.ts',
  'circuit-breaker.test.ts',
  'circuit-breaker-windows.test.ts',
  'window.test.ts',
  'retry.test.ts',
  'retry-rules.test.ts',
  'retry-budget.test.ts',
  'bulkhead.test.ts',
  'rate-limit.test.ts',
];
const slow = ['circuit-breaker.property.test.ts'];

for (const files of [quick, slow]) {
  const options = ['--conditions=source', '--test', '--test-isolation=none', '--test-reporter=dot'];
  const { status } = spawnSync(process.execPath, [...options, ...files.map((file) => `src/policies/${file}`)], {
    stdio: 'ignore',
  });
  if (status !== 0) process.exit(1);
}
