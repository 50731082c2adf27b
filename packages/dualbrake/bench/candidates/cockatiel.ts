import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  CountBreaker,
  fallback,
  handleAll,
  retry,
  SamplingBreaker,
  timeout,
  TimeoutStrategy,
  wrap,
  type IBreaker,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { ANSWER, type Candidate, type Operation, type Subject } from '../candidate.ts';

/** With `abortOnReturn: false`, which is much faster than its default. */
export const cockatiel: Candidate = {
  name: 'cockatiel',
  package: 'cockatiel',
  rows: {
    'breaker closed': (operation) => guarded(breakerOf(new ConsecutiveBreaker(5)), operation),
    'breaker closed, macrotask': (operation) => guarded(breakerOf(new ConsecutiveBreaker(5)), operation),
    'breaker open': async (operation) => {
      const breaker = breakerOf(new ConsecutiveBreaker(1));
      await breaker.execute(() => Promise.reject(new Error('opens it'))).catch(() => undefined);
      return guarded(breaker, operation);
    },
    'breaker failing': (operation) => guarded(breakerOf(new ConsecutiveBreaker(Infinity)), operation),
    'count window': (operation) => guarded(breakerOf(new CountBreaker({ threshold: 0.5, size: 100 })), operation),
    'time window': (operation) => guarded(breakerOf(new SamplingBreaker(inTenSeconds)), operation),
    'retry first': (operation) => guarded(retry(handleAll, { maxAttempts: 2 }), operation),
    'retry second': (operation) => guarded(retry(handleAll, { maxAttempts: 2 }), operation),
    timeout: (operation) => guarded(timeout(2_000, fastTimeout), operation),
    'timeout concurrent': (operation) => guarded(timeout(2_000, fastTimeout), operation),
    bulkhead: (operation) => guarded(bulkhead(10), operation),
    'bulkhead queue': (operation) => guarded(bulkhead(10, 1_000), operation),
    'five policies': (operation) => guarded(fivePolicies(), operation),
    'five policies concurrent': (operation) => guarded(fivePolicies(), operation),
    'breaker concurrent': (operation) => guarded(breakerOf(new ConsecutiveBreaker(5)), operation),
    'five policies, signal': (operation) => {
      const policies = fivePolicies();
      const { signal } = new AbortController();
      return { call: () => policies.execute(operation, signal) };
    },
  },
};

const inTenSeconds = { threshold: 0.5, duration: 10_000 };
const fastTimeout = { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false };

/** One that never tests again while the bench runs. */
function breakerOf(breaker: IBreaker): CircuitBreakerPolicy {
  return circuitBreaker(handleAll, { halfOpenAfter: 1e9, breaker });
}

/** The part of a cockatiel policy that all of them share. */
interface Guard {
  execute(operation: Operation, signal?: AbortSignal): Promise<unknown>;
}

function guarded(policy: Guard, operation: Operation): Subject {
  return { call: () => policy.execute(operation) };
}

function fivePolicies(): Guard {
  return wrap(
    fallback(handleAll, ANSWER - 1),
    retry(handleAll, { maxAttempts: 2 }),
    breakerOf(new SamplingBreaker(inTenSeconds)),
    timeout(2_000, fastTimeout),
    bulkhead(1_000),
  );
}
