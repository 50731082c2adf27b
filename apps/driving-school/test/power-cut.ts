import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from 'dualbrake/testing';
import { studentsByName } from './campaign.ts';
import { CuttableDisk, makeDiskFolder, processTree, removeDiskFolder, removeLeftovers } from './cuttable-disk.ts';
import { databasePid, ownerPassword, Program, signIn, signInAsOwner, until, type Client } from './program.ts';

/** When the power is cut, in the order of a run. */
export const situations = ['first start', 'database killed', 'both killed', 'steady state'] as const;
export type Situation = (typeof situations)[number];

/** Number of cuts, and the seed that decides when they come. */
export interface PowerCutOptions {
  readonly cuts: number;
  readonly seed: number;
  /** How long a writer pauses after each write, in milliseconds. Default 0. */
  readonly paceMs?: number;
  /** Told after each cut. */
  readonly onCut?: (cut: PowerCut) => void;
}

/** The result of one cut. */
export interface PowerCut {
  readonly situation: Situation;
  /** From the first write after the last start to the cut, in milliseconds. */
  readonly writtenForMs: number;
  /** Whether the program became ready on what was left. */
  readonly opened: boolean;
  /** Creates that were answered with 201 before the cut. */
  readonly acknowledged: number;
  /** Of these, the ones that are not there afterwards. */
  readonly lost: number;
  /** Creates that are there twice. */
  readonly doubled: number;
  /** The last output line of a program that did not open. */
  readonly problem?: string;
}

const writers = 4;
/** How long the program may take to open what is left, in milliseconds. */
const openLimitMs = 240_000;
const environment = { DEMO_DATA: 'no', LOG_LEVEL: 'warn' };
const email = 'olive@example.com';

/**
 * Cuts the power while students are written, again and again, each time on a new disk: the program and its database are
 * stopped at one moment, the disk's image is copied as it is, the program is started on the copy, and every
 * acknowledged student is looked up.
 */
export async function runPowerCuts({ cuts, seed, paceMs = 0, onCut }: PowerCutOptions): Promise<readonly PowerCut[]> {
  await removeLeftovers();
  const random = seededRandom(seed);
  const results: PowerCut[] = [];
  const folder = makeDiskFolder();
  try {
    while (results.length < cuts) {
      const situation = situations[results.length % situations.length] ?? 'first start';
      const cut = await cutOnce({ folder, number: results.length + 1, situation, random, paceMs });
      results.push(cut);
      onCut?.(cut);
    }
  } finally {
    await removeDiskFolder(folder);
  }
  return results;
}

interface CutPlan {
  readonly folder: string;
  readonly number: number;
  readonly situation: Situation;
  readonly random: () => number;
  readonly paceMs: number;
}

async function cutOnce({ folder, number, situation, random, paceMs }: CutPlan): Promise<PowerCut> {
  const disk = CuttableDisk.make(folder, `disk-${number}`);
  const writing = await prepare({ situation, random, paceMs }, join(disk.mountPoint, 'data'));
  const writtenForMs = Math.round((situation === 'steady state' ? 8_000 : 100) + random() * 2_000);
  await until('the first write is acknowledged', () => writing.sinceStart > 0);
  await sleep(writtenForMs);

  const tree = processTree(writing.program.pid);
  for (const pid of tree) process.kill(pid, 'SIGSTOP');
  const mountAfterCut = disk.cut();
  const acknowledged = await writing.stop();
  for (const pid of tree) process.kill(pid, 'SIGKILL');
  await writing.program.ended();
  await disk.remove();

  const after = mountAfterCut();
  const outcome = await lookUp(join(after.mountPoint, 'data'), acknowledged);
  await after.remove();
  return { situation, writtenForMs, acknowledged: acknowledged.length, ...outcome };
}

/** Starts the program and brings it into the situation, with writers at work. */
async function prepare(
  { situation, random, paceMs }: Pick<CutPlan, 'situation' | 'random' | 'paceMs'>,
  dataDirectory: string,
): Promise<Writing> {
  const program = await Program.start({ dataDirectory, environment });
  const client = await signInAsOwner(program);
  const writing = new Writing(program, client, paceMs);
  if (situation === 'first start' || situation === 'steady state') return writing;

  await sleep(500 + random() * 1_000);
  if (situation === 'database killed') {
    const killed = await databasePid(client);
    process.kill(killed, 'SIGKILL');
    await until('a new database', async () => (await livingDatabase(client)) !== killed);
    writing.countFromHere();
    return writing;
  }
  for (const pid of processTree(program.pid)) process.kill(pid, 'SIGKILL');
  const before = await writing.stop();
  await program.ended();
  const next = await Program.start({ dataDirectory, environment });
  return new Writing(next, await signIn(next.address, email, ownerPassword), paceMs, before);
}

