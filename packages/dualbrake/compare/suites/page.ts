import { table } from '../page.ts';
import type { Result, SuiteResult } from './run.ts';

export const command = 'npm run compare -- suites';

/** What came of all scenarios, as Markdown. */
export function suitesPart(results: readonly SuiteResult[], today: string): string {
  const sections = [
    "Behaviours that the tests of ten peers ask for, put to dualbrake through its public interface as scenarios in our own words and code. No peer's tests are run as they are: none of these packages ships them in its current version (cockatiel 2.0.2 and retry 0.12.0 were the last that did, for interfaces of years ago), and five are not written in JavaScript. Their tests were read at the commits below.",
    `**same**, **on purpose** and **worse** are run, by each \`${command}\` and by the tests of this repository. **missing** is read: there is no such part, so there is nothing to run. Left out: tests of a peer's internals, streams of got, and details of adaptive limiters.`,
    `Written by the command from \`compare/suites/\`, never by hand. ${today}; Node ${process.versions.node}.`,
    totals(results),
    ...listed('Worse', byVerdict(results, 'worse'), ({ scenario, observed = '' }) => [
      scenario.title,
      shortened(observed),
    ]),
    '## Once worse',
    "What was wrong when the peers' tests were first tried. These are among **same** now, unless they stand under **worse**.",
    pairs(results, ['peer', 'what is right', 'what it did'], ({ scenario: { title, onceWorse } }) =>
      onceWorse === undefined ? undefined : [title, onceWorse],
    ),
    '## On purpose',
    pairs(results, ['peer', "by the peer's test", 'here'], ({ scenario: { title, because = '' }, verdict }) =>
      verdict === 'on purpose' ? [title, because] : undefined,
    ),
    '## Missing',
    missing(results),
  ];
  return `${sections.join('\n\n')}\n`;
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
    ['peer', 'tests read', 'scenarios', ...verdicts, 'once worse'],
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

/** A section with a table, or nothing where there are no rows. */
function listed(
  title: string,
  results: readonly SuiteResult[],
  cells: (result: Result) => readonly string[],
): string[] {
  if (results.every((result) => result.results.length === 0)) return [];
  return [`## ${title}`, pairs(results, ['peer', 'what is right', 'what it does'], cells)];
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
