/**
 * Loaded into each test process. The processes that a test has started end with it, even if the test has failed before it
 * could stop them; and the test process ends soon after its last test, even if a test has left something open.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { after } from 'node:test';

/**
 * Milliseconds between the last test and the end of a process that would not end otherwise. `--test-force-exit` leaves
 * no time at all, and the results of the last tests are then lost without a failure.
 */
const reportingMs = 1_000;

const running = new Set<ChildProcess>();

subscribe('child_process', (message) => {
  const { process: child } = message as { readonly process: ChildProcess };
  running.add(child);
  child.once('exit', () => running.delete(child));
});

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

after(() => void setTimeout(() => process.exit(), reportingMs).unref());
