/**
 * How long `npm start` takes until the program is ready, and how much memory it uses, here and in another checkout:
 * both alternately, cold and warm. Writes `start.md`. `npm run bench:start -- --against DIR [--rounds 5]`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ownerPassword, signIn } from '../test/program.ts';
import { median } from './statistics.ts';

const here = resolve(import.meta.dirname, '../../..');
const { values } = parseArgs({ options: { against: { type: 'string' }, rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const requests = 200;
const email = 'olive@example.com';
/** `/proc` counts processor time in hundredths of a second. */
const ticksPerSecond = 100;

interface Side {
  readonly name: string;
  readonly root: string;
}

/** A measured start: seconds and megabytes. */
interface Start {
  readonly readyS: number;
  /** Of all processes, npm and finished ones included. */
  readonly cpuS: number;
  readonly rssMb: number;
  readonly pssMb: number;
  readonly laterRssMb: number;
  readonly laterPssMb: number;
  readonly databaseRssMb: number;
  readonly databasePssMb: number;
}

interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly cpuS: number;
}

const sides: readonly Side[] = [
  ...(values.against === undefined ? [] : [{ name: 'before', root: resolve(values.against) }]),
  { name: 'now', root: here },
];
const cold = new Map<Side, Start[]>(sides.map((side) => [side, []]));
const warm = new Map<Side, Start[]>(sides.map((side) => [side, []]));
const load = loadavg()[0] ?? 0;

for (let round = 0; round < rounds; round += 1) {
  // Neither side is always the first.
  for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
    const scratch = mkdtempSync(join(tmpdir(), 'bench-start-'));
    try {
      forgetEarlierStarts(side);
      cold.get(side)?.push(await measure(side, scratch, { isFirst: true }));
      warm.get(side)?.push(await measure(side, scratch, { isFirst: false }));
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
    process.stdout.write(`round ${round + 1} of ${rounds}: ${side.name}\n`);
  }
}

const report = [
  '# The start',
  '',
  'Written by `npm run bench:start -- --against DIR`, never by hand.',
  '',
  `${new Date().toISOString().slice(0, 10)}; ${cpus()[0]?.model.trim()}, ${cpus().length} cores, load ${load.toFixed(1)} at the beginning; Node ${process.versions.node}.`,
  '',
  `Median of ${rounds} starts of each, alternately, with least and most in parentheses. *Ready* is the time from \`npm start\``,
  'to the line that says so; *processor* is what all processes used until then, which other work on the machine changes',
  `less. Memory is that of the application when it is ready and after ${requests} requests, and of the database's process: RSS,`,
  'and PSS, in which shared pages count in proportion.',
  '',
  ...table('Cold: the first start after `npm ci`, with an empty data folder and 2,000 demo students', cold),
  ...table('Warm: the second start', warm),
];
const file = join(import.meta.dirname, 'start.md');
writeFileSync(file, `${report.join('\n').trimEnd()}\n`);
process.stdout.write(`\n${report.join('\n')}\n`);

/** Removes what starts leave in a checkout, so that the next one is as after `npm ci`. */
function forgetEarlierStarts({ root }: Side): void {
  const application = join(root, 'apps/driving-school');
  rmSync(join(application, 'dist/server/.compile-cache'), { recursive: true, force: true });
  // Without a build at installation, the first start builds the pages.
  if (existsSync(join(application, 'dist/build.json'))) return;
  for (const pages of ['apps/driving-school/dist/web', 'packages/console/dist/ui']) {
    rmSync(join(root, pages), { recursive: true, force: true });
  }
}

