import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

function run(name: string): string {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  return execFileSync(process.execPath, ['--conditions=source', '--import', 'tsx', file], { encoding: 'utf8' });
}

test('examples/pipeline.ts answers after three calls, and with a copy while the circuit is open', () => {
  const output = run('pipeline');

  assert.match(output, /retry by retry\n {2}retry by retry\nstudent s-1, live, after 3 calls/);
  assert.match(output, /the copy of 14:05\n$/);
});

test('examples/decorators.ts tries three times', () => {
  assert.equal(run('decorators'), '3 attempts, stopped by: exhausted\n');
});
