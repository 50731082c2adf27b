/** A test that fails and leaves behind what keeps a process alive. `test.test.ts` runs it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { test } from 'node:test';

test('fails, and stops nothing of what it has started', (context) => {
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1_000)'], { stdio: 'ignore' });
  createServer().listen(0, '127.0.0.1');
  setInterval(() => {}, 1_000);
  context.diagnostic(`left behind: ${child.pid}`);
  assert.fail('on purpose');
});
