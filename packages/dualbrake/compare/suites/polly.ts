import assert from 'node:assert/strict';
import {
  CallTimeoutError,
  CircuitBreaker,
  CircuitBreakerOpenError,
  createClassifier,
  fallback,
  hedge,
  InvalidSettingsError,
  keyedBreakers,
  pipeline,
  rateLimit,
  RateLimitError,
  Registry,
  retry,
  timeout,
} from 'dualbrake';
import { askedBy, type Scenario, type Suite } from './scenario.ts';
import {
  atOnce,
  badAnswers,
  breakerOn,
  calls,
  on,
  refused,
  rejectionOf,
  script,
  settledOn,
  stage,
  turn,
  untilAborted,
  watch,
} from './scene.ts';

const never = (): Promise<never> => new Promise(() => {});
/** A stack costs more than all the rest of a refusal, so it is an option. */
const stackTraces = { stackTraces: true };

const controller = askedBy('test/Polly.Core.Tests/CircuitBreaker/Controller/CircuitStateControllerTests.cs');
const breakers: readonly Scenario[] = [
  controller.mended('The refusal of an open breaker has a stack with the caller', 'it had no stack', async () => {
    const breaker = new CircuitBreaker({ name: 'students', ...stackTraces });
    breaker.trip();
    async function findStudent(): Promise<unknown> {
      return breaker.execute(() => 'never');
    }
    const error = await rejectionOf(findStudent());
    assert.ok(error instanceof CircuitBreakerOpenError);
    assert.match(error.stack ?? '', /findStudent/);
  }),
  controller.same('The stack of a refusal does not grow with each call', async () => {
    const breaker = new CircuitBreaker({ name: 'students', ...stackTraces });
    breaker.trip();
    const lengths = new Set<number>();
    // The first call is made as late as the others.
    await turn();
    for (let call = 1; call <= 20; call += 1) {
      // One after the other, from one and the same line.
      const error = await rejectionOf(breaker.execute(() => 'never'));
      lengths.add(((error as Error).stack ?? '').split('\n').length);
    }
    assert.equal(lengths.size, 1);
  }),
  controller.onPurpose(
    'The refusal has the error that opened the breaker as its cause',
    'no error is kept longer than needed (B9); `reason` describes it',
    async () => {
      const breaker = new CircuitBreaker({ failureThreshold: 1 });
      await calls(breaker, 'x');
      const error = await rejectionOf(breaker.execute(() => 'never'));
      assert.ok(error instanceof CircuitBreakerOpenError);
      assert.equal((error as Error).cause, undefined);
      assert.notEqual(error.reason, '');
    },
  ),
  controller.same('The refusal has the remaining open time', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1 });
    await calls(breaker, 'x');
    await scene.clock.advance(300);
    const error = await rejectionOf(breaker.execute(() => 'never'));
    assert.equal(error instanceof CircuitBreakerOpenError && error.retryAfterMs, 700);
  }),
  controller.same('An isolated breaker refuses calls until it is released', async () => {
    const breaker = new CircuitBreaker();
    breaker.isolate();
    const error = await rejectionOf(breaker.execute(() => 'never'));
    assert.ok(error instanceof CircuitBreakerOpenError && error.isolated);
    breaker.release();
    assert.equal(await breaker.execute(() => 10), 10);
  }),
  controller.same('A second probe is admitted when the reset time has passed again', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1 });
    await calls(breaker, 'x');
    await scene.clock.advance(1_000);
    watch(breaker.execute(never));
    await rejectionOf(breaker.execute(() => 'too early'));
    await scene.clock.advance(1_000);
    assert.equal(await breaker.execute(() => 'the second test'), 'the second test');
  }),
  controller.same('A late success while the breaker is open changes nothing', async () => {
    const breaker = new CircuitBreaker({ failureThreshold: 1 });
    const slow = Promise.withResolvers<string>();
    const early = breaker.execute(() => slow.promise);
    await calls(breaker, 'x');
    slow.resolve('late');
    assert.equal(await early, 'late');
    assert.equal(breaker.state, 'open');
  }),
  controller.missing(
    'The reset time is a function',
    'reset time as a function or a list (`resetTimeoutFactor` makes it grow)',
  ),
  controller.same('A growing reset time does not overflow', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1, resetTimeoutFactor: 100, maxResetTimeoutMs: 60_000 });
    await calls(breaker, 'x');
    for (let round = 1; round <= 200; round += 1) {
      // Each test fails, and the time grows.
      await scene.clock.advance(60_000);
      await calls(breaker, 'x');
    }
    assert.equal(breaker.report(scene.clock.now())['retryAfterMs'], 60_000);
  }),
  controller.same('A failed probe and a successful one: open, half-open, open, half-open, closed', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1 });
    await calls(breaker, 'x');
    await scene.clock.advance(1_000);
    await calls(breaker, 'x');
    await scene.clock.advance(1_000);
    await calls(breaker, 'o');
    assert.deepEqual(
      scene.heard('transition').map(({ to }) => to),
      ['open', 'half-open', 'open', 'half-open', 'closed'],
    );
  }),
  askedBy('test/Polly.Core.Tests/CircuitBreaker/CircuitBreakerResilienceStrategyTests.cs').same(
    'Results judged as failures open the breaker',
    async () => {
      const breaker = new CircuitBreaker({ failureThreshold: 2, ...badAnswers((value) => value === -1) });
      assert.equal(await breaker.execute(() => -1), -1);
      assert.equal(await breaker.execute(() => -1), -1);
      assert.equal(breaker.state, 'open');
    },
  ),
  askedBy('test/Polly.Core.Tests/Issues/IssuesTests.CircuitBreakerStateSharing_959.cs').same(
    'One breaker can judge results of several types',
    async () => {
      const scene = stage();
      const breaker = breakerOn(scene, {
        failureThreshold: 4,
        ...badAnswers((value) => value === -1 || value === 'error'),
      });
      for (const answer of [-1, 'error', -1, 'error']) {
        // One after the other.
        await breaker.execute(() => answer);
      }
      await rejectionOf(breaker.execute(() => 0));
      await scene.clock.advance(1_000);
      assert.equal(await breaker.execute(() => 'valid'), 'valid');
    },
  ),
  askedBy('test/Polly.Core.Tests/Issues/IssuesTests.CircuitBreakerStateRegistry_1828.cs').same(
    'A registry reports the state of every breaker',
    () => {
      const registry = new Registry();
      registry.pipeline('A', [new CircuitBreaker({ name: 'one' })]);
      registry.pipeline('B', [new CircuitBreaker({ name: 'two' })]);
      assert.deepEqual(
        registry.report().map(({ members }) => members[0]?.report['state']),
        ['closed', 'closed'],
      );
    },
  ),
  askedBy('test/Polly.Extensions.Tests/Issues/IssuesTests.StrategiesPerEndpoint_1365.cs').same(
    'Each endpoint has its own breaker',
    async () => {
      const each = keyedBreakers({ failureThreshold: 1 });
      await rejectionOf(each.execute(script(refused()), { key: 'one' }));
      await rejectionOf(each.execute(() => 'never', { key: 'one' }));
      assert.equal(await each.execute(() => 'well', { key: 'two' }), 'well');
    },
  ),
];

