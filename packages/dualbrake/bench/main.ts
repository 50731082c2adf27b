/**
 * Measures what dualbrake costs, beside a bare await, plain code and its peers, and writes `results.md`.
 *
 *     npm run bench                          everything, some five minutes
 *     npm run bench -- --quick               fewer slices, no file written
 *     npm run bench -- "breaker closed"      the rows whose name contains it, no file written
 *     npm run bench -- memory                memory alone; likewise outage, garbage, classify, route
 *     npm run bench -- profile "five"        where the time of these rows goes
 *     npm run bench -- --only=dualbrake      only these candidates, separated by commas
 *
 * It measures what users run: the compiled package in `dist`, which the npm script builds first.
 */
import { writeFileSync } from 'node:fs';
import type { Entry, RowOrder } from './measure-row.ts';
import type { Plan } from './measure.ts';
import { memoryKinds, type MemoryEntry } from './memory.ts';
import { inOwnProcess } from './process.ts';
import type { Share } from './profile.ts';
import { misses, reportOf, type Findings } from './report.ts';
import { rowNames, rowOf, type RowName } from './rows.ts';

const thorough: Plan = { slices: 45, sliceMs: 5, warmUpMs: 200 };
const quick: Plan = { slices: 15, sliceMs: 3, warmUpMs: 80 };

/** Nothing is collected while garbage is counted. */
const garbageOptions = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];

const parts = ['time', 'garbage', 'memory', 'profile', 'classify', 'route', 'outage'] as const;
type Part = (typeof parts)[number];

const given = process.argv.slice(2);
const isQuick = given.includes('--quick');
const only =
  given
    .find((each) => each.startsWith('--only='))
    ?.slice('--only='.length)
    .split(',') ?? [];
const words = given.filter((each) => !each.startsWith('--'));
const isWhole = words.length === 0 && only.length === 0 && !isQuick;
const asked = partsOf(words);
const rowsAsked = rowsOf(words);

const rowsFound = await rowFindings();
const findings: Findings = {
  command: `npm run bench${given.length === 0 ? '' : ` -- ${given.join(' ')}`}`,
  method: methodOf(isQuick ? quick : thorough),
  rows: rowsFound,
  profiles: asked.has('profile') ? await profiles() : new Map(),
  memory: asked.has('memory') ? await memoryFindings() : [],
  classified: asked.has('classify') ? await inOwnProcess('classify', 'all', garbageOptions) : [],
  routes: asked.has('route') ? await inOwnProcess('route', 'all', ['--expose-gc']) : [],
  outages: asked.has('outage') ? await inOwnProcess('outage', { phases: isQuick ? 3 : 9 }) : [],
};
const report = reportOf(findings);
if (isWhole) {
  const file = new URL('results.md', import.meta.url);
  writeFileSync(file, report);
  tell(`Written to ${file.pathname}`);
} else process.stdout.write(`\n${report}`);

async function rowFindings(): Promise<ReadonlyMap<RowName, readonly Entry[]>> {
  const plan = isQuick ? quick : thorough;
  const found = new Map<RowName, readonly Entry[]>();
  for (const row of rowsAsked) {
    let entries: readonly Entry[] = [];
    if (asked.has('time')) {
      tell(rowOf(row).work);
      entries = await measured({ row, what: 'time', plan, only }, ['--expose-gc']);
    }
    if (asked.has('garbage')) {
      tell(`${rowOf(row).work}: garbage`);
      entries = joined(entries, await measured({ row, what: 'garbage', plan, only }, garbageOptions));
    }
    if (entries.length > 0) found.set(row, entries);
  }
  return found;
}

/** A row that takes its process down with it is one row less and not the end of all. */
async function measured(order: RowOrder, nodeOptions: readonly string[]): Promise<readonly Entry[]> {
  try {
    return await inOwnProcess('row', order, nodeOptions);
  } catch (error) {
    return [{ candidate: 'all', problem: String(error) }];
  }
}

/** Of the rows that were asked for; in a whole run, of those whose target was missed. */
async function profiles(): Promise<ReadonlyMap<RowName, readonly Share[]>> {
  const found = new Map<RowName, readonly Share[]>();
  for (const row of rowsAsked) {
    const entries = rowsFound.get(row);
    if (entries !== undefined && !misses(row, entries)) continue;
    tell(`${rowOf(row).work}: profile`);
    found.set(row, await inOwnProcess('profile', row));
  }
  return found;
}

async function memoryFindings(): Promise<MemoryEntry[]> {
  const entries: MemoryEntry[] = [];
  for (const kind of memoryKinds) {
    if (only.length > 0 && !only.some((name) => kind.startsWith(name))) continue;
    tell(`memory: ${kind}`);
    entries.push(await inOwnProcess('memory', kind, ['--expose-gc']));
  }
  return entries;
}

function joined(times: readonly Entry[], garbage: readonly Entry[]): Entry[] {
  const names = new Set([...times, ...garbage].map(({ candidate }) => candidate));
  return [...names].map((candidate) => {
    const time = times.find((entry) => entry.candidate === candidate);
    const left = garbage.find((entry) => entry.candidate === candidate);
    return { ...left, ...time, candidate };
  });
}

/** Without a word about parts: all of them, or for single rows their time and garbage. */
function partsOf(said: readonly string[]): ReadonlySet<Part> {
  const named = parts.filter((part) => said.includes(part));
  if (named.length > 0) return new Set(named);
  return new Set(said.length > 0 ? ['time', 'garbage'] : parts);
}

function rowsOf(said: readonly string[]): readonly RowName[] {
  const wanted = said.filter((word) => !parts.some((part) => part === word));
  const found = rowNames.filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
  if (found.length === 0)
    throw new RangeError(`No row is named ${wanted.join(', ')}; there are ${rowNames.join('; ')}.`);
  return found;
}

function methodOf({ slices, sliceMs }: Plan): string {
  return (
    `Nanoseconds per call, and in brackets the multiple of a bare \`await\` of the same operation. Each row runs in a process ` +
    `of its own, its candidates slice by slice in turn, ${slices} slices of about ${sliceMs} ms each; medians, and each ratio is ` +
    'taken to the bare slice of the same round; what a slice left behind is collected before the next one begins. dualbrake is measured as users get it: compiled, with settings, events and ' +
    'classification in place and, unless the row says otherwise, nobody listening.'
  );
}

function tell(what: string): void {
  process.stderr.write(`${what}\n`);
}
