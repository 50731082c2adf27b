/**
 * Measures this build side by side with an earlier one, in one process and in turn, and writes `against.md`:
 *
 *     npm run bench:against -- v0.1.0                    every row, some four minutes
 *     npm run bench:against -- v0.1.0 "retry" timeout    the rows whose names contain one of the words, no file written
 *
 * The first word is a revision of this repository; its package is built into a folder of its own first.
 */
import { writeFileSync } from 'node:fs';
import { earlierBuild } from './earlier-build.ts';
import type { AgainstEntry } from './measure-against.ts';
import { median, quantile } from './measure.ts';
import { inOwnProcess } from './process.ts';
import { machine, table } from './report.ts';
import { rowNames, rowOf } from './rows.ts';

const [revision, ...words] = process.argv.slice(2);
if (revision === undefined) {
  process.stderr.write('Say which revision to compare with, such as: npm run bench:against -- HEAD~1\n');
  process.exit(2);
}
const plan = { slices: 31, sliceMs: 5, warmUpMs: 300 };
/** Each row is measured by so many processes, in half of them the other way round. */
const PROCESSES = 6;
/** How much slower a row may be than before. */
const TOLERANCE = 1.05;
/** Where a real error takes the place of a cheaper one, only the target against the bare await counts. */
const exempt: ReadonlySet<string> = new Set(['breaker open']);

const build = await earlierBuild(revision);
const lines: string[][] = [];
try {
  for (const row of rowNames.filter((name) => words.length === 0 || words.some((word) => name.includes(word)))) {
    process.stderr.write(`${rowOf(row).work}\n`);
    const entries: AgainstEntry[] = [];
    for (let round = 0; round < PROCESSES; round += 1) {
      const order = { row, folder: build.folder, plan, earlierFirst: round % 2 === 0 };
      entries.push(await inOwnProcess('against', order, ['--expose-gc']));
    }
    const ratios = entries.map(({ ratio }) => ratio);
    const middle = (median(ratios) + quantile(ratios, 0.49)) / 2;
    lines.push([
      rowOf(row).work,
      nanoseconds(entries.map(({ beforeNs }) => beforeNs)),
      nanoseconds(entries.map(({ nowNs }) => nowNs)),
      times(middle),
      `${times(Math.min(...ratios))} to ${times(Math.max(...ratios))}`,
      verdict(row, middle),
    ]);
  }
} finally {
  build.remove();
}

const report = `# This build beside an earlier one

Written by \`npm run bench:against -- ${build.name}\`, never by hand.

${new Date().toISOString().slice(0, 10)}; ${machine()}; Node ${process.versions.node}.

Nanoseconds per call of the build of ${build.name} and of this one, slice by slice in turn in one process; the ratio is the
median of the ratios of neighbouring slices, and of ${PROCESSES} such processes, in half of which this build goes first. A row is held when this build is at most ${Math.round((TOLERANCE - 1) * 100)} % slower.

${table(['work', 'before', 'now', 'now to before', 'lowest and highest', 'held'], lines)}
`;
if (words.length === 0) writeFileSync(new URL('against.md', import.meta.url), report);
process.stdout.write(report);

function nanoseconds(all: readonly number[]): string {
  return Math.round(median(all)).toLocaleString('en');
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}

function verdict(row: string, ratio: number): string {
  if (ratio <= TOLERANCE) return 'yes';
  return exempt.has(row) ? 'no; only its own target counts' : 'no';
}