const limits = askedBy('test/Polly.Core.Tests/Timeout/TimeoutResilienceStrategyTests.cs');
const tokens = askedBy('test/Polly.Core.Tests/Issues/IssuesTests.CancellationTokenPropagation_3086.cs');
const timeouts: readonly Scenario[] = [
  limits.mended('A timeout error has a stack with the caller', 'it had no stack', async () => {
    const scene = stage();
    const guard = timeout({ ...on(scene), ...stackTraces, limitMs: 100 });
    async function findStudent(): Promise<unknown> {
      return guard.execute(never);
    }
    const call = watch(findStudent());
    await scene.clock.advance(100);
    assert.ok(call.error instanceof CallTimeoutError);
    assert.match(call.error.stack ?? '', /findStudent/);
  }),
  limits.missing('The time limit can be a function', 'time limit as a function'),
  limits.same('A timeout emits an event', async () => {
    const scene = stage();
    watch(timeout({ ...on(scene), limitMs: 100 }).execute(never));
    await scene.clock.advance(100);
    assert.deepEqual(
      scene.heard('timeout').map(({ limitMs }) => limitMs),
      [100],
    );
  }),
  limits.missing('The time limit can be infinite', 'infinite time limit (leave the layer out)'),
  limits.same("A caller's abort is not reported as a timeout", async () => {
    const scene = stage();
    const caller = new AbortController();
    const guard = timeout({ ...on(scene), limitMs: 100 });
    const call = watch(guard.execute(({ signal }) => untilAborted(signal), { signal: caller.signal }));
    caller.abort();
    await scene.clock.advance(200);
    assert.ok(call.status === 'rejected' && !(call.error instanceof CallTimeoutError));
    assert.equal(scene.heard('timeout').length, 0);
  }),
  ...(
    [
      ['a timeout', () => [timeout({ limitMs: 60_000 })]],
      ['a timeout around a retry', () => [timeout({ limitMs: 60_000 }), retry(atOnce)]],
      ['a retry around a timeout', () => [retry(atOnce), timeout({ limitMs: 60_000 })]],
      [
        'two timeouts',
        () => [timeout({ name: 'outer', limitMs: 60_000 }), timeout({ name: 'inner', limitMs: 30_000 })],
      ],
      ['a hedge', () => [hedge({ delayMs: 1_000, idempotent: true })]],
    ] as const
  ).map(([name, layers]) =>
    tokens.same(`The caller's reason is thrown by ${name}`, async () => {
      const caller = new AbortController();
      const reason = new Error('the caller left');
      const call = pipeline('p', layers()).execute(
        ({ signal }) => {
          caller.abort(reason);
          signal.throwIfAborted();
        },
        { signal: caller.signal },
      );
      assert.equal(await rejectionOf(call), reason);
    }),
  ),
  tokens.same('An unrelated abort error is thrown as it is', async () => {
    const other = new DOMException('something else', 'AbortError');
    assert.equal(await rejectionOf(timeout({ limitMs: 60_000 }).execute(() => Promise.reject(other))), other);
  }),
];

