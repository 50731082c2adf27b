/** Works in a process of its own, with `--expose-gc`: gets one order on the command line, writes one answer. */
import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  bulkhead,
  CircuitBreaker,
  fallback,
  hedge,
  keyedBreakers,
  measure,
  pipeline,
  rateLimit,
  Registry,
  retry,
  retryBudget,
  staleCache,
  timeout,
  type CallContext,
  type Layer,
} from 'dualbrake';
import { retry as retryDecorator } from 'dualbrake/decorators';
import type { DroppedBreakers, DroppedClasses, LongRun, Subject } from './leaks.ts';

const callsAtOnce = 50;

/** A divisor of `callsAtOnce`, so that a call's place tells how it goes. */
const waysToGo = 10;

const never = 1_000_000;
const quickly = { baseMs: 1, jitter: 'none' } as const;

/** Each policy by itself, and five together. */
const subjects: Readonly<Record<Subject, () => readonly Layer[]>> = {
  'consecutive breaker': () => [new CircuitBreaker({ failureThreshold: never })],
  'count breaker': () => [new CircuitBreaker({ window: 'count', failureRatio: 1, consecutiveFailures: never })],
  'time breaker': () => [new CircuitBreaker({ window: 'time', failureRatio: 1, consecutiveFailures: never })],
  'breaker that watches slow calls': () => [new CircuitBreaker({ failureThreshold: never, slowCallMs: 60_000 })],
  'breaker that opens': () => [new CircuitBreaker({ failureThreshold: 3, resetTimeoutMs: 1 })],
  'keyed breakers': () => [keyedBreakers({ key: ({ attempt }) => `key-${attempt}`, failureThreshold: never })],
  retry: () => [retry({ maxAttempts: 2, ...quickly })],
  'retry with a budget': () => [retry({ maxAttempts: 2, ...quickly, budget: retryBudget() })],
  timeout: () => [timeout({ limitMs: 20 })],
  bulkhead: () => [bulkhead({ limit: 10, queue: callsAtOnce })],
  'rate limit': () => [rateLimit({ limit: 25, perMs: 1, queue: callsAtOnce })],
  hedge: () => [hedge({ delayMs: 1, idempotent: true })],
  fallback: () => [fallback({ to: 'copy' })],
  'stale cache': () => [staleCache({ key: ({ attributes }) => String(attributes['place']), freshMs: 0 })],
  measure: () => [measure()],
  'five policies': () => [
    fallback({ to: 'copy' }),
    retry({ maxAttempts: 2, ...quickly }),
    new CircuitBreaker({ failureThreshold: never }),
    bulkhead({ limit: callsAtOnce }),
    timeout({ limitMs: 20 }),
  ],
};

/** Those that give each call a signal of its own; the others pass the caller's on, listeners and all. */
const withOwnSignal: readonly Subject[] = ['timeout', 'hedge', 'stale cache', 'five policies'];

async function longRun(subject: Subject, calls: number): Promise<LongRun> {
  const read = pipeline('long-run', subjects[subject]());
  const limit = read.policies.find(({ kind }) => kind === 'timeout');
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
        const way = place % waysToGo === 4 && !withOwnSignal.includes(subject) ? 5 : place % waysToGo;
        // Some have a caller of their own, who leaves: while the operation runs, or before that, where there is a wait.
        const caller = way === 1 || way === 6 ? new AbortController() : longLived;
        const operation = operationOf(done + place, way, limit !== undefined, caller, count);
        const call = read.execute(operation, { signal: caller.signal, attributes: { place } });
        if (way === 6) queueMicrotask(() => caller.abort(new Error('the caller has left')));
        count(
          await call.then(
            () => 'ended well',
            () => 'ended badly',
          ),
        );
      });
      await Promise.all(running);
    }
    if (quarter > 0) heap.push(await heapInUse());
  }
  return {
    listeners: getEventListeners(longLived.signal, 'abort').length,
    timers: process.getActiveResourcesInfo().filter((resource) => /Time|Immediate/.test(resource)),
    abandoned: Number(limit?.report?.(0)['abandoned'] ?? 0),
    heap,
    outcomes,
  };
}

type Read = (context: CallContext) => string | Promise<string>;

/** All the ways in which an operation may go, mixed. */
function operationOf(
  number: number,
  way: number,
  hasLimit: boolean,
  caller: AbortController,
  count: (outcome: string) => void,
): Read {
  if (hasLimit && number % 500 === 0) return ({ signal }) => untilAborted(signal).finally(() => count('timed out'));
  switch (way) {
    case 1:
      return () => {
        caller.abort(new Error('the caller has left'));
        throw new Error('too late');
      };
    case 2:
    case 7:
    case 9:
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
    case 8:
      // Answers later: there is time to leave.
      return () => nextTurn('answered');
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

async function droppedClasses(): Promise<DroppedClasses> {
  const registry = new Registry();
  const kept = versionsOfClass.map((make) => decorated(make(), registry));
  for (const Service of kept) await new Service().call();
  const before = registry.report().map(({ name }) => name);
  kept.splice(0, 2);
  await heapInUse();
  // The engine says what it has collected in a turn of its own.
  for (let turn = 0; turn < 100 && registry.report().length > 1; turn += 1) await heapInUse();
  return { before, after: registry.report().map(({ name }) => name), kept: kept.length };
}

type Service = new () => { call(): Promise<number> };

/** One class as it is edited and loaded again: another text each time. */
const versionsOfClass: readonly (() => Service)[] = [
  () =>
    class Service {
      async call(): Promise<number> {
        return 1;
      }
    },
  () =>
    class Service {
      async call(): Promise<number> {
        return 2;
      }
    },
  () =>
    class Service {
      async call(): Promise<number> {
        return 3;
      }
    },
];

function decorated(Service: Service, registry: Registry): Service {
  const descriptor = Object.getOwnPropertyDescriptor(Service.prototype, 'call') as TypedPropertyDescriptor<
    () => Promise<number>
  >;
  retryDecorator({ registry })(Service.prototype as object, 'call', descriptor);
  Object.defineProperty(Service.prototype, 'call', descriptor);
  return Service;
}

/** Collects garbage until there is none: what is freed in one turn may free more in the next. */
async function heapInUse(): Promise<number> {
  for (let turn = 0; turn < 4; turn += 1) {
    await nextTurn();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

const [order, subject, count] = process.argv.slice(2);
const orders: Readonly<Record<string, () => Promise<unknown>>> = {
  'long-run': () => longRun(subject as Subject, Number(count)),
  'dropped-breakers': droppedBreakers,
  'dropped-classes': droppedClasses,
};
process.stdout.write(JSON.stringify(await orders[order ?? '']?.()));
