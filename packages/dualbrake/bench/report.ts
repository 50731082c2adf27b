import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { candidates } from './candidates/index.ts';
import type { ClassifyEntry } from './classify.ts';
import type { Entry } from './measure-row.ts';
import type { MemoryEntry } from './memory.ts';
import type { OutageEntry } from './outage.ts';
import type { Share } from './profile.ts';
import type { RouteEntry } from './route.ts';
import { rowOf, type RowName } from './rows.ts';

/** Everything that a run of the bench has found. */
export interface Findings {
  readonly command: string;
  /** What was done, in a sentence. */
  readonly method: string;
  readonly rows: ReadonlyMap<RowName, readonly Entry[]>;
  /** Of rows whose target was missed. */
  readonly profiles: ReadonlyMap<RowName, readonly Share[]>;
  readonly memory: readonly MemoryEntry[];
  readonly classified: readonly ClassifyEntry[];
  readonly routes: readonly RouteEntry[];
  readonly outages: readonly OutageEntry[];
}

/** The report as Markdown. */
export function reportOf(findings: Findings): string {
  const { rows, profiles, memory, classified, routes, outages } = findings;
  const sections = [
    '# What dualbrake costs',
    `Written by \`${findings.command}\`, never by hand.`,
    `${new Date().toISOString().slice(0, 10)}; ${machine()}; Node ${process.versions.node}.\n${versions()}.`,
    ...(rows.size === 0 ? [] : ['## Time', findings.method, timeTable(rows), '### Every candidate', fullTable(rows)]),
    ...(profiles.size === 0
      ? []
      : ['### Where the time goes in rows that miss their target', profileNote, profileTable(profiles)]),
    ...(hasGarbage(rows) ? ['## Garbage', garbageNote, garbageTable(rows)] : []),
    ...(memory.length === 0 ? [] : ['## Breakers that are merely there', memoryNote, memoryTable(memory)]),
    ...(classified.length === 0 ? [] : ['## What an error is', classifyNote, classifyTable(classified)]),
    ...(routes.length === 0 ? [] : ['## A guarded route', routeNote, routeTable(routes)]),
    ...(outages.length === 0 ? [] : ['## A simulated outage', outageNote, outageTable(outages)]),
  ];
  return `${sections.join('\n\n')}\n`;
}

const profileNote =
  'Self time of dualbrake by function, from the sampling profiler of the engine, the largest shares; calls, the bare ' +
  'operation and the awaiting of it included. What is inlined counts for the function that it went into.';

const garbageNote =
  'Bytes that one call leaves for the garbage collector, the bare operation and the awaiting of it included; optimized code.';

const memoryNote =
  'Bytes for each breaker, fresh and after one call; what is left of it when nobody refers to it any more; timers for each. ' +
  'Targets: at most 450 fresh with a time window, 700 after use, no timer, nothing left.';

const classifyNote =
  'Nanoseconds for asking what an error is, medians of slices in turn. dualbrake answers with nine facts, the others with one. ' +
  'Garbage: bytes that a question to dualbrake leaves behind; the answers themselves are rows of the table unless there is a hint in them.';

const routeNote =
  'Requests a second over loopback, one after the other on a connection that stays, client and server in one process; slices in turn. ' +
  'Target: within 3 % of the bare route.';

const outageNote =
  '200 calls a second that take 20 ms each, two minutes, in virtual time. The dependency refuses connections for 30 s on ' +
  'average, 18 to 42 s, so that it comes back at all moments of an open time. Targets for the defaults of dualbrake with a ' +
  'health check: at most 30 calls reach the dead dependency, 0.15 s to open, normal within 1 s on average, never more than ' +
  'the usual 200 calls a second. Back to normal: until the last call that was refused or failed after the recovery.';

type Rows = Findings['rows'];

function profileTable(profiles: Findings['profiles']): string {
  const lines = [...profiles].map(([name, shares]) => [
    rowOf(name).work,
    shares.map(({ where, share }) => `${(100 * share).toFixed(0)} % ${where}`).join('; '),
  ]);
  return table(['work', 'self time'], lines);
}

