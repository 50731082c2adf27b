/**
 * Plants faults in the parts of the library that decide, and sees whether its tests notice. Writes `docs/mutation.md`.
 *
 *     npm run mutation                  some forty minutes on two idle cores
 *     npm run mutation -- circuit.ts    only the files whose name contains it, no file written
 *
 * A busy machine makes mutants look slow, and slow ones count as found: let nothing else run meanwhile.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The part of Stryker's report that is used here. */
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | (string & {});
  readonly location: { readonly start: { readonly line: number } };
}

const decisive = [
  'policies/circuit.ts',
  'policies/window.ts',
  'policies/count-window.ts',
  'policies/time-window.ts',
  'policies/running-calls.ts',
  'policies/circuit-breaker-state.ts',
  'policies/backoff.ts',
  'policies/retry-budget.ts',
  'policies/retry-rule.ts',
  'policies/wait-queue.ts',
  'policies/leases.ts',
  'policies/flight.ts',
  'limits.ts',
  'retried.ts',
  'age.ts',
];

const home = fileURLToPath(new URL('..', import.meta.url));
const reportFile = join(home, '.stryker-tmp-report.json');
const configuration = join(home, '.stryker-tmp-configuration.json');
const asked = process.argv.slice(2);
const files = decisive.filter((file) => asked.length === 0 || asked.some((part) => file.includes(part)));

await stryker();
const report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
for (const file of [reportFile, configuration]) rmSync(file, { force: true });
const page = pageOf(report);
if (asked.length === 0) writeFileSync(new URL('../docs/mutation.md', import.meta.url), page);
process.stdout.write(`${page}\n${survivorsOf(report).join('\n')}\n`);

async function stryker(): Promise<void> {
  const settings = {
    // TypeScript 7 has no compiler API; the tests run the sources as they are.
    tsconfigFile: 'none',
    testRunner: 'command',
    commandRunner: { command: 'node mutation/tests.ts' },
    mutate: files.map((file) => `src/${file}`),
    ignorePatterns: ['dist', 'bench', 'compare', 'quality', 'docs', 'examples'],
    allowConsoleColors: false,
    concurrency: 2,
    timeoutMS: 4_000,
    timeoutFactor: 1.2,
    reporters: ['progress-append-only', 'json'],
    jsonReporter: { fileName: reportFile },
    tempDirName: '.stryker-tmp',
    cleanTempDir: 'always',
  };
  writeFileSync(configuration, JSON.stringify(settings));
  const packageFile = createRequire(import.meta.url).resolve('@stryker-mutator/core/package.json');
  const program = join(packageFile, '../bin/stryker.js');
  const child = spawn(process.execPath, [program, 'run', configuration], { cwd: home, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`Stryker has ended with ${code}.`);
}

function pageOf({ files: found }: Report): string {
  const lines = Object.entries(found).map(([file, { mutants }]) => [basename(file), mutants] as const);
  const all = lines.flatMap(([, mutants]) => mutants);
  const sections = [
    '# Would the tests notice?',
    'Faults are planted, one at a time, in the parts that decide: the state machine and what is saved of it, windows, backoff, budget, queue, shared calls, whose limit ended a call, and whether it was retried already. A fault is found when a test fails, or when nothing ends any more. Every one that survives was looked at: most change nothing that can be seen, such as a size that is only reserved.',
    `Written by \`npm run mutation\`, never by hand. ${new Date().toISOString().slice(0, 10)}; ${versionOf('@stryker-mutator/core')}; Node ${process.versions.node}.`,
    table([
      ['', 'faults', 'test failed', 'did not end', 'survived', 'found'],
      ...lines.map(([file, mutants]) => line(file, mutants)),
      line('**all**', all),
    ]),
  ];
  return `${sections.join('\n\n')}\n`;
}

function line(name: string, mutants: readonly Mutant[]): string[] {
  const count = (...statuses: string[]): number => mutants.filter(({ status }) => statuses.includes(status)).length;
  const found = count('Killed', 'Timeout');
  const survived = count('Survived', 'NoCoverage');
  const share = `${((100 * found) / Math.max(1, found + survived)).toFixed(1)} %`;
  return [name, found + survived, count('Killed'), count('Timeout'), survived, share].map(String);
}

function survivorsOf({ files: found }: Report): string[] {
  return Object.entries(found).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ location, replacement }) => {
        const text = source.split('\n')[location.start.line - 1]?.trim() ?? '';
        return `${basename(file)}:${location.start.line}: ${text}  =>  ${(replacement ?? '').replaceAll(/\s+/g, ' ')}`;
      }),
  );
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function versionOf(name: string): string {
  const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { readonly version: string };
  return `${name} ${version}`;
}
