#!/usr/bin/env node
import { runCli } from './run-cli.ts';

/** Ctrl-C, pressed by a person: the conventional way to end a program that is told to stop. */
const STOPPED = 130;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
// `dualbrake tail | head` closes the pipe: that is an end, not a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  fetch: globalThis.fetch,
  signal: stopping.signal,
  now: Date.now,
  sleep: (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      stopping.signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    }),
});
process.exitCode = stopping.signal.aborted && exitCode !== 0 ? STOPPED : exitCode;

function outputOf(stream: NodeJS.WriteStream) {
  const hasColors = stream.isTTY && stream.hasColors() && (process.env['NO_COLOR'] ?? '') === '';
  return { write: (text: string) => stream.write(text), hasColors };
}