/** Whether dualbrake costs more in a row than it may, or more than a peer. */
export function misses(name: RowName, entries: readonly Entry[]): boolean {
  return /\bno\b|slower/.test(targetOf(name, entries).isMet);
}

/** One line for each row: the peers that the targets name, the fastest of the others, and ours. */
function timeTable(rows: Rows): string {
  const head = [
    'work',
    'bare',
    'plain by hand',
    'cockatiel',
    'opossum',
    'best other',
    '**dualbrake**',
    'target',
    'met',
  ];
  const lines = [...rows].map(([name, entries]) => {
    const of = (candidate: string): Entry | undefined => entries.find((entry) => entry.candidate === candidate);
    const named = new Set(['bare await', 'plain by hand', 'dualbrake', 'dualbrake without it', 'cockatiel', 'opossum']);
    const other = fastest(entries.filter(({ candidate }) => !named.has(candidate)));
    const { text, isMet } = targetOf(name, entries);
    return [
      rowOf(name).work,
      nanoseconds(of('bare await')),
      timeOf(of('plain by hand')),
      timeOf(of('cockatiel')),
      timeOf(of('opossum')),
      other === undefined ? '-' : `${timeOf(other)} ${other.candidate}`,
      `**${timeOf(of('dualbrake'))}**`,
      text,
      isMet,
    ];
  });
  return table(head, lines);
}

/** The target of a row, and whether it is met: against the bare await, and against every peer. */
function targetOf(name: RowName, entries: readonly Entry[]): { text: string; isMet: string } {
  const { target, targetToSilent } = rowOf(name);
  const ours = entries.find(({ candidate }) => candidate === 'dualbrake')?.timing;
  const silent = entries.find(({ candidate }) => candidate === 'dualbrake without it')?.timing;
  const peer = fastest(entries.filter(({ candidate }) => isPeer(candidate)));
  if (ours === undefined) return { text: '', isMet: 'not measured' };
  const verdicts: string[] = [];
  const texts: string[] = [];
  if (target !== undefined) {
    texts.push(`<= ${target}x`);
    verdicts.push(ours.ratio <= target ? 'yes' : 'no');
  }
  if (silent !== undefined) {
    const extra = ours.ratio / silent.ratio;
    texts.push(
      `${targetToSilent === undefined ? '' : `<= ${targetToSilent}x of `}${Math.round(silent.nanoseconds)} ns without it`,
    );
    verdicts.push(
      `${extra.toFixed(2)}x of it${targetToSilent === undefined ? '' : extra <= targetToSilent ? ', yes' : ', no'}`,
    );
  }
  if (peer?.timing !== undefined) {
    const times = peer.timing.nanoseconds / ours.nanoseconds;
    verdicts.push(
      times >= 1 ? `${times.toFixed(1)} times faster than ${peer.candidate}` : `slower than ${peer.candidate}`,
    );
  }
  return { text: texts.join(', '), isMet: verdicts.join('; ') };
}

function fullTable(rows: Rows): string {
  const head = ['work', 'candidate', 'ns per call', 'ratio', 'middle half of the ratios', ''];
  const lines = [...rows].flatMap(([name, entries]) =>
    entries.map(({ candidate, timing, problem = '' }) => [
      rowOf(name).work,
      candidate,
      timing === undefined ? '-' : whole(timing.nanoseconds),
      timing === undefined ? '-' : ratio(timing.ratio),
      timing === undefined ? '-' : `${ratio(timing.spread[0])} to ${ratio(timing.spread[1])}`,
      problem,
    ]),
  );
  return table(head, lines);
}

