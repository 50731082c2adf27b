/**
 * Loaded into each test process: the processes that a test has started end with it, also when the test has failed before
 * it could stop them.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';

const running = new Set<ChildProcess>();

subscribe('child_process', (message) => {
  const { process: child } = message as { readonly process: ChildProcess };
  running.add(child);
  child.once('exit', () => running.delete(child));
});

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
