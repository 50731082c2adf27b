import { bulkhead, circuitBreaker, compose, Policy, retry, timeout, type CircuitBreaker } from '@git-stunts/alfred';
import type { Candidate, Operation, Subject } from '../candidate.ts';

export const alfred: Candidate = {
  name: '@git-stunts/alfred',
  package: '@git-stunts/alfred',
  rows: {
    'breaker closed': (operation) => guarded(circuitBreaker(breakerOptions), operation),
    'breaker closed, macrotask': (operation) => guarded(circuitBreaker(breakerOptions), operation),
    'breaker open': async (operation) => {
      const breaker: CircuitBreaker = circuitBreaker({ ...breakerOptions, threshold: 1 });
      await breaker.execute(() => Promise.reject(new Error('opens it'))).catch(() => undefined);
      return guarded(breaker, operation);
    },
    'breaker failing': (operation) => guarded(circuitBreaker({ ...breakerOptions, threshold: Infinity }), operation),
    'retry first': (operation) => ({ call: () => retry(operation, retryOptions) }),
    'retry second': (operation) => ({ call: () => retry(operation, retryOptions) }),
    timeout: (operation) => ({ call: () => timeout(2_000, operation) }),
    'timeout concurrent': (operation) => ({ call: () => timeout(2_000, operation) }),
    bulkhead: (operation) => guarded(bulkhead({ limit: 10 }), operation),
    'bulkhead queue': (operation) => guarded(bulkhead({ limit: 10, queueLimit: 1_000 }), operation),
    'five policies': (operation) => guarded(fivePolicies(), operation),
    'five policies concurrent': (operation) => guarded(fivePolicies(), operation),
    'breaker concurrent': (operation) => guarded(circuitBreaker(breakerOptions), operation),
  },
};

const breakerOptions = { threshold: 5, duration: 1e9 };
const retryOptions = { retries: 2, delay: 0 };

interface Guard {
  execute(operation: Operation): Promise<unknown>;
}

function guarded(policy: Guard, operation: Operation): Subject {
  return { call: () => policy.execute(operation) };
}

function fivePolicies(): Guard {
  const inner = compose(
    Policy.retry(retryOptions),
    Policy.circuitBreaker(breakerOptions),
    Policy.timeout(2_000),
    Policy.bulkhead({ limit: 1_000 }),
  );
  return {
    async execute(operation) {
      try {
        return await inner.execute(operation);
      } catch {
        return -1;
      }
    },
  };
}
