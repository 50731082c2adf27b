/** Works in a process of its own, with `--expose-gc`: gets one order on the command line, writes one answer. */
import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { bulkhead, CircuitBreaker, fallback, pipeline, retry, timeout, type CallContext } from 'dualbrake';

/** What is left of many calls. */
export interface LongRun {
  /** On the signal that all calls were given. */
  readonly listeners: number;
  /** What still keeps the process alive. */
  readonly timers: readonly string[];
  /** Operations that go on although their callers have their answers. */
  readonly abandoned: number;
  /** Bytes in use after each quarter of the calls. */
  readonly heap: readonly number[];
  /** How calls have ended; each way leaves something else to clean up. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** What is left of breakers and pipelines that were dropped. */
export interface DroppedBreakers {
  readonly made: number;
  readonly left: number;
}

const callsAtOnce = 50;

/** A divisor of `callsAtOnce`, so that a call's place tells how it goes. */
const waysToGo = 10;

async function longRun(calls: number): Promise<LongRun> {
  const limit = timeout({ limitMs: 20 });
  const read = pipeline('long-run', [
    fallback({ to: 'copy' }),
    retry({ maxAttempts: 2, baseMs: 1, jitter: 'none' }),
    new CircuitBreaker({ failureThreshold: 1_000_000 }),
    bulkhead({ limit: callsAtOnce }),
    limit,
  ]);
  const longLived = new AbortController();
  const outcomes: Record<string, number> = {};
  const heap: number[] = [];
  const count = (outcome: string): void => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  };
  // A quarter more, first: optimized code and the like must not be taken for what calls leave behind.
  for (let quarter = 0; quarter < 5; quarter += 1) {
    for (let done = 0; done < calls / 4; done += callsAtOnce) {
      const running = Array.from({ length: callsAtOnce }, async (_, place) => {
        // Some have a caller of their own, who leaves.
        const caller = place % waysToGo === 1 ? new AbortController() : longLived;
        const operation = operationOf(done + place, caller, count);
        const value = await read.execute(operation, { signal: caller.signal }).catch(() => 'left');
        count(value === 'copy' ? 'fallback' : value);
      });
      await Promise.all(running);
    }
    if (quarter > 0) heap.push(await heapInUse());
  }
  return {
    listeners: getEventListeners(longLived.signal, 'abort').length,
    timers: process.getActiveResourcesInfo().filter((resource) => /Time|Immediate/.test(resource)),
    abandoned: Number(limit.report()['abandoned']),
    heap,
    outcomes,
  };
}

type Read = (context: CallContext) => string | Promise<string>;

/** All the ways in which an operation may go, mixed. */
function operationOf(number: number, caller: AbortController, count: (outcome: string) => void): Read {
  if (number % 500 === 0) return ({ signal }) => untilAborted(signal).finally(() => count('timed out'));
  switch (number % waysToGo) {
    case 1:
      return () => {
        caller.abort(new Error('the caller has left'));
        throw new Error('too late');
      };
    case 2:
      return failing;
    case 3:
      return ({ attempt }) => (attempt === 1 ? failing() : 'answered');
    case 4:
      // Whoever listens to the signal of one call need not take his listener away.
      return ({ signal }) => {
        signal.addEventListener('abort', () => count('impossible'));
        return 'answered';
      };
    case 5:
      return () => 'answered';
    default:
      return async () => 'answered';
  }
}

function failing(): never {
  throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}

async function droppedBreakers(): Promise<DroppedBreakers> {
  const longLived = new AbortController();
  const references: WeakRef<object>[] = [];
  for (let place = 0; place < 100; place += 1) references.push(...(await usedOnce(place, longLived.signal)));
  await heapInUse();
  return { made: references.length, left: references.filter((reference) => reference.deref() !== undefined).length };
}

/** A breaker that is open and a pipeline, which nobody holds afterwards: no timer, no signal and no list may. */
async function usedOnce(place: number, signal: AbortSignal): Promise<WeakRef<object>[]> {
  const breaker = new CircuitBreaker({ name: `tenant-${place}`, failureThreshold: 1, slowCallMs: 60_000 });
  const read = pipeline(`tenant-${place}`, [retry({ strategy: 'immediate' }), breaker, timeout({ limitMs: 60_000 })]);
  await read.execute(() => 'answered', { signal });
  await read.execute(failing, { signal }).catch(() => undefined);
  return [new WeakRef(breaker), new WeakRef(read)];
}

/** Collects garbage until there is none: what is freed in one turn may free more in the next. */
async function heapInUse(): Promise<number> {
  for (let turn = 0; turn < 4; turn += 1) {
    await nextTurn();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

const [order, count] = process.argv.slice(2);
const answer = order === 'long-run' ? await longRun(Number(count)) : await droppedBreakers();
process.stdout.write(JSON.stringify(answer));
