import type { Subject } from './candidate.ts';

/** How long and how often is measured. */
export interface Plan {
  /** Rounds in which every subject has one slice. */
  readonly slices: number;
  /** Milliseconds that a slice is meant to take. */
  readonly sliceMs: number;
  /** Milliseconds that each subject runs before anything counts. */
  readonly warmUpMs: number;
}

/** How the calls of a subject are made. */
export interface Shape {
  /** Calls under way at once. */
  readonly concurrent: number;
  /** Whether calls end with an error, which is caught. */
  readonly fails: boolean;
}

/** Medians over all slices of a subject. */
export interface Timing {
  readonly nanoseconds: number;
  /** To the first subject's slice of the same round, so that what disturbs the machine disturbs both. */
  readonly ratio: number;
  /** Quarter and three quarters of the ratios. */
  readonly spread: readonly [number, number];
}

/** Measures subjects slice by slice in turn. The first is what the others are compared with. */
export async function measureInTurn(
  subjects: readonly Subject[],
  shape: Shape,
  { slices, sliceMs, warmUpMs }: Plan,
): Promise<Timing[]> {
  const counts: number[] = [];
  for (const subject of subjects) counts.push(await callsFor(subject, shape, sliceMs, warmUpMs));
  const rounds: number[][] = [];
  for (let round = 0; round < slices; round += 1) {
    const times: number[] = [];
    for (const [place, subject] of subjects.entries()) times.push(await sliceNs(subject, shape, counts[place] ?? 1));
    rounds.push(times);
  }
  return subjects.map((_subject, place) => timingOf(rounds, place));
}

/** Warms a subject up, and finds how many calls fill a slice. */
async function callsFor(subject: Subject, shape: Shape, sliceMs: number, warmUpMs: number): Promise<number> {
  const end = performance.now() + warmUpMs;
  let count = shape.concurrent;
  let nanoseconds = await sliceNs(subject, shape, count);
  while (performance.now() < end) {
    count = fitting(count, nanoseconds, sliceMs, shape);
    nanoseconds = await sliceNs(subject, shape, count);
  }
  return fitting(count, nanoseconds, sliceMs, shape);
}

/** At most ten times more than last time: the first calls are the slowest. */
function fitting(last: number, nanoseconds: number, sliceMs: number, { concurrent }: Shape): number {
  const calls = Math.min((sliceMs * 1e6) / nanoseconds, last * 10);
  return Math.max(1, Math.round(calls / concurrent)) * concurrent;
}

/** Absent without `--expose-gc`. */
const collectYoung = globalThis.gc as ((options: { readonly type: 'minor' }) => void) | undefined;

/** Nanoseconds for each call of one slice. */
async function sliceNs({ call, prepare }: Subject, { concurrent, fails }: Shape, count: number): Promise<number> {
  prepare?.();
  // Nobody pays for what the one before left behind.
  collectYoung?.({ type: 'minor' });
  const begin = process.hrtime.bigint();
  await runCalls(call, count, concurrent, fails);
  return Number(process.hrtime.bigint() - begin) / count;
}

/** Makes the calls of a slice. */
export function runCalls(call: Subject['call'], count: number, concurrent: number, fails: boolean): Promise<void> {
  if (concurrent > 1) return together(call, count / concurrent, concurrent);
  return fails ? caught(call, count) : inTurn(call, count);
}

async function inTurn(call: Subject['call'], count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await call();
}

async function caught(call: Subject['call'], count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    try {
      await call();
    } catch {
      // As it should be: the row is about failures.
    }
  }
}

async function together(call: Subject['call'], rounds: number, concurrent: number): Promise<void> {
  const calls = Array.from<Promise<unknown>>({ length: concurrent });
  for (let left = rounds; left > 0; left -= 1) {
    for (let place = 0; place < concurrent; place += 1) calls[place] = call();
    await Promise.all(calls);
  }
}

function timingOf(rounds: readonly (readonly number[])[], place: number): Timing {
  const ratios = rounds.map((times) => (times[place] ?? Number.NaN) / (times[0] ?? Number.NaN));
  return {
    nanoseconds: median(rounds.map((times) => times[place] ?? Number.NaN)),
    ratio: median(ratios),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  };
}

/** @param share 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