const retryTests = askedBy('test/Polly.Core.Tests/Retry/RetryResilienceStrategyTests.cs');
const delayTests = askedBy('test/Polly.Core.Tests/Retry/RetryHelperTests.cs');
const retries: readonly Scenario[] = [
  retryTests.same('Nothing runs with an aborted signal', async () => {
    const operation = script('never');
    await rejectionOf(retry(atOnce).execute(operation, { signal: AbortSignal.abort() }));
    assert.equal(operation.calls, 0);
  }),
  retryTests.same('The result is returned even if the caller aborted meanwhile', async () => {
    const caller = new AbortController();
    const operation = (): string => {
      caller.abort();
      return 'result';
    };
    assert.equal(await retry(atOnce).execute(operation, { signal: caller.signal }), 'result');
  }),
  retryTests.same('The number of attempts is respected', async () => {
    const operation = script(refused());
    await rejectionOf(retry({ ...atOnce, maxAttempts: 13 }).execute(operation));
    assert.equal(operation.calls, 13);
  }),
  retryTests.missing('The delay can be a function', 'delay as a function'),
  retryTests.missing(
    'Discarded results are disposed of by a hook',
    'hook for discarded results (response bodies are released)',
  ),
  retryTests.same('The retry event has number, delay and error', async () => {
    const scene = stage();
    const error = refused();
    const guard = retry({ ...on(scene), baseMs: 20, factor: 1, jitter: 'none' });
    await rejectionOf(settledOn(scene.clock, guard.execute(script(error))));
    assert.deepEqual(
      scene.heard('retry').map(({ attempt, delayMs, error: seen }) => [attempt, delayMs, seen]),
      [
        [1, 20, error],
        [2, 20, error],
      ],
    );
  }),
  retryTests.missing("The retry event has the attempt's duration", 'durations in events'),
  delayTests.missing('Delays can grow linearly', 'linear delays'),
  delayTests.same('Delays stay positive and within the maximum for 1,000 attempts', () => {
    const scene = stage();
    return longRetry(scene);
  }),
  askedBy('test/Polly.Core.Tests/Issues/IssuesTests.InfiniteRetry_2163.cs').missing(
    'Unlimited attempts',
    'unlimited attempts (the maximum is 1,000)',
  ),
  askedBy('test/Polly.Core.Tests/Issues/IssuesTests.HandleMultipleResults_898.cs').same(
    'Bad results of several types are retried',
    async () => {
      const guard = retry({ ...atOnce, ...badAnswers((value) => value === -1 || value === 'error') });
      assert.deepEqual([await guard.execute(script(-1, 0)), await guard.execute(script('error', 'fine'))], [0, 'fine']);
    },
  ),
  askedBy('test/Polly.Core.Tests/Issues/IssuesTests .OnRetryContext_2597.cs').same(
    "The retry event carries the caller's attributes",
    async () => {
      const scene = stage();
      await rejectionOf(retry({ ...on(scene), ...atOnce }).execute(script(refused()), { attributes: { id: 7 } }));
      assert.deepEqual(scene.heard('retry')[0]?.attributes, { id: 7 });
    },
  ),
];

async function longRetry(scene: ReturnType<typeof stage>): Promise<void> {
  const guard = retry({ ...on(scene), maxAttempts: 1_000, baseMs: 2_000, maxMs: 30_000, jitter: 'equal' });
  const call = watch(guard.execute(script(refused())));
  while (call.status === 'pending') {
    // One wait after the other.
    await scene.clock.advance(30_000);
  }
  const delaysMs = scene.heard('retry').map(({ delayMs }) => delayMs);
  assert.equal(delaysMs.length, 999);
  assert.ok(delaysMs.every((delayMs) => delayMs > 0 && delayMs <= 30_000));
}

