import * as current from 'dualbrake';
import type { CallContext, CircuitBreakerOptions, Layer, Pipeline } from 'dualbrake';
import { installAmbientContext } from 'dualbrake/node';
import type { Candidate, Operation, Subject } from '../candidate.ts';

/** A build of the package: this one, or an earlier one that it is compared with. */
export interface Build {
  readonly core: Pick<
    typeof current,
    'bulkhead' | 'CircuitBreaker' | 'fallback' | 'pipeline' | 'Registry' | 'retry' | 'setAmbientContext' | 'timeout'
  >;
  readonly installAmbientContext: () => void;
}

const thisBuild: Build = { core: current, installAmbientContext };

/** The window that peers count in. */
export const timeWindow: CircuitBreakerOptions = { window: 'time', windowMs: 10_000 };

/** As a user gets it: settings, events and classification in place, nobody listening. */
export const dualbrake: Candidate = { ...candidateOf('dualbrake', thisBuild), package: 'dualbrake' };

/** What the extra is compared with, in the rows that are about an extra. */
export const dualbrakeWithout: Candidate = {
  name: 'dualbrake without it',
  rows: {
    'five policies, listening': (operation) => silent(thisBuild, operation),
    'five policies, ambient': (operation) => ({
      ...silent(thisBuild, operation),
      prepare: () => current.setAmbientContext(undefined),
    }),
    'five policies, signal': (operation) => silent(thisBuild, operation),
  },
};

/** How a build of the package does the work of each row. */
export function candidateOf(name: string, build: Build): Candidate {
  const { bulkhead, CircuitBreaker, pipeline, retry, timeout } = build.core;
  return {
    name,
    rows: {
      'breaker closed': (operation) => alone(new CircuitBreaker(), operation),
      'breaker closed, macrotask': (operation) => alone(new CircuitBreaker(), operation),
      'breaker open': (operation) => {
        const breaker = new CircuitBreaker({ resetTimeoutMs: 1e9 });
        breaker.trip();
        return alone(breaker, operation);
      },
      'breaker failing': (operation) => {
        const breaker = new CircuitBreaker({ failureThreshold: 1_000_000 });
        return { ...alone(breaker, operation), prepare: () => breaker.reset() };
      },
      'count window': (operation) => alone(new CircuitBreaker({ window: 'count', windowCalls: 100 }), operation),
      'time window': (operation) => alone(new CircuitBreaker(timeWindow), operation),
      'retry first': (operation) => alone(retry(), operation),
      'retry second': (operation) => alone(retry({ strategy: 'immediate' }), operation),
      timeout: (operation) => alone(timeout({ limitMs: 2_000 }), operation),
      'timeout concurrent': (operation) => alone(timeout({ limitMs: 2_000 }), operation),
      bulkhead: (operation) => alone(bulkhead({ limit: 10 }), operation),
      'bulkhead queue': (operation) => alone(bulkhead({ limit: 10, queue: 1_000 }), operation),
      'five policies': (operation) => alone(pipeline('bench', fivePolicies(build)), operation),
      'five policies concurrent': (operation) => alone(pipeline('bench', fivePolicies(build)), operation),
      'breaker concurrent': (operation) => alone(new CircuitBreaker(), operation),
      'five policies, listening': (operation) => alone(listenedTo(build), operation),
      'five policies, ambient': (operation) => ({
        ...alone(pipeline('bench', fivePolicies(build)), operation),
        prepare: build.installAmbientContext,
      }),
      'five policies, signal': (operation) => {
        const guarded = pipeline('bench', fivePolicies(build));
        const context: Partial<CallContext> = { signal: new AbortController().signal };
        return { call: () => guarded.execute(operation, context) };
      },
    },
  };
}

function alone(
  guard: Pick<Pipeline, 'execute'> | { execute<T>(operation: () => Promise<T>): Promise<unknown> },
  operation: Operation,
): Subject {
  return { call: () => guard.execute(operation) };
}

function silent(build: Build, operation: Operation): Subject {
  return alone(new build.core.Registry().pipeline('bench', fivePolicies(build)), operation);
}

/** Limits that 1,000 concurrent calls do not reach. */
function fivePolicies({ core: { bulkhead, CircuitBreaker, fallback, retry, timeout } }: Build): Layer[] {
  return [
    fallback({ to: -1 }),
    retry(),
    new CircuitBreaker(timeWindow),
    timeout({ limitMs: 2_000 }),
    bulkhead({ limit: 1_000 }),
  ];
}

function listenedTo(build: Build): Pick<Pipeline, 'execute'> {
  const registry = new build.core.Registry();
  const counts = new Map<string, number>();
  registry.subscribe(({ type }) => counts.set(type, (counts.get(type) ?? 0) + 1));
  return registry.pipeline('bench', fivePolicies(build));
}
