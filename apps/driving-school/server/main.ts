import { readConfig, usage, type Config } from './config.ts';
import { terminalMessage } from './terminal-message.ts';
import type { RunningApplication } from './start.ts';
import { readVersion } from './version.ts';

/** A second signal within this time is the same key press: the terminal sends one, and npm forwards another. */
const sameKeyPressMs = 500;

await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return write(process.stdout, usage());
  if (args.includes('--version') || args.includes('-v')) return write(process.stdout, `${readVersion()}\n`);
  if (args.length > 0) {
    write(process.stderr, `${args.join(' ')} is not a known option. See --help.\n`);
    process.exitCode = 1;
    return;
  }

  let config: Config;
  try {
    config = readConfig(process.env, {
      interactive: process.stdout.isTTY || process.env['npm_lifecycle_event'] === 'start',
    });
  } catch (error) {
    return fail(error);
  }
  await run(config);
}

async function run(config: Config): Promise<void> {
  // With JSON on standard output, text for people goes to standard error.
  const out = config.logFormat === 'json' ? process.stderr : process.stdout;
  const announce = (text: string): void => write(out, `${text}\n`);

  const stopping = new AbortController();
  const signalled = Promise.withResolvers<NodeJS.Signals>();
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      announce('Stopping… (Ctrl-C again to stop immediately)');
      stopping.abort(new DOMException('Stopped by a signal.', 'AbortError'));
      signalled.resolve(signal);
    } else if (now - firstAt > sameKeyPressMs) {
      announce('Stopped immediately.');
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

  let running: RunningApplication;
  try {
    // Imported late, so that --help and option errors are printed quickly.
    const { startApplication } = await import('./start.ts');
    running = await startApplication(config, { announce, signal: stopping.signal });
  } catch (error) {
    if (!stopping.signal.aborted) return fail(error);
    announce('Stopped.');
    return process.exit(0);
  }
  announce('Stop with Ctrl-C.');
  const { log } = running;
  const broken = Promise.withResolvers<unknown>();
  process.on('uncaughtException', broken.resolve);
  process.on('unhandledRejection', broken.resolve);

  const ended = await Promise.race([signalled.promise, broken.promise.then((bug) => ({ bug }))]);
  const bug = typeof ended === 'string' ? undefined : ended.bug;
  if (bug !== undefined) log.fatal({ event: 'uncaught', err: bug }, 'A bug ended the program');
  // A person who presses Ctrl-C is not waiting for a proxy.
  await running.stop({ gently: ended === 'SIGTERM' });
  announce('Stopped.');
  // Everything has stopped; a forgotten handle must not keep the process alive.
  process.exit(bug === undefined ? 0 : 1);
}

function fail(error: unknown): never {
  write(process.stderr, `${terminalMessage(error, 'The application could not be started.')}\n`);
  process.exit(1);
}

function write(stream: NodeJS.WriteStream, text: string): void {
  stream.write(text);
}
