/** Says where the time of a row goes: self time by function, from the engine's sampling profiler. */
import { Session } from 'node:inspector/promises';
import { basename } from 'node:path';
import { candidates } from './candidates/index.ts';
import { runCalls } from './measure.ts';
import { rowOf, type RowName } from './rows.ts';

/** A part of a row's time. */
export interface Share {
  /** Function and file, or what the engine calls its own work. */
  readonly where: string;
  /** Of all samples, 0 to 1. */
  readonly share: number;
}

const MICROSECONDS_PER_SAMPLE = 50;
const WARM_UP_MS = 1_000;
const PROFILE_MS = 3_000;
const SHOWN = 8;

/** Profiles dualbrake in one row, and answers the largest shares. */
export async function profileRow(name: RowName): Promise<Share[]> {
  const row = rowOf(name);
  const candidate = candidates.find((each) => each.name === 'dualbrake');
  const subject = await candidate?.rows[name]?.(row.operation());
  if (subject === undefined) throw new Error(`dualbrake has no part in ${name}.`);
  const concurrent = row.concurrent ?? 1;
  const fails = (row.ends ?? 'answered') !== 'answered';
  const runFor = async (ms: number): Promise<void> => {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      subject.prepare?.();
      await runCalls(subject.call, 1_000 * Math.max(1, concurrent / 100), concurrent, fails);
    }
  };
  await runFor(WARM_UP_MS);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: MICROSECONDS_PER_SAMPLE });
  await session.post('Profiler.start');
  await runFor(PROFILE_MS);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();

  const samples = new Map<number, number>();
  for (const node of profile.samples ?? []) samples.set(node, (samples.get(node) ?? 0) + 1);
  const byPlace = new Map<string, number>();
  for (const { id, callFrame } of profile.nodes) {
    const count = samples.get(id) ?? 0;
    const file = callFrame.url === '' ? '' : ` in ${basename(callFrame.url)}`;
    const where = `${callFrame.functionName === '' ? '(anonymous)' : callFrame.functionName}${file}`;
    byPlace.set(where, (byPlace.get(where) ?? 0) + count);
  }
  const all = profile.samples?.length ?? 0;
  return [...byPlace]
    .map(([where, count]) => ({ where, share: count / all }))
    .toSorted((one, other) => other.share - one.share)
    .slice(0, SHOWN);
}
