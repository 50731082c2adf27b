/**
 * Runs the test files of `plan.ts`, or those that are named, and reports on all of them together. `test.ts` starts it.
 * Exits with 1 when a test fails.
 */
import { globSync } from 'node:fs';
import { Readable } from 'node:stream';
import { run } from 'node:test';
import { dot, junit, spec, tap, type TestEvent } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { plan, type Phase } from './plan.ts';
import { summary } from './summary.ts';

type Reporter = (events: Readable) => AsyncIterable<string | Uint8Array>;

/** Limit of one file, and so of each of its tests. Only a hang takes this long, even on a machine that is busy with other work. */
const hangLimitMs = 20 * 60_000;

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

const phases = patterns.length > 0 ? [{ files: named(patterns), atOnce: 2 }] : plan({ apart: selectsTests() });
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

/** The events of all phases, as if they were one run. */
async function* events(): AsyncGenerator<TestEvent> {
  const totals = new Map<string, number>();
  for (const phase of phases) {
    for await (const event of start(phase)) {
      const total = totalIn(event);
      if (total !== undefined) totals.set(total.name, (totals.get(total.name) ?? 0) + total.value);
      else {
        if (event.type === 'test:summary' && !event.data.success) failed = true;
        if (event.type === 'test:fail' && event.data.todo === undefined) failed = true;
        yield event;
      }
    }
  }
  for (const [name, value] of totals) {
    yield { type: 'test:diagnostic', data: { message: `${name} ${value}`, nesting: 0, level: 'info' } };
  }
}

function start({ files, atOnce }: Phase): AsyncIterable<TestEvent> {
  const [names, skipped, seed] = ['name-pattern', 'skip-pattern', 'random-seed'].map((name) => options.get(name));
  const limitMs = Number(options.get('timeout') ?? hangLimitMs);
  return run({
    files: [...files],
    concurrency: Number(options.get('concurrency') ?? atOnce),
    // Of a process, in which many files may run one after the other.
    timeout: 6 * limitMs,
    execArgv: [
      '--conditions=source',
      '--import',
      'tsx',
      '--import',
      fileURLToPath(new URL('end-children.ts', import.meta.url)),
      '--test-force-exit',
      `--test-timeout=${limitMs}`,
    ],
    ...(options.has('only') ? { only: true } : {}),
    ...(names === undefined ? {} : { testNamePatterns: [new RegExp(names)] }),
    ...(skipped === undefined ? {} : { testSkipPatterns: [new RegExp(skipped)] }),
    ...(options.has('randomize') || seed !== undefined ? { randomize: true } : {}),
    ...(seed === undefined ? {} : { randomSeed: Number(seed) }),
  });
}

/** A line that the runner writes at the end of each phase, such as `tests 12`. */
function totalIn({ type, data }: TestEvent): { readonly name: string; readonly value: number } | undefined {
  if (type !== 'test:diagnostic' || data.nesting !== 0) return undefined;
  const [, name, value] =
    /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(data.message) ?? [];
  return name === undefined ? undefined : { name, value: Number(value) };
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
