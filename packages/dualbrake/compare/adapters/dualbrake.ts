import {
  bulkhead,
  CircuitBreaker,
  createClassifier,
  fallback,
  pipeline,
  retry,
  staleCache,
  timeout,
  type CallContext,
  type CircuitBreakerOptions,
  type Classifier,
  type HostOptions,
  type Operation as DualbrakeOperation,
} from 'dualbrake';
import { ManualClock } from 'dualbrake/testing';
import type { Adapter, Breaker, BreakerOptions, Guard, Library, RetryOptions } from '../adapter.ts';
import { realTime, type Time } from '../time.ts';

/** With its own clock, which is moved by hand. */
export const dualbrake: Library = {
  name: 'dualbrake',
  open: (kind) => {
    if (kind === 'real') return adapterOf(realTime(), {});
    const clock = new ManualClock();
    return adapterOf({ advance: (ms) => clock.advance(ms), close() {} }, { clock });
  },
};

function adapterOf(time: Time, host: HostOptions): Adapter {
  return {
    time,
    takesSignals: true,
    breaker: (options = {}) => breakerOf(new CircuitBreaker({ ...host, ...breakerOptions(options) })),
    breakersOfOneOptionsObject(failures) {
      const options: CircuitBreakerOptions = { ...host, failureThreshold: failures, resetTimeoutMs: 1_000 };
      const before = { ...options };
      const first = breakerOf(new CircuitBreaker(options));
      const second = breakerOf(new CircuitBreaker(options));
      const keys = Object.keys(options) as (keyof CircuitBreakerOptions)[];
      return {
        first,
        second,
        isUntouched: () =>
          keys.length === Object.keys(before).length && keys.every((key) => options[key] === before[key]),
      };
    },
    breakerAroundBulkhead(failures, limit) {
      const breaker = new CircuitBreaker({ failureThreshold: failures, resetTimeoutMs: 1_000 });
      return breakerOf(breaker, guardOf(pipeline('both', [breaker, bulkhead({ limit })], host)));
    },
    breakerAroundQueue(failures, options) {
      const breaker = new CircuitBreaker({ failureThreshold: failures, resetTimeoutMs: 1_000 });
      return breakerOf(breaker, guardOf(pipeline('both', [breaker, bulkhead(options)], host)));
    },
    sharing: () => guardOf(staleCache({ ...host, key: () => 'the same for all' })),
    retry: (options) => guardOf(retryOf(options, host)),
    retryWithin: (limitMs, options) =>
      guardOf(pipeline('within', [timeout({ limitMs }), retryOf(options)], { ...host, ...onDelayOf(options) })),
    timeout: (limitMs, onTimeout) =>
      guardOf(timeout({ ...host, limitMs, onEvent: ({ type }) => (type === 'timeout' ? onTimeout?.() : undefined) })),
    queueingBulkhead: (options) => guardOf(bulkhead({ ...host, ...options })),
    timeoutAroundBulkhead: (limit, limitMs) =>
      guardOf(pipeline('both', [timeout({ limitMs }), bulkhead({ limit })], host)),
    bulkheadAroundTimeout: (limit, limitMs) =>
      guardOf(pipeline('both', [bulkhead({ limit }), timeout({ limitMs })], host)),
    fallback: ({ answer }) => guardOf(fallback({ ...host, to: answer })),
  };
}

/** The part of our policies and pipelines that all of them share. */
interface Executable {
  execute(operation: DualbrakeOperation<unknown>, context?: Partial<CallContext>): Promise<unknown>;
}

function guardOf(policy: Executable): Guard {
  return {
    execute: (operation, signal) => policy.execute(operation, signal === undefined ? undefined : { signal }),
  };
}

function breakerOf(breaker: CircuitBreaker, guard: Guard = guardOf(breaker)): Breaker {
  return {
    execute: (operation, signal) => guard.execute(operation, signal),
    get state() {
      return breaker.state;
    },
    isolate() {
      breaker.isolate();
      return () => breaker.release();
    },
  };
}

function breakerOptions({
  failures = 3,
  window,
  resetMs = 1_000,
  ignores,
  judge,
  stackTraces,
  onChange,
}: BreakerOptions): CircuitBreakerOptions {
  return {
    resetTimeoutMs: resetMs,
    ...(window === undefined
      ? { failureThreshold: failures }
      : {
          window: 'time',
          windowMs: window.ms,
          failureRatio: window.percent / 100,
          minimumCalls: window.minimumCalls,
          // The peers have no such second way to open.
          consecutiveFailures: 0,
        }),
    ...(ignores && {
      classify: createClassifier({ rules: [{ when: ignores, verdict: { countsAgainstBreaker: false } }] }),
    }),
    ...(judge && { classify: judge as Classifier }),
    ...(stackTraces && { stackTraces }),
    ...(onChange && { onEvent: (event) => (event.type === 'transition' ? onChange(event.to) : undefined) }),
  };
}

function retryOf(options: RetryOptions, host: HostOptions = {}): ReturnType<typeof retry> {
  const { attempts, baseMs, factor = 1, maxMs = 30_000, jitter = false } = options;
  return retry({
    ...host,
    ...onDelayOf(options),
    maxAttempts: attempts,
    baseMs,
    factor,
    maxMs,
    jitter: jitter ? 'full' : 'none',
  });
}

function onDelayOf({ onDelay }: RetryOptions): HostOptions {
  if (onDelay === undefined) return {};
  return { onEvent: (event) => (event.type === 'retry' ? onDelay(event.delayMs) : undefined) };
}
