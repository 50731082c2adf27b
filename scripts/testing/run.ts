/**
 * Runs the test files of `plan.ts`, or those that are named, and reports on all of them together. `test.ts` starts it.
 * Exits with 1 when a test fails.
 */
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { run } from 'node:test';
import { dot, junit, spec, tap, type TestEvent } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { plan, processesAtOnce, testFilesOf } from './plan.ts';
import { summary } from './summary.ts';

type Reporter = (events: Readable) => AsyncIterable<string | Uint8Array>;

/** Limit of one file, and so of each of its tests. Only a hang takes this long, even on a machine that is busy with other work. */
const hangLimitMs = 20 * 60_000;

const root = fileURLToPath(new URL('../../', import.meta.url));
const options = new Map<string, string>();
const patterns: string[] = [];
for (const argument of process.argv.slice(2)) {
  const [, name = '', value = ''] =
    /^--test-(timeout|reporter|concurrency|name-pattern|skip-pattern|random-seed)=(.*)$/.exec(argument) ?? [];
  if (name !== '') options.set(name, value);
  else if (argument === '--test-randomize' || argument === '--test-only')
    options.set(argument.slice('--test-'.length), 'yes');
  else if (argument.startsWith('-')) fail(`${argument} is not supported.`);
  else patterns.push(argument);
}

const planned = patterns.length > 0 ? named(patterns) : plan({ apart: selectsTests() });
let failed = false;
const reporter = await reporterNamed(options.get('reporter') ?? (patterns.length > 0 ? 'spec' : 'summary'));
for await (const text of reporter(Readable.from(events()))) process.stdout.write(text);
process.exitCode = failed ? 1 : 0;

function selectsTests(): boolean {
  return ['name-pattern', 'skip-pattern', 'only'].some((name) => options.has(name));
}

function named(given: readonly string[]): string[] {
  const files = globSync(given).toSorted();
  if (files.length === 0) fail(`No test file fits ${given.join(' ')}.`);
  return files;
}

/** The events of the run; notes whether a test has failed, and fails when a file has not reported its end. */
async function* events(): AsyncGenerator<TestEvent> {
  const unreported = new Set(planned.flatMap((file) => testFilesOf(resolve(file))).map((file) => resolve(root, file)));
  for await (const event of start()) {
    if (event.type === 'test:summary') {
      if (!event.data.success) failed = true;
      if (event.data.file !== undefined) unreported.delete(resolve(event.data.file));
    }
    if (event.type === 'test:fail' && event.data.todo === undefined) failed = true;
    // A file of a group is a test of that name; a test named after its own file is the runner's, not the file's.
    if ((event.type === 'test:pass' || event.type === 'test:fail') && event.data.nesting === 0) {
      const file = resolve(root, event.data.name);
      if (file !== event.data.file) unreported.delete(file);
    }
    yield event;
  }
  for (const file of unreported) {
    failed = true;
    process.stderr.write(`${file} did not report its end: its process ended too early.\n`);
  }
}

function start(): AsyncIterable<TestEvent> {
  const [names, skipped, seed] = ['name-pattern', 'skip-pattern', 'random-seed'].map((name) => options.get(name));
  const limitMs = Number(options.get('timeout') ?? hangLimitMs);
  return run({
    files: [...planned],
    concurrency: Number(options.get('concurrency') ?? processesAtOnce),
    // Of a process, in which many files may run one after the other.
    timeout: 6 * limitMs,
    execArgv: [
      '--conditions=source',
      '--import',
      'tsx',
      '--import',
      fileURLToPath(new URL('end-children.ts', import.meta.url)),
      `--test-timeout=${limitMs}`,
    ],
    ...(options.has('only') ? { only: true } : {}),
    ...(names === undefined ? {} : { testNamePatterns: [new RegExp(names)] }),
    ...(skipped === undefined ? {} : { testSkipPatterns: [new RegExp(skipped)] }),
    ...(options.has('randomize') || seed !== undefined ? { randomize: true } : {}),
    ...(seed === undefined ? {} : { randomSeed: Number(seed) }),
  });
}

async function reporterNamed(name: string): Promise<Reporter> {
  const known: Record<string, Reporter> = {
    summary,
    spec: (source) => source.compose(new spec()),
    tap: (source) => tap(source as never) as AsyncIterable<string>,
    dot: (source) => dot(source as never) as AsyncIterable<string>,
    junit: (source) => junit(source as never) as AsyncIterable<string>,
  };
  return known[name] ?? ((await import(name)) as { readonly default: Reporter }).default;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
