/** The tests that cockatiel 3.1.1 ships, fetched from the registry and run with dualbrake under cockatiel's classes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scenario } from '../scenario.ts';
import type { Result, SuiteResult } from '../run.ts';

/** The last version with its tests in the package. */
const VERSION = '3.1.1';

/** What the tests need, in the versions that the package asked for. */
const TOOLS = [
  'chai@4.5.0',
  'chai-as-promised@7.1.2',
  'chai-subset@1.6.0',
  'mocha@10.8.2',
  'sinon@14.0.2',
  'sinon-chai@3.7.0',
];

/** Classes of theirs and what makes ours in their place. The tests of each are run, and those of `Policy`. */
const classes = {
  RetryPolicy: 'retryPolicy',
  CircuitBreakerPolicy: 'circuitBreakerPolicy',
  TimeoutPolicy: 'timeoutPolicy',
  BulkheadPolicy: 'bulkheadPolicy',
  FallbackPolicy: 'fallbackPolicy',
} as const;

const cooperative = 'one strategy only: the caller gets an answer at the limit (B32)';

/** Tests that must fail here, and why. */
const differences: Readonly<Record<string, Pick<Scenario, 'verdict' | 'because'>>> = {
  'RetryPolicy unrefs as requested': { verdict: 'missing', because: '`unref` for the waits of a retry' },
  'TimeoutPolicy unrefs as requested': { verdict: 'missing', because: '`unref` for limits' },
  'TimeoutPolicy properly cooperatively cancels': { verdict: 'on purpose', because: cooperative },
  'TimeoutPolicy still has own timeout if given parent': { verdict: 'on purpose', because: cooperative },
  'TimeoutPolicy events emits a timeout event (cooperative)': { verdict: 'on purpose', because: cooperative },
  'TimeoutPolicy links parent cancellation token': {
    verdict: 'on purpose',
    because: "a caller's abort ends a timeout at once (B24, pitfall P46)",
  },
  'TimeoutPolicy aborts on return by default': {
    verdict: 'on purpose',
    because: 'aborting after a success would cut streams that are still being read (F12)',
  },
  'CircuitBreakerPolicy dedupes half-open tests': {
    verdict: 'on purpose',
    because: 'refused at once, so that no call waits for a dependency that may be down (B2)',
  },
};

interface MochaReport {
  readonly passes: readonly { readonly fullTitle: string }[];
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
}

/**
 * Takes some ten seconds, and the registry. Nothing of theirs stays.
 *
 * @throws Error when the registry cannot be reached, or the tests do not run
 */
export function runShippedCockatiel(): SuiteResult {
  const directory = mkdtempSync(join(tmpdir(), 'dualbrake-shipped-'));
  try {
    const { passes, failures } = runIn(unpackedIn(directory));
    const results = [
      ...passes.map(({ fullTitle }) => resultOf(fullTitle, undefined)),
      ...failures.map(({ fullTitle, err }) => resultOf(fullTitle, err.message?.split(' (/')[0] ?? 'it failed')),
    ];
    return { suite: { peer: 'cockatiel', snapshot: `cockatiel ${VERSION}`, scenarios: [] }, results };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function resultOf(title: string, failure: string | undefined): Result {
  const known = failure === undefined ? undefined : differences[title];
  const scenario: Scenario = { title, source: 'dist', verdict: 'same', ...known };
  if (failure === undefined || known !== undefined) return { scenario, verdict: scenario.verdict };
  return { scenario, verdict: 'worse', observed: failure };
}

/** @returns the directory of the package, with what its tests need beside it */
function unpackedIn(directory: string): string {
  const run = (command: string, ...of: readonly string[]): void => {
    execFileSync(command, of, { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  run('npm', 'pack', '--silent', `cockatiel@${VERSION}`);
  run('tar', '-xzf', `cockatiel-${VERSION}.tgz`);
  run('npm', 'install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', directory, ...TOOLS);
  return join(directory, 'package');
}

function runIn(unpacked: string): MochaReport {
  const ours = fileURLToPath(new URL('cockatiel-classes.ts', import.meta.url));
  for (const [name, maker] of Object.entries(classes)) {
    // Behind what the module exports itself; its last line is a comment without an end.
    const line = `\nexports.${name} = require(${JSON.stringify(ours)}).${maker}(require);\n`;
    appendFileSync(join(unpacked, 'dist', `${name}.js`), line);
  }
  const tests = [...Object.keys(classes), 'Policy'].map((name) => join('dist', `${name}.test.js`));
  const mocha = join(unpacked, '..', 'node_modules', 'mocha', 'bin', '_mocha');
  const flags = ['--conditions=source', '--import', import.meta.resolve('tsx')];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, mocha, '--reporter', 'json', ...tests], {
    cwd: unpacked,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const begin = stdout.indexOf('{\n  "stats"');
  if (begin < 0) throw new Error(`The tests of cockatiel ${VERSION} did not run: ${stderr}`);
  return JSON.parse(stdout.slice(begin)) as MochaReport;
}