async function livingDatabase(client: Client): Promise<number> {
  let pid = -1;
  await until('a database process', async () => (pid = await databasePid(client)) > 0);
  return pid;
}

/** Writes students until it is stopped. */
class Writing {
  readonly program: Program;
  readonly #client: Client;
  readonly #paceMs: number;
  readonly #acknowledged: string[];
  readonly #stopping = new AbortController();
  readonly #writers: readonly Promise<void>[];
  #countedFrom: number;

  constructor(program: Program, client: Client, paceMs: number, before: readonly string[] = []) {
    this.program = program;
    this.#client = client;
    this.#paceMs = paceMs;
    this.#acknowledged = [...before];
    this.#countedFrom = before.length;
    this.#writers = Array.from({ length: writers }, () => this.#write());
  }

  /** Acknowledged since the start or restart. */
  get sinceStart(): number {
    return this.#acknowledged.length - this.#countedFrom;
  }

  countFromHere(): void {
    this.#countedFrom = this.#acknowledged.length;
  }

  /** Breaks off what is under way. @returns the names that were acknowledged */
  async stop(): Promise<readonly string[]> {
    this.#stopping.abort();
    await Promise.all(this.#writers);
    return this.#acknowledged;
  }

  async #write(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const name = `Cut${randomUUID()}`;
      const body = JSON.stringify({ legal_given_names: null, legal_family_name: name, birth_date: '2008-05-17' });
      const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
      try {
        const response = await this.#client.fetch('/api/students', { method: 'POST', body, headers, signal });
        if (response.status === 201) this.#acknowledged.push(name);
        else await sleep(50, undefined, { signal });
        if (this.#paceMs > 0) await sleep(this.#paceMs, undefined, { signal });
      } catch {
        // Cut off, or the program is gone: either way it was not acknowledged.
        if (!signal.aborted) await sleep(50);
      }
    }
  }
}

async function lookUp(
  dataDirectory: string,
  acknowledged: readonly string[],
): Promise<Pick<PowerCut, 'opened' | 'lost' | 'doubled' | 'problem'>> {
  const program = await Program.launch({ dataDirectory, environment });
  try {
    const opened = await isReady(program);
    if (!opened) return { opened, lost: acknowledged.length, doubled: 0, problem: lastWords(program) };
    const found = await signIn(program.address, email, ownerPassword).then(
      (client) => studentsByName(client, 'Cut'),
      // The owner's password was acknowledged, too: when it is gone, all is.
      () => new Map<string, string[]>(),
    );
    return {
      opened,
      lost: acknowledged.filter((name) => !found.has(name)).length,
      doubled: [...found.values()].filter((ids) => ids.length > 1).length,
    };
  } finally {
    await program.stop();
  }
}

/** @returns false when the program gives up */
async function isReady(program: Program): Promise<boolean> {
  let ready = false;
  await until(
    'the program is ready, or has given up',
    async () => {
      if (program.exitCode !== null) return true;
      return (ready = (await fetch(`${program.address}/readyz`)).ok);
    },
    { limitMs: openLimitMs },
  );
  return ready;
}

function lastWords(program: Program): string {
  return program.output.split('\n').at(-1) ?? '';
}

/** The results as a table for people, and sums below it. */
export function powerCutTable(results: readonly PowerCut[]): string {
  const head = ['cut', 'situation', 'written for', 'opened', 'acknowledged', 'lost', 'doubled'];
  const rows = results.map((cut, at) => [
    String(at + 1),
    cut.situation,
    `${cut.writtenForMs} ms`,
    cut.opened ? 'yes' : 'NO',
    String(cut.acknowledged),
    String(cut.lost),
    String(cut.doubled),
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ');
  return [line(head), ...rows.map(line), '', powerCutSums(results)].map((text) => text.trimEnd()).join('\n');
}

function powerCutSums(results: readonly PowerCut[]): string {
  const sum = (value: (cut: PowerCut) => number): number => results.reduce((total, cut) => total + value(cut), 0);
  const opened = results.filter((cut) => cut.opened).length;
  return (
    `opened ${opened} of ${results.length}, acknowledged ${sum((cut) => cut.acknowledged)}, ` +
    `lost ${sum((cut) => cut.lost)}, doubled ${sum((cut) => cut.doubled)}`
  );
}
