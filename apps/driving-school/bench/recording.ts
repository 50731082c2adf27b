/** Requests a second of a guarded route with measuring and recording, and without, in slices that take turns. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GuardedServer, type Slice } from './guarded-server-process.ts';
import { median, quantile } from './statistics.ts';

export interface RecordingEntry {
  readonly how: 'plain' | 'recorded';
  /** Median of slices. */
  readonly perSecond: number;
  /** To the plain slice of the same round: median, quarter and three quarters. */
  readonly ratio: number;
  readonly spread: readonly [number, number];
  /** Time of the processor for one request in microseconds, median of slices, and to the plain slice of the same round. */
  readonly cpuUs: number;
  readonly cpuRatio: number;
  readonly cpuSpread: readonly [number, number];
}

/** Each pair of processes is laid out in memory by chance, which alone makes some per cent: so there are several. */
const PAIRS = 8;
const ROUNDS = 30;
const WARM_UP = 12;
const SLICE_MS = 120;
const ways = ['plain', 'recorded'] as const;

export async function measureRecording(): Promise<RecordingEntry[]> {
  const directory = await mkdtemp(join(tmpdir(), 'recording-'));
  const rounds: Slice[][] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) rounds.push(...(await measurePair(directory)));
  await rm(directory, { recursive: true, force: true });
  return ways.map((how, place) => {
    const of = (name: keyof Slice): number[] => rounds.map((slices) => slices[place]?.[name] ?? Number.NaN);
    const ratiosOf = (name: keyof Slice): number[] =>
      rounds.map((slices) => (slices[place]?.[name] ?? Number.NaN) / (slices[0]?.[name] ?? Number.NaN));
    const [rates, cpus] = [ratiosOf('perSecond'), ratiosOf('cpuUs')];
    return {
      how,
      perSecond: median(of('perSecond')),
      ratio: median(rates),
      spread: middleHalf(rates),
      cpuUs: median(of('cpuUs')),
      cpuRatio: median(cpus),
      cpuSpread: middleHalf(cpus),
    };
  });
}

async function measurePair(directory: string): Promise<Slice[][]> {
  const servers: GuardedServer[] = [];
  for (const how of ways) servers.push(await GuardedServer.start(how, directory));
  const rounds: Slice[][] = [];
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const slices: Slice[] = [];
    // Alternate which process is first.
    for (const place of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const slice = await servers[place]?.load(SLICE_MS);
      if (slice !== undefined) slices[place] = slice;
    }
    if (round >= 0) rounds.push(slices);
  }
  for (const server of servers) await server.stop();
  return rounds;
}

function middleHalf(ratios: readonly number[]): readonly [number, number] {
  return [quantile(ratios, 0.25), quantile(ratios, 0.75)];
}
