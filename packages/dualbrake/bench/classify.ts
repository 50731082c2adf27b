/** What it costs to ask what an error is, beside others who answer less. */
import { isTransientError } from '@smithy/service-error-classification';
import { classify } from 'dualbrake';
import isNetworkError from 'is-network-error';
import isRetryAllowed from 'is-retry-allowed';
import { median } from './measure.ts';

/** One kind of error, asked by everybody. */
export interface ClassifyEntry {
  readonly what: string;
  /** Nanoseconds per question, by who is asked; median of slices. */
  readonly nanoseconds: Readonly<Record<string, number>>;
  /** Bytes that a question to dualbrake leaves for the garbage collector. */
  readonly garbageBytes: number;
}

const errorOf = (properties: object, message = 'x'): Error => Object.assign(new Error(message), properties);
const refused = errorOf({ code: 'ECONNREFUSED', errno: -111, syscall: 'connect', address: '127.0.0.1', port: 5432 });

const errors: Readonly<Record<string, unknown>> = {
  'a system error: ECONNREFUSED': refused,
  'an error of undici: UND_ERR_SOCKET': Object.assign(new (class extends Error {})('other side closed'), {
    name: 'SocketError',
    code: 'UND_ERR_SOCKET',
  }),
  'fetch failed, with its cause': new TypeError('fetch failed', { cause: refused }),
  'a `Response` with 503': new Response(null, { status: 503 }),
  'a `Response` with 429 and Retry-After': new Response(null, { status: 429, headers: { 'retry-after': '3' } }),
  'PostgreSQL 40001': errorOf({ code: '40001', severity: 'ERROR', routine: 'x', name: 'error', length: 90 }),
  'an error that nobody knows': new Error('boom'),
  'a bug: TypeError': new TypeError('undefined is not a function'),
};

const asked: Readonly<Record<string, (error: unknown) => unknown>> = {
  dualbrake: (error) => classify(error),
  'AWS SDK (smithy)': (error) => isTransientError(error as Parameters<typeof isTransientError>[0]),
  'is-retry-allowed': (error) => isRetryAllowed(error as Error),
  'is-network-error': (error) => isNetworkError(error),
};

const SLICES = 31;
const CALLS = 4_000;

/** Asks everybody in turn, slice by slice. */
export function measureClassify(): ClassifyEntry[] {
  return Object.entries(errors).map(([what, error]) => {
    const slices = new Map(Object.keys(asked).map((name) => [name, [] as number[]]));
    for (let slice = -5; slice < SLICES; slice += 1) {
      for (const [name, ask] of Object.entries(asked)) {
        const took = nanosecondsFor(ask, error);
        // The first slices are for the compiler.
        if (slice >= 0) slices.get(name)?.push(took);
      }
    }
    const nanoseconds = Object.fromEntries([...slices].map(([name, times]) => [name, median(times)]));
    return { what, nanoseconds, garbageBytes: garbageOf(error) };
  });
}

/** Somebody must want the answers, or the compiler leaves the questions out. */
let answers = 0;

function nanosecondsFor(ask: (error: unknown) => unknown, error: unknown): number {
  const begin = process.hrtime.bigint();
  for (let call = 0; call < CALLS; call += 1) if (ask(error) !== undefined) answers += 1;
  return Number(process.hrtime.bigint() - begin) / CALLS;
}

function garbageOf(error: unknown): number {
  const samples = Array.from({ length: 9 }, () => {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let call = 0; call < CALLS; call += 1) if (classify(error).retryable) answers += 1;
    return (process.memoryUsage().heapUsed - before) / CALLS;
  });
  return Math.max(0, median(samples));
}
