import {
  bulkhead,
  BulkheadRejectedError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ConstantBackoff,
  decorrelatedJitterGenerator,
  ExponentialBackoff,
  fallback,
  handleAll,
  handleWhen,
  noJitterGenerator,
  retry,
  SamplingBreaker,
  timeout,
  TimeoutStrategy,
  wrap,
  type CircuitBreakerPolicy,
  type Policy,
  type RetryPolicy,
} from 'cockatiel';
import type { Adapter, Breaker, BreakerOptions, BreakerState, Guard, Library, RetryOptions } from '../adapter.ts';
import { mockedTime, realTime, type Time } from '../time.ts';

export const cockatiel: Library = {
  name: 'cockatiel',
  open: (kind) => adapterOf(kind === 'real' ? realTime() : mockedTime()),
};

function adapterOf(time: Time): Adapter {
  return {
    time,
    takesSignals: true,
    breaker: (options = {}) => breakerOf(policyOf(options)),
    breakersOfOneOptionsObject(failures) {
      const options = { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(failures) };
      const before = { ...options };
      return {
        first: breakerOf(circuitBreaker(handleAll, options)),
        second: breakerOf(circuitBreaker(handleAll, options)),
        isUntouched: () =>
          Object.keys(options).length === 2 &&
          options.halfOpenAfter === before.halfOpenAfter &&
          options.breaker === before.breaker,
      };
    },
    breakerAroundBulkhead(failures, limit) {
      const breaker = policyOf({ failures, ignores: (error) => error instanceof BulkheadRejectedError });
      return breakerOf(breaker, guardOf(wrap(breaker, bulkhead(limit))));
    },
    breakerAroundQueue(failures, { limit, queue }) {
      const breaker = policyOf({ failures });
      return breakerOf(breaker, guardOf(wrap(breaker, bulkhead(limit, queue))));
    },
    retry: (options) => guardOf(retryOf(options)),
    retryWithin: (limitMs, options) => guardOf(wrap(timeout(limitMs, TimeoutStrategy.Aggressive), retryOf(options))),
    timeout(limitMs, onTimeout) {
      const policy = timeout(limitMs, TimeoutStrategy.Aggressive);
      policy.onTimeout(() => onTimeout?.());
      return guardOf(policy);
    },
    queueingBulkhead: ({ limit, queue }) => guardOf(bulkhead(limit, queue)),
    timeoutAroundBulkhead: (limit, limitMs) =>
      guardOf(wrap(timeout(limitMs, TimeoutStrategy.Aggressive), bulkhead(limit))),
    bulkheadAroundTimeout: (limit, limitMs) =>
      guardOf(wrap(bulkhead(limit), timeout(limitMs, TimeoutStrategy.Aggressive))),
    fallback({ answer, ignoresWhenTold }) {
      // The type allows no argument; what is passed all the same is the question.
      const factory = answer as () => unknown;
      return guardOf(fallback(handling(ignoresWhenTold), factory));
    },
  };
}

/** The part of a cockatiel policy that all of them share. */
interface Executable {
  execute(operation: (context: { readonly signal: AbortSignal }) => unknown, signal?: AbortSignal): Promise<unknown>;
}

function guardOf(policy: Executable): Guard {
  return { execute: (operation, signal) => policy.execute(operation, signal) };
}

function breakerOf(policy: CircuitBreakerPolicy, guard: Guard = guardOf(policy)): Breaker {
  return {
    execute: (operation, signal) => guard.execute(operation, signal),
    get state() {
      return stateNames[policy.state];
    },
    isolate() {
      const order = policy.isolate();
      return () => order.dispose();
    },
  };
}

const stateNames: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
};

function policyOf(options: BreakerOptions): CircuitBreakerPolicy {
  const { failures = 3, window, resetMs = 1_000, onChange } = options;
  const policy = circuitBreaker(filterOf(options), {
    halfOpenAfter: resetMs,
    breaker:
      window === undefined
        ? new ConsecutiveBreaker(failures)
        : new SamplingBreaker({
            threshold: window.percent / 100,
            duration: window.ms,
            minimumRps: (window.minimumCalls * 1_000) / window.ms,
          }),
  });
  if (onChange !== undefined) policy.onStateChange((state) => onChange(stateNames[state]));
  return policy;
}

function filterOf({ ignores, ignoresWhenTold, judge }: BreakerOptions): Policy {
  // It has a filter and no classifier.
  return judge === undefined ? handling(ignores ?? ignoresWhenTold) : handleWhen(judge as () => boolean);
}

function handling(ignores: ((error: unknown) => boolean) | undefined): Policy {
  return ignores === undefined ? handleAll : handleWhen((error) => !ignores(error));
}

function retryOf({ attempts, baseMs, factor, maxMs = 30_000, jitter = false, onDelay }: RetryOptions): RetryPolicy {
  const exponential = { initialDelay: baseMs, exponent: factor ?? 2, maxDelay: maxMs };
  const policy = retry(handleAll, {
    // The first call is not counted there.
    maxAttempts: attempts - 1,
    backoff:
      factor === undefined
        ? new ConstantBackoff(baseMs)
        : jitter
          ? new ExponentialBackoff({ ...exponential, generator: decorrelatedJitterGenerator })
          : new ExponentialBackoff({ ...exponential, generator: noJitterGenerator }),
  });
  policy.onRetry(({ delay }) => onDelay?.(delay));
  return policy;
}