const hedgeTests = askedBy('test/Polly.Core.Tests/Hedging/HedgingResilienceStrategyTests.cs');
const fallbackTests = askedBy('test/Polly.Core.Tests/Fallback/FallbackResilienceStrategyTests.cs');
const others: readonly Scenario[] = [
  hedgeTests.same('Nothing runs with an aborted signal', async () => {
    const operation = script('never');
    const guard = hedge({ delayMs: 10, idempotent: true });
    await rejectionOf(guard.execute(operation, { signal: AbortSignal.abort() }));
    assert.equal(operation.calls, 0);
  }),
  hedgeTests.same('The loser is aborted', async () => {
    const scene = stage();
    const signals: AbortSignal[] = [];
    const guard = hedge({ ...on(scene), delayMs: 10, idempotent: true });
    const call = watch(
      guard.execute(({ signal, attempt }) => {
        signals.push(signal);
        return attempt === 1 ? untilAborted(signal) : 'the second';
      }),
    );
    await scene.clock.advance(10);
    assert.equal(call.value, 'the second');
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false],
    );
  }),
  hedgeTests.same('With a hedge delay of 0, all attempts start at once', async () => {
    const scene = stage();
    let made = 0;
    watch(
      hedge({ ...on(scene), delayMs: 0, maxHedges: 2, idempotent: true }).execute(() => {
        made += 1;
        return never();
      }),
    );
    await scene.clock.advance(0);
    assert.equal(made, 3);
  }),
  hedgeTests.missing(
    'With an infinite hedge delay, attempts follow each other',
    'infinite hedge delay (a retry does that)',
  ),
  hedgeTests.same("When all attempts fail, the dependency's error is thrown", async () => {
    const scene = stage();
    const error = refused();
    const guard = hedge({ ...on(scene), delayMs: 10, idempotent: true });
    const call = watch(guard.execute(script(error)));
    await scene.clock.advance(20);
    assert.equal(call.error, error);
  }),
  hedgeTests.same('Each hedge is an event', async () => {
    const scene = stage();
    watch(hedge({ ...on(scene), delayMs: 10, maxHedges: 2, idempotent: true }).execute(never));
    await scene.clock.advance(20);
    assert.deepEqual(
      scene.heard('hedge').map(({ attempt, afterMs }) => [attempt, afterMs]),
      [
        [2, 10],
        [3, 20],
      ],
    );
  }),
  fallbackTests.same('Selected failures are replaced, others are thrown', async () => {
    const guard = fallback({ to: 'fallback', when: { code: 'ECONNREFUSED' } });
    assert.equal(await guard.execute(script(refused())), 'fallback');
    const other = new Error('other');
    assert.equal(await rejectionOf(guard.execute(script(other))), other);
  }),
  fallbackTests.missing('The fallback can replace a bad result', 'fallback by result'),
  askedBy('test/Polly.Core.Tests/Issues/IssuesTests.FlowingContext_849.cs').same(
    'A predicate receives the classification',
    async () => {
      const seen: string[] = [];
      const asking = createClassifier({
        rules: [{ when: (_error, found) => (seen.push(found.kind), false), verdict: { retryable: false } }],
      });
      await rejectionOf(retry({ ...atOnce, maxAttempts: 2, classify: asking }).execute(script(refused())));
      assert.equal(seen[0], 'connect');
    },
  ),
  askedBy('test/Polly.Extensions.Tests/Issues/IssuesTests.PartitionedRateLimiter_1365.cs').missing(
    'Each user has their own rate limit',
    'rate limit by key',
  ),
  askedBy('test/Polly.RateLimiting.Tests/RateLimiterResilienceStrategyTests.cs').same(
    'A call beyond the rate is refused, with the time until the next',
    async () => {
      const scene = stage();
      const guard = rateLimit({ ...on(scene), limit: 1, perMs: 1_000 });
      await guard.execute(() => 1);
      const error = await rejectionOf(guard.execute(() => 2));
      assert.equal(error instanceof RateLimitError && error.retryAfterMs, 1_000);
    },
  ),
  askedBy('test/Polly.Core.Tests/Retry/RetryStrategyOptionsTests.cs').same(
    'All invalid options are reported in one error',
    () => {
      assert.throws(
        () => retry({ maxAttempts: 0, baseMs: -1 }),
        (error) => error instanceof InvalidSettingsError && error.issues.length === 2,
      );
    },
  ),
  askedBy('test/Polly.Core.Tests/Simmy').missing(
    'Results can be injected for experiments',
    'injected results (`dualbrake/faults` injects faults)',
  ),
];

export const polly: Suite = {
  peer: 'Polly',
  snapshot: 'App-vNext/Polly@173d6d1',
  scenarios: [...breakers, ...timeouts, ...retries, ...others],
};
