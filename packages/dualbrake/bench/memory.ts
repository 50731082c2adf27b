/** What 100,000 breakers cost that are merely there. */
import { circuitBreaker as alfredBreaker } from '@git-stunts/alfred';
import { circuitBreaker as cockatielBreaker, handleAll, SamplingBreaker } from 'cockatiel';
import { CircuitBreaker } from 'dualbrake';
import OpossumBreaker from 'opossum';
import { ANSWER, type Operation } from './candidate.ts';
import { timeWindow } from './candidates/dualbrake.ts';
import { PlainBreaker } from './candidates/plain.ts';

/** What one kind of breaker costs, for each one. */
export interface MemoryEntry {
  readonly candidate: string;
  readonly breakers: number;
  readonly freshBytes: number;
  /** After one successful call. */
  readonly usedBytes: number;
  /** What is still there when nobody refers to it any more. */
  readonly leftBytes: number;
  readonly timers: number;
}

interface Kind {
  readonly breakers: number;
  /** Makes one breaker and answers how to call it. */
  readonly make: (place: number) => object;
  readonly call: (breaker: never, operation: Operation) => Promise<unknown>;
}

const operation: Operation = async () => ANSWER;

/** Where it has the choice, with a time window. */
const kinds = {
  'plain by hand': kind(
    100_000,
    () => new PlainBreaker(),
    (breaker) => breaker.execute(operation),
  ),
  'dualbrake, time window': kind(
    100_000,
    () => new CircuitBreaker(timeWindow),
    (breaker) => breaker.execute(operation),
  ),
  'dualbrake, defaults': kind(
    100_000,
    () => new CircuitBreaker(),
    (breaker) => breaker.execute(operation),
  ),
  'dualbrake, time window, names of their own': kind(
    100_000,
    (place) => new CircuitBreaker({ ...timeWindow, name: `tenant-${place}` }),
    (breaker) => breaker.execute(operation),
  ),
  '@git-stunts/alfred': kind(
    100_000,
    () => alfredBreaker({ threshold: 5, duration: 60_000 }),
    (breaker) => breaker.execute(operation),
  ),
  cockatiel: kind(
    100_000,
    () =>
      cockatielBreaker(handleAll, {
        halfOpenAfter: 60_000,
        breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
      }),
    (breaker) => breaker.execute(operation),
  ),
  // Fewer: a list of all circuits keeps them, and 100,000 with two timers each take minutes.
  opossum: kind(
    20_000,
    () => new OpossumBreaker<[], number>(operation, { rollingPercentilesEnabled: false, enableSnapshots: false }),
    (breaker) => breaker.fire(),
  ),
  'opossum, defaults': kind(
    20_000,
    () => new OpossumBreaker<[], number>(operation),
    (breaker) => breaker.fire(),
  ),
} satisfies Record<string, Kind>;

export type MemoryKind = keyof typeof kinds;

export const memoryKinds = Object.keys(kinds) as MemoryKind[];

/** Has to run in a process of its own, with `--expose-gc`. */
export async function measureMemory(candidate: MemoryKind): Promise<MemoryEntry> {
  const { breakers: count, make, call }: Kind = kinds[candidate];
  // One that stays, so that what is made once is not counted.
  const first = make(0);
  await call(first as never, operation);
  const before = await settledHeap();
  const timers = countTimers();
  const breakers = Array.from({ length: count }, (_none, place) => make(place));
  const fresh = await settledHeap();
  const timersEach = timers() / count;
  for (const breaker of breakers) await call(breaker as never, operation);
  const used = await settledHeap();
  // Emptied here and not before: the collector takes what nobody is going to read, whatever refers to it.
  breakers.length = 0;
  const left = await settledHeap();
  return {
    candidate,
    breakers: count,
    freshBytes: (fresh - before) / count - bytesOfReference,
    usedBytes: (used - before) / count - bytesOfReference,
    leftBytes: (left - before) / count,
    timers: timersEach,
  };
}

/** What the list that holds them takes for each. */
const bytesOfReference = 8;

function kind<B extends object>(
  breakers: number,
  make: (place: number) => B,
  call: (breaker: B) => Promise<unknown>,
): Kind {
  return { breakers, make, call: (breaker) => call(breaker) };
}

async function settledHeap(): Promise<number> {
  for (let times = 0; times < 4; times += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

/** @returns how many timers have been set since and neither fired nor cleared */
function countTimers(): () => number {
  const { setTimeout: realTimeout, setInterval: realInterval, clearTimeout: realClear } = globalThis;
  let set = 0;
  globalThis.setTimeout = Object.assign((...args: Parameters<typeof realTimeout>) => {
    set += 1;
    return realTimeout(...args);
  }, realTimeout);
  globalThis.setInterval = Object.assign((...args: Parameters<typeof realInterval>) => {
    set += 1;
    return realInterval(...args);
  }, realInterval);
  globalThis.clearTimeout = (timer) => {
    set -= 1;
    realClear(timer);
  };
  return () => {
    Object.assign(globalThis, { setTimeout: realTimeout, setInterval: realInterval, clearTimeout: realClear });
    return set;
  };
}
