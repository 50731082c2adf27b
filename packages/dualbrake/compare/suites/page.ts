import { table } from '../page.ts';
import type { Result, SuiteResult } from './run.ts';

export const command = 'npm run compare -- suites';

/**
 * What came of all scenarios, as Markdown.
 *
 * @param shipped what came of the tests that a package ships
 */
export function suitesPart(results: readonly SuiteResult[], shipped: readonly SuiteResult[], today: string): string {
  const sections = [
    `The tests of ten peers, put to dualbrake in two ways. Written by \`${command}\` from \`compare/suites/\`, never by hand. ${today}; Node ${process.versions.node}.`,
    '### Tests that a package ships',
    "Fetched from the registry and run unchanged, with dualbrake behind the peer's classes (`compare/suites/shipped/`). The current versions of cockatiel, opossum, p-retry, retry, ky and got ship no tests. Older ones that do are cockatiel 3.1.1, which is run here, and retry 0.12.0, which is not: its operations are scheduled by callbacks and return nothing that could be guarded. The four other peers are not npm packages.",
    totals(shipped),
    ...differing(shipped),
    '### Scenarios',
    'The behaviours that their current tests check, read at the commits below and rewritten in our own words and code against the public interface. **same**, **on purpose** and **worse** are run, by the command and by the tests of this repository. **missing** is only read: dualbrake has no such part, so there is nothing to run. Left out: tests of internals, got streams, and details of adaptive limiters.',
    totals(results),
    ...worse(results),
    '### Once worse',
    "What dualbrake got wrong when the peers' tests were first tried. These count as **same** now, unless they are listed under *Worse*.",
    pairs(results, ['peer', 'what is right', 'what it did'], ({ scenario: { title, onceWorse } }) =>
      onceWorse === undefined ? undefined : [title, onceWorse],
    ),
    '### On purpose',
    pairs(results, ['peer', "by the peer's test", 'here'], ({ scenario: { title, because = '' }, verdict }) =>
      verdict === 'on purpose' ? [title, because] : undefined,
    ),
    '### Missing',
    missing(results),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Tests that fail here, each with its verdict. */
function differing(results: readonly SuiteResult[]): string[] {
  const found = results.map(({ suite, results: all }) => ({
    suite,
    results: all.filter(({ verdict }) => verdict !== 'same'),
  }));
  return [
    pairs(found, ['peer', 'test', 'verdict', 'why'], ({ scenario, verdict, observed = '' }) => [
      scenario.title,
      verdict,
      scenario.because ?? shortened(observed),
    ]),
  ];
}

/** How many of a peer's scenarios have which verdict, in the order of the table's columns. */
export function countsOf({ results }: SuiteResult): readonly number[] {
  const count = (isCounted: (result: Result) => boolean): number => results.filter(isCounted).length;
  return [
    results.length,
    ...verdicts.map((verdict) => count((result) => result.verdict === verdict)),
    count(({ scenario }) => scenario.onceWorse !== undefined),
  ];
}

const verdicts = ['same', 'on purpose', 'worse', 'missing'] as const;

function totals(results: readonly SuiteResult[]): string {
  const rows = results.map((result) => ({ result, counts: countsOf(result) }));
  const sums = rows
    .map(({ counts }) => counts)
    .reduce((sum, counts) => sum.map((value, place) => value + (counts[place] ?? 0)));
  return table(
    ['peer', 'tests', 'number', ...verdicts, 'once worse'],
    [
      ...rows.map(({ result: { suite }, counts }) => [suite.peer, suite.snapshot, ...counts.map(String)]),
      ['**all**', '', ...sums.map((sum) => `**${sum}**`)],
    ],
  );
}

function byVerdict(results: readonly SuiteResult[], verdict: Result['verdict']): readonly SuiteResult[] {
  return results.map(({ suite, results: all }) => ({
    suite,
    results: all.filter((result) => result.verdict === verdict),
  }));
}

/** A section with a table, or nothing where nothing is worse. */
function worse(results: readonly SuiteResult[]): string[] {
  const found = byVerdict(results, 'worse');
  if (found.every(({ results: all }) => all.length === 0)) return [];
  const head = ['peer', 'what is right', 'what it does'];
  return ['### Worse', pairs(found, head, ({ scenario, observed = '' }) => [scenario.title, shortened(observed)])];
}

function pairs(
  results: readonly SuiteResult[],
  head: readonly string[],
  cells: (result: Result) => readonly string[] | undefined,
): string {
  const rows = results.flatMap(({ suite, results: all }) =>
    all.flatMap((result) => {
      const found = cells(result);
      return found === undefined ? [] : [[suite.peer, ...found]];
    }),
  );
  return table(head, rows);
}

/** The parts that are missing, each once, with the peers whose tests ask for it. */
function missing(results: readonly SuiteResult[]): string {
  const peersByPart = new Map<string, Set<string>>();
  for (const { suite, results: all } of byVerdict(results, 'missing')) {
    for (const { scenario } of all) {
      const part = scenario.because ?? '';
      peersByPart.set(part, (peersByPart.get(part) ?? new Set()).add(suite.peer));
    }
  }
  return table(
    ['part', 'asked for by'],
    [...peersByPart].map(([part, peers]) => [part, [...peers].join(', ')]),
  );
}

/** Enough of a message to know it by, on one line. */
function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 160)}...` : line;
}