async function measure({ root }: Side, scratch: string, { isFirst }: { readonly isFirst: boolean }): Promise<Start> {
  const startedAt = performance.now();
  const npm = spawn('npm', ['start'], {
    cwd: root,
    env: {
      PATH: (process.env['PATH'] ?? '').replaceAll(/[^:]*node_modules\/\.bin:|[^:]*node-gyp-bin:/g, ''),
      HOME: process.env['HOME'],
      // Caches of starts must not come from another checkout.
      TMPDIR: scratch,
      DATA_DIR: join(scratch, 'data'),
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(npm, 'exit');
  let said = '';
  const url = await new Promise<string>((found, failed) => {
    npm.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      const [, address] = /Ready: (\S+)/.exec(said) ?? [];
      if (address !== undefined) found(address);
    });
    void ended.then(() => failed(new Error(`It ended before it was ready:\n${said}`)));
  });
  const readyS = (performance.now() - startedAt) / 1_000;

  const tree = descendants(npm.pid ?? -1);
  const database = tree.find(({ command }) => command.includes('embedded-server'));
  const application = tree.find(({ pid }) => pid === database?.parent);
  if (database === undefined || application === undefined) throw new Error('A process is missing');
  const cpuS = tree.reduce((sum, one) => sum + one.cpuS, 0);
  const atReady = memoryMb(application.pid);

  if (isFirst) await choosePassword(url, await eventually(() => /\/welcome#([\w-]{43})/.exec(said)?.[1]));
  const owner = await signIn(url, email, ownerPassword);
  for (let request = 0; request < requests; request += 1) {
    const response = await owner.fetch(request % 2 === 0 ? '/api/students?limit=50' : '/admin/api/v1/services');
    if (!response.ok) throw new Error(`A request failed: ${response.status}`);
    await response.arrayBuffer();
  }
  const later = memoryMb(application.pid);
  const ofDatabase = memoryMb(database.pid);

  process.kill(application.pid, 'SIGTERM');
  await ended;
  return {
    readyS,
    cpuS,
    rssMb: atReady.rss,
    pssMb: atReady.pss,
    laterRssMb: later.rss,
    laterPssMb: later.pss,
    databaseRssMb: ofDatabase.rss,
    databasePssMb: ofDatabase.pss,
  };
}

async function choosePassword(url: string, token: string): Promise<void> {
  const response = await fetch(`${url}/api/welcome`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ token, name: 'Olive Owner', email, password: ownerPassword }),
  });
  if (!response.ok) throw new Error(`Choosing a password failed: ${response.status}`);
}

async function eventually<T>(find: () => T | undefined): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise((resolveSoon) => setTimeout(resolveSoon, 10));
  }
}

/** A process and all of its running descendants. */
function descendants(root: number): ProcessFacts[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (processFacts(Number(name)) ?? []) : []));
  const found = all.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

function processFacts(pid: number): ProcessFacts | undefined {
  try {
    // The name, in parentheses, may contain anything. Times: user, system, and the same of children that have ended.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return { pid, parent: Number(fields[1]), command, cpuS: ticks / ticksPerSecond };
  } catch {
    return undefined; // It has ended meanwhile.
  }
}

function memoryMb(pid: number): { readonly rss: number; readonly pss: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const of = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1_024) / 1e6;
  return { rss: of('Rss'), pss: of('Pss') };
}

function table(title: string, starts: ReadonlyMap<Side, readonly Start[]>): string[] {
  const rows: readonly [name: string, value: (start: Start) => number, unit: string, digits: number][] = [
    ['ready', (start) => start.readyS, 's', 2],
    ['processor until ready', (start) => start.cpuS, 's', 2],
    ['application, ready: RSS', (start) => start.rssMb, 'MB', 0],
    ['application, ready: PSS', (start) => start.pssMb, 'MB', 0],
    [`application, after ${requests} requests: RSS`, (start) => start.laterRssMb, 'MB', 0],
    [`application, after ${requests} requests: PSS`, (start) => start.laterPssMb, 'MB', 0],
    ['database: RSS', (start) => start.databaseRssMb, 'MB', 0],
    ['database: PSS', (start) => start.databasePssMb, 'MB', 0],
  ];
  const names = sides.map(({ name }) => name);
  const hasRatio = sides.length > 1;
  return [
    `## ${title}`,
    '',
    `| | ${[...names, ...(hasRatio ? ['now : before'] : [])].join(' | ')} |`,
    `| --- |${' --- |'.repeat(names.length + (hasRatio ? 1 : 0))}`,
    ...rows.map(([name, value, unit, digits]) => {
      const measured = sides.map((side) => (starts.get(side) ?? []).map(value));
      const cells = measured.map((all) => {
        const [middle, least, most] = [median(all), Math.min(...all), Math.max(...all)].map((one) =>
          one.toFixed(digits),
        );
        return `${middle} ${unit} (${least} to ${most})`;
      });
      const [before = [], now = []] = measured;
      const ratio = hasRatio ? [(median(now) / median(before)).toFixed(2)] : [];
      return `| ${[name, ...cells, ...ratio].join(' | ')} |`;
    }),
    '',
  ];
}
