/**
 * Loaded into each test process. The processes that a test has started end with it, even if the test has failed before it
 * could stop them; and the test process ends soon after its last test, even if a test has left something open.
 */
import { AsyncResource } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { after } from 'node:test';

/**
 * Milliseconds between the last hook and the end of a process that would not end otherwise. `--test-force-exit` leaves
 * no time at all, and the results of the last tests are then lost without a failure.
 */
const reportingMs = 1_000;

/** Milliseconds for the hooks of a file after its last test. A hook that throws is the last one that runs. */
const hooksLimitMs = 120_000;

const running = new Set<ChildProcess>();

subscribe('child_process', (message) => {
  const { process: child } = message as { readonly process: ChildProcess };
  running.add(child);
  child.once('exit', () => running.delete(child));
});

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

// Hooks run in the order in which they are added; this one is added first, and adds the last one. Outside of its own
// run, because a hook that is added by a hook belongs to it.
const outside = new AsyncResource('after all hooks');
after(() => {
  exitAfter(hooksLimitMs);
  outside.runInAsyncScope(() => after(() => exitAfter(reportingMs)));
});

function exitAfter(ms: number): void {
  setTimeout(() => process.exit(), ms).unref();
}
