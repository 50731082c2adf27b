import { setImmediate as nextMacrotask } from 'node:timers/promises';
import { ANSWER, type Operation } from './candidate.ts';

/** One line of the table: the same work, done by every candidate that can. */
export interface Row {
  readonly work: string;
  /** Makes the operation; each candidate gets one of its own. */
  readonly operation: () => Operation;
  /** Calls under way at once. Default 1: one after the other. */
  readonly concurrent?: number;
  /** What a call must come to: the answer, the operation's own failure, or a refusal. Default the answer. */
  readonly ends?: 'answered' | 'failed' | 'refused';
  /** The most that dualbrake may cost, as a multiple of the bare await. */
  readonly target?: number;
  /** The most that dualbrake may cost, as a multiple of its own cost in another variant of the row. */
  readonly targetToSilent?: number;
}

const immediate = (): Operation => async () => ANSWER;

/** A new error for each call would measure the taking of stack traces. */
export const boom = Object.assign(new Error('boom'), { code: 'ECONNRESET' });

const failing = (): Operation => async () => {
  throw boom;
};

/** Fails, answers, fails, answers: the second attempt of a call succeeds. */
function everySecond(): Operation {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls % 2 === 1) throw boom;
    return ANSWER;
  };
}

const macrotask = (): Operation => () => nextMacrotask(ANSWER);

export const rows = {
  'breaker closed': { work: 'breaker closed, success, immediate operation', operation: immediate, target: 2.5 },
  'breaker closed, macrotask': {
    work: 'breaker closed, success, operation settles on the next macrotask',
    operation: macrotask,
    target: 1.15,
  },
  'breaker open': {
    work: 'breaker open, refused (error made, awaited, caught)',
    operation: immediate,
    ends: 'refused',
    target: 25,
  },
  'breaker failing': {
    work: 'breaker closed, every call fails, threshold never reached',
    operation: failing,
    ends: 'failed',
    target: 1.7,
  },
  'count window': { work: 'count window of 100, success', operation: immediate, target: 2.5 },
  'time window': { work: 'time window of 10 s, success', operation: immediate, target: 2.7 },
  'retry first': { work: 'retry, first attempt succeeds', operation: immediate, target: 2.5 },
  'retry second': { work: 'retry, second attempt succeeds, no delay', operation: everySecond, target: 30 },
  timeout: { work: 'timeout 2 s, success', operation: immediate, target: 8 },
  'timeout concurrent': { work: 'timeout 2 s, 1,000 concurrent', operation: macrotask, concurrent: 1_000, target: 3 },
  bulkhead: { work: 'bulkhead with room', operation: immediate, target: 2.5 },
  'bulkhead queue': {
    work: 'bulkhead of 10 with a queue, 1,000 concurrent',
    operation: immediate,
    concurrent: 1_000,
    target: 5,
  },
  'five policies': {
    work: 'five policies: retry, breaker, timeout, bulkhead, fallback',
    operation: immediate,
    target: 9,
  },
  'five policies concurrent': {
    work: 'the same, 1,000 concurrent',
    operation: immediate,
    concurrent: 1_000,
    target: 7,
  },
  'breaker concurrent': {
    work: 'one breaker, 1,000 concurrent',
    operation: immediate,
    concurrent: 1_000,
    target: 2.2,
  },
  'five policies, listening': {
    work: 'five policies, the registry has a listener that counts',
    operation: immediate,
    targetToSilent: 1.5,
  },
  'five policies, ambient': { work: 'five policies, ambient context installed', operation: immediate },
  'five policies, signal': { work: 'five policies, the caller gives a signal', operation: immediate },
} as const satisfies Record<string, Row>;

export type RowName = keyof typeof rows;

export const rowNames = Object.keys(rows) as RowName[];

export function rowOf(name: RowName): Row {
  return rows[name];
}

/** The bare await, which every other figure is a multiple of. It retries where the row's operation fails at first. */
export function bareCall(name: RowName): () => Promise<unknown> {
  return name === 'retry second' ? immediate() : rowOf(name).operation();
}
