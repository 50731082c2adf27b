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
  controller.mended('The refusal of an open breaker has a stack that names its caller', 'it had none', async () => {
    const breaker = new CircuitBreaker({ name: 'students', ...stackTraces });
    breaker.trip();
    async function findStudent(): Promise<unknown> {
      return breaker.execute(() => 'never');
    }
    const error = await rejectionOf(findStudent());
    assert.ok(error instanceof CircuitBreakerOpenError);
    assert.match(error.stack ?? '', /findStudent/);
  }),
  controller.same('The stack of a refusal does not grow from call to call', async () => {
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
    'The refusal carries the error that opened it as its cause',
    'no error of the dependency is kept longer than needed (B9); `reason` says why in words',
    async () => {
      const breaker = new CircuitBreaker({ failureThreshold: 1 });
      await calls(breaker, 'x');
      const error = await rejectionOf(breaker.execute(() => 'never'));
      assert.ok(error instanceof CircuitBreakerOpenError);
      assert.equal((error as Error).cause, undefined);
      assert.notEqual(error.reason, '');
    },
  ),
  controller.same('The refusal says when to come again', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1 });
    await calls(breaker, 'x');
    await scene.clock.advance(300);
    const error = await rejectionOf(breaker.execute(() => 'never'));
    assert.equal(error instanceof CircuitBreakerOpenError && error.retryAfterMs, 700);
  }),
  controller.same('An isolated breaker refuses, and is closed again by hand', async () => {
    const breaker = new CircuitBreaker();
    breaker.isolate();
    const error = await rejectionOf(breaker.execute(() => 'never'));
    assert.ok(error instanceof CircuitBreakerOpenError && error.isolated);
    breaker.release();
    assert.equal(await breaker.execute(() => 10), 10);
  }),
  controller.same('A second test call is let through when the break time has passed again', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1 });
    await calls(breaker, 'x');
    await scene.clock.advance(1_000);
    watch(breaker.execute(never));
    await rejectionOf(breaker.execute(() => 'too early'));
    await scene.clock.advance(1_000);
    assert.equal(await breaker.execute(() => 'the second test'), 'the second test');
  }),
  controller.same('A success while it is open, from before, changes nothing', async () => {
    const breaker = new CircuitBreaker({ failureThreshold: 1 });
    const slow = Promise.withResolvers<string>();
    const early = breaker.execute(() => slow.promise);
    await calls(breaker, 'x');
    slow.resolve('late');
    assert.equal(await early, 'late');
    assert.equal(breaker.state, 'open');
  }),
  controller.missing('The break time is a function', 'the open time as a function; it grows by `resetTimeoutFactor`'),
  controller.same('A break time that grows does not overflow', async () => {
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
  controller.same('Closed, half-open, open, half-open, closed', async () => {
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
    'Answers that are judged failures open it',
    async () => {
      const breaker = new CircuitBreaker({ failureThreshold: 2, ...badAnswers((value) => value === -1) });
      assert.equal(await breaker.execute(() => -1), -1);
      assert.equal(await breaker.execute(() => -1), -1);
      assert.equal(breaker.state, 'open');
    },
  ),
  askedBy('test/Polly.Core.Tests/Issues/IssuesTests.CircuitBreakerStateSharing_959.cs').same(
    'Answers of several types are judged by one breaker',
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
    'The states of all breakers of a registry can be read',
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
    'Each endpoint has a breaker of its own',
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
  limits.mended('The error of a timeout has a stack that names its caller', 'it had none', async () => {
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
  limits.missing('The limit is a function', 'the limit as a function'),
  limits.same('A timeout is told', async () => {
    const scene = stage();
    watch(timeout({ ...on(scene), limitMs: 100 }).execute(never));
    await scene.clock.advance(100);
    assert.deepEqual(
      scene.heard('timeout').map(({ limitMs }) => limitMs),
      [100],
    );
  }),
  limits.missing('A limit that never comes', '`Infinity` as a limit; leave the layer out'),
  limits.same('A caller who leaves is not told of a timeout', async () => {
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
    tokens.same(`The caller's own reason comes out of ${name}`, async () => {
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
  tokens.same('An abort of something else comes out as it is', async () => {
    const other = new DOMException('something else', 'AbortError');
    assert.equal(await rejectionOf(timeout({ limitMs: 60_000 }).execute(() => Promise.reject(other))), other);
  }),
];

const retryTests = askedBy('test/Polly.Core.Tests/Retry/RetryResilienceStrategyTests.cs');
const delayTests = askedBy('test/Polly.Core.Tests/Retry/RetryHelperTests.cs');
const retries: readonly Scenario[] = [
  retryTests.same('Nothing is made for a caller who has left before', async () => {
    const operation = script('never');
    await rejectionOf(retry(atOnce).execute(operation, { signal: AbortSignal.abort() }));
    assert.equal(operation.calls, 0);
  }),
  retryTests.same('The answer comes out although the caller left meanwhile', async () => {
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
  retryTests.missing('The delay is a function', 'the delay as a function'),
  retryTests.missing(
    'Answers that are thrown away are disposed of by a hook',
    'a hook for discarded answers; bodies of responses are let go',
  ),
  retryTests.same('The event has number, delay and error', async () => {
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
  retryTests.missing('The event has the duration of the attempt', 'duration of an attempt in its event'),
  delayTests.missing('Delays that grow linearly', 'linear delays'),
  delayTests.same('Delays stay positive and within the most, for 2,000 attempts', () => {
    const scene = stage();
    return longRetry(scene);
  }),
  askedBy('test/Polly.Core.Tests/Issues/IssuesTests.InfiniteRetry_2163.cs').missing(
    'Attempts without a number',
    'unlimited attempts; 1,000 is the most',
  ),
  askedBy('test/Polly.Core.Tests/Issues/IssuesTests.HandleMultipleResults_898.cs').same(
    'Bad answers of several types are tried again',
    async () => {
      const guard = retry({ ...atOnce, ...badAnswers((value) => value === -1 || value === 'error') });
      assert.deepEqual([await guard.execute(script(-1, 0)), await guard.execute(script('error', 'fine'))], [0, 'fine']);
    },
  ),
  askedBy('test/Polly.Core.Tests/Issues/IssuesTests .OnRetryContext_2597.cs').same(
    "The event carries the caller's attributes",
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
  hedgeTests.same('Nothing is made for a caller who has left before', async () => {
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
  hedgeTests.same('With a delay of nothing all are made at once', async () => {
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
    'With an endless delay the next is made when the one before has failed',
    '`Infinity` as a hedge delay; a retry does that',
  ),
  hedgeTests.same('When all fail, an error of the dependency comes out', async () => {
    const scene = stage();
    const error = refused();
    const guard = hedge({ ...on(scene), delayMs: 10, idempotent: true });
    const call = watch(guard.execute(script(error)));
    await scene.clock.advance(20);
    assert.equal(call.error, error);
  }),
  hedgeTests.same('Each attempt is told', async () => {
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
  fallbackTests.same('A failure that is handled is answered, another comes out', async () => {
    const guard = fallback({ to: 'fallback', when: { code: 'ECONNREFUSED' } });
    assert.equal(await guard.execute(script(refused())), 'fallback');
    const other = new Error('other');
    assert.equal(await rejectionOf(guard.execute(script(other))), other);
  }),
  fallbackTests.missing('A bad answer is replaced', 'fallback on an answer'),
  askedBy('test/Polly.Core.Tests/Issues/IssuesTests.FlowingContext_849.cs').same(
    'A predicate is given what the classifier knows',
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
    'A rate limit for each user',
    'rate limit by key',
  ),
  askedBy('test/Polly.RateLimiting.Tests/RateLimiterResilienceStrategyTests.cs').same(
    'A call over the rate is refused, with the time to come again',
    async () => {
      const scene = stage();
      const guard = rateLimit({ ...on(scene), limit: 1, perMs: 1_000 });
      await guard.execute(() => 1);
      const error = await rejectionOf(guard.execute(() => 2));
      assert.equal(error instanceof RateLimitError && error.retryAfterMs, 1_000);
    },
  ),
  askedBy('test/Polly.Core.Tests/Retry/RetryStrategyOptionsTests.cs').same(
    'Wrong options are refused at once, all of them',
    () => {
      assert.throws(
        () => retry({ maxAttempts: 0, baseMs: -1 }),
        (error) => error instanceof InvalidSettingsError && error.issues.length === 2,
      );
    },
  ),
  askedBy('test/Polly.Core.Tests/Simmy').missing(
    'Results are injected for experiments',
    'injected answers; faults are in `dualbrake/faults`',
  ),
];

export const polly: Suite = {
  peer: 'Polly',
  snapshot: 'App-vNext/Polly@173d6d1',
  scenarios: [...breakers, ...timeouts, ...retries, ...others],
};
