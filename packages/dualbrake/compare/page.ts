import { existsSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import type { Library } from './adapter.ts';
import type { Verdict } from './judge.ts';
import type { Pitfall } from './pitfall.ts';
import type { Theme } from './pitfalls/index.ts';

/** Where the made page is kept. */
export const pageFile = new URL('../docs/compare.md', import.meta.url);

export const command = 'npm run compare';

/** The page's second part begins here; the first ends. */
const secondPart = "## The peers' own tests";

/** The page with one of its two parts made anew; the other stays as it is. */
export function pageWith(part: 'pitfalls' | 'suites', text: string): string {
  const old = existsSync(pageFile) ? readFileSync(pageFile, 'utf8') : '';
  const place = old.indexOf(`\n${secondPart}\n`);
  const [pitfalls, suites] = place < 0 ? [old, ''] : [old.slice(0, place + 1), old.slice(place + 1)];
  return part === 'suites'
    ? `${pitfalls.trimEnd()}\n\n${secondPart}\n\n${text}`
    : [text, suites].filter(Boolean).join('\n');
}

/** What one library makes of all pitfalls. */
export interface Column {
  readonly library: Library['name'];
  readonly verdicts: ReadonlyMap<Pitfall, Verdict>;
}

/** The matrix as Markdown. */
export function pageOf(themes: readonly Theme[], columns: readonly Column[], today: string): string {
  const sections = [
    '# Known pitfalls, here and elsewhere',
    'What libraries like this one are known to get wrong, tried through their public interfaces with their documented options. Rows with a **P** come from issue trackers and from reading other libraries, rows with an **F** from faults that users would have met in dualbrake itself. Where an option makes a library right, the option is used and named. "Not offered" means that the library has no such part, which is not a fault.',
    'Keep in mind that the authors of dualbrake chose the rows, and knew them when they wrote it.',
    `Written by \`${command}\` from \`compare/\`, never by hand. ${today}; ${columns.map(({ library }) => `${library} ${versionOf(library)}`).join(', ')}; Node ${process.versions.node}.`,
    totals(columns),
    ...themes.flatMap((theme) => [`## ${theme.title}`, matrix(theme, columns), ...remarks(theme)]),
  ];
  return `${sections.join('\n\n')}\n`;
}

function totals(columns: readonly Column[]): string {
  const kinds = ['right', 'wrong', 'not offered'] as const;
  return table(
    ['', ...kinds],
    columns.map(({ library, verdicts }) => [
      library,
      ...kinds.map((kind) => String([...verdicts.values()].filter(({ is }) => is === kind).length)),
    ]),
  );
}

function matrix({ pitfalls }: Theme, columns: readonly Column[]): string {
  return table(
    ['', 'what is right', ...columns.map(({ library }) => library)],
    pitfalls.map((pitfall) => [
      pitfall.number,
      pitfall.title,
      ...columns.map(({ verdicts }) => cellOf(verdicts.get(pitfall))),
    ]),
  );
}

function remarks({ pitfalls }: Theme): string[] {
  const byText = Map.groupBy(
    pitfalls.filter(({ remark }) => remark !== undefined),
    ({ remark }) => remark,
  );
  if (byText.size === 0) return [];
  const lines = [...byText].map(([text, those]) => `- ${those.map(({ number }) => number).join(', ')}: ${text}`);
  return [lines.join('\n')];
}

function cellOf(verdict: Verdict | undefined): string {
  if (verdict === undefined) return '';
  return verdict.is === 'wrong' ? `**wrong:** ${verdict.observed}` : verdict.is;
}

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The version that is installed. */
export function versionOf(library: string): string {
  const file = findPackageJSON(library, import.meta.url);
  if (file === undefined) throw new Error(`${library} is not installed.`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}
