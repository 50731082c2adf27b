import type { Subject } from './candidate.ts';
import { median, runCalls, type Shape } from './measure.ts';

/** The most that the calls of one measurement may leave behind: more would be collected before it is counted. */
const ROOM_BYTES = 24 * 1024 * 1024;

/**
 * Bytes that a call leaves for the garbage collector, the bare operation's own included.
 * The process must run with `--expose-gc` and a semi-space well above `ROOM_BYTES`.
 */
export async function garbagePerCall({ call, prepare }: Subject, { concurrent, fails }: Shape): Promise<number> {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('Garbage is counted with --expose-gc only.');
  prepare?.();
  // Long enough for the optimizing compiler, which removes some of it.
  const warmUpEnds = performance.now() + 300;
  while (performance.now() < warmUpEnds) await runCalls(call, concurrent * 20, concurrent, fails);
  const samples: number[] = [];
  let count = concurrent === 1 ? 100 : concurrent;
  for (let sample = 0; sample < 9; sample += 1) {
    prepare?.();
    collect();
    const begin = performance.now();
    const before = process.memoryUsage().heapUsed;
    await runCalls(call, count, concurrent, fails);
    const bytes = (process.memoryUsage().heapUsed - before) / count;
    samples.push(bytes);
    const msPerCall = (performance.now() - begin) / count;
    const fitting = Math.min(ROOM_BYTES / Math.max(bytes, 100), 200 / msPerCall, 20_000);
    count = Math.max(1, Math.round(fitting / concurrent)) * concurrent;
  }
  return Math.max(0, median(samples));
}
