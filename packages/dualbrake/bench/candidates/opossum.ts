import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import type { Candidate, Operation, Subject } from '../candidate.ts';

type Settings = NonNullable<ConstructorParameters<typeof CircuitBreaker>[1]>;

/** Without percentiles and snapshots, its fastest settings; what it has no part for is added by p-retry. */
export const opossum: Candidate = {
  name: 'opossum',
  package: 'opossum',
  rows: {
    'breaker closed': (operation) => fired(breakerOf(operation)),
    'breaker closed, macrotask': (operation) => fired(breakerOf(operation)),
    'breaker open': (operation) => {
      const breaker = breakerOf(operation);
      breaker.open();
      return fired(breaker);
    },
    'breaker failing': (operation) => fired(breakerOf(operation, { volumeThreshold: Number.MAX_SAFE_INTEGER })),
    'time window': (operation) => fired(breakerOf(operation, { rollingCountTimeout: 10_000 })),
    timeout: (operation) => fired(breakerOf(operation, { timeout: 2_000 })),
    'timeout concurrent': (operation) => fired(breakerOf(operation, { timeout: 2_000 })),
    bulkhead: (operation) => fired(breakerOf(operation, { capacity: 10 })),
    'five policies': fivePolicies,
    'five policies concurrent': fivePolicies,
    'breaker concurrent': (operation) => fired(breakerOf(operation)),
  },
};

function breakerOf(operation: Operation, settings: Settings = {}): CircuitBreaker<[], number> {
  return new CircuitBreaker<[], number>(operation, {
    timeout: false,
    resetTimeout: 1e9,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    ...settings,
  });
}

function fired(breaker: CircuitBreaker<[], number>): Subject {
  return { call: () => breaker.fire() };
}

function fivePolicies(operation: Operation): Subject {
  const options = { retries: 2 };
  const breaker = breakerOf(() => pRetry(operation, options), { timeout: 2_000, capacity: 1_000 });
  breaker.fallback(() => -1);
  return fired(breaker);
}