function garbageTable(rows: Rows): string {
  const shown = candidates
    .map(({ name }) => name)
    .filter((name) =>
      [...rows.values()].flat().some((entry) => entry.candidate === name && entry.garbageBytes !== undefined),
    );
  const lines = [...rows].map(([name, entries]) => [
    rowOf(name).work,
    ...shown.map((candidate) => {
      const bytes = entries.find((entry) => entry.candidate === candidate)?.garbageBytes;
      return bytes === undefined ? '-' : whole(bytes);
    }),
  ]);
  return table(['work', ...shown], lines);
}

function memoryTable(entries: readonly MemoryEntry[]): string {
  return table(
    ['breaker', 'how many', 'fresh', 'after use', 'left', 'timers'],
    entries.map(({ candidate, breakers, freshBytes, usedBytes, leftBytes, timers }) => [
      candidate,
      whole(breakers),
      whole(freshBytes),
      whole(usedBytes),
      whole(leftBytes),
      timers.toFixed(timers % 1 === 0 ? 0 : 2),
    ]),
  );
}

function classifyTable(entries: readonly ClassifyEntry[]): string {
  const names = Object.keys(entries[0]?.nanoseconds ?? {});
  return table(
    ['', ...names, 'garbage'],
    entries.map(({ what, nanoseconds: times, garbageBytes }) => [
      what,
      ...names.map((name) => whole(times[name] ?? Number.NaN)),
      whole(garbageBytes),
    ]),
  );
}

function routeTable(entries: readonly RouteEntry[]): string {
  return table(
    ['route', 'requests a second', 'of the bare route', 'middle half'],
    entries.map(({ route, perSecond, ratio: share, spread }) => [
      route,
      whole(perSecond),
      percent(share),
      `${percent(spread[0])} to ${percent(spread[1])}`,
    ]),
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function outageTable(entries: readonly OutageEntry[]): string {
  return table(
    ['', 'calls that reached the dead dependency', 'time to open', 'back to normal, mean / worst', 'peak afterwards'],
    entries.map(({ system, deadCalls, openedAfterMs, normalAfterMs, peakPerSecond }) => [
      system,
      whole(deadCalls),
      openedAfterMs === undefined ? 'never' : `${seconds(openedAfterMs)} s`,
      `${seconds(normalAfterMs.mean)} / ${seconds(normalAfterMs.worst)} s`,
      `${whole(peakPerSecond)} calls/s`,
    ]),
  );
}

function isPeer(candidate: string): boolean {
  return !['bare await', 'plain by hand', 'dualbrake', 'dualbrake without it'].includes(candidate);
}

function fastest(entries: readonly Entry[]): Entry | undefined {
  return entries
    .filter(({ timing }) => timing !== undefined)
    .toSorted((one, other) => (one.timing?.ratio ?? 0) - (other.timing?.ratio ?? 0))[0];
}

function hasGarbage(rows: Rows): boolean {
  return [...rows.values()].some((entries) => entries.some(({ garbageBytes }) => garbageBytes !== undefined));
}

function nanoseconds(entry: Entry | undefined): string {
  return entry?.timing === undefined ? '-' : whole(entry.timing.nanoseconds);
}

function timeOf(entry: Entry | undefined): string {
  if (entry?.timing === undefined) return entry?.problem === undefined ? '-' : 'fails';
  return `${whole(entry.timing.nanoseconds)} (${ratio(entry.timing.ratio)})`;
}

function ratio(value: number): string {
  return `${value >= 100 ? whole(value) : value.toFixed(value < 10 ? 2 : 1)}x`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(ms < 1_000 ? 2 : 1);
}

/** A table of Markdown. */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const cells = [head, head.map(() => '---'), ...lines];
  return cells.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** What everything was measured on. */
export function machine(): string {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${first?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${gigabytes} GB, ${process.platform} ${process.arch}`;
}

/** Which release of everything was measured. */
function versions(): string {
  const known = candidates.flatMap((candidate) => (candidate.package === undefined ? [] : [candidate.package]));
  return [...new Set(known)].map((name) => `${name} ${versionOf(name)}`).join(', ');
}

function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      const { version } = JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string };
      return version;
    } catch {
      // It lies in a folder further up.
    }
  }
  return '(version unknown)';
}
