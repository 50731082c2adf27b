import assert from 'node:assert/strict';
import {
  bulkhead,
  BulkheadFullError,
  CallTimeoutError,
  CircuitBreaker,
  CircuitBreakerOpenError,
  fallback,
  FallbackFailedError,
  hedge,
  pipeline,
  rateLimit,
  RateLimitError,
  retry,
  retryBudget,
  staleCache,
  timeout,
} from 'dualbrake';
import { guardedFetch } from 'dualbrake/fetch';
import { serving } from './http.ts';
import { askedBy, type Scenario, type Suite } from './scenario.ts';
import {
  atOnce,
  badAnswers,
  breakerOn,
  calls,
  deferred,
  occupied,
  on,
  refused,
  rejectionOf,
  retryOnly,
  script,
  settledOn,
  stage,
  turn,
  untilAborted,
  watch,
  type Stage,
} from './scene.ts';

function hasCode(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}

const never = (): Promise<never> => new Promise(() => {});

const cancellation = askedBy('test/cancellation_test.go');
const cancellations: readonly Scenario[] = [
  cancellation.mended("The caller's abort ends a running fallback", 'the call hung', async () => {
    const caller = new AbortController();
    const reason = new Error('the caller left');
    const call = watch(fallback({ to: never }).execute(script(refused()), { signal: caller.signal }));
    await turn();
    caller.abort(reason);
    await turn();
    assert.deepEqual([call.status, call.error], ['rejected', reason]);
  }),
  cancellation.mended(
    "The caller's abort after the headers ends the response body",
    'reading the body went on',
    async () => {
      await serving(
        (_request, response) => response.writeHead(200).write('begun'),
        async (url) => {
          const caller = new AbortController();
          const guard = pipeline('p', [timeout({ limitMs: 60_000 })]);
          const answer = await guard.execute(({ signal }) => fetch(url, { signal }), { signal: caller.signal });
          const reason = new Error('the caller left');
          caller.abort(reason);
          assert.equal(await rejectionOf(answer.text()), reason);
        },
      );
    },
  ),
  cancellation.same("The caller's abort reaches the operation", async () => {
    const caller = new AbortController();
    const reason = new Error('the caller left');
    const call = retry(atOnce).execute(({ signal }) => untilAborted(signal), { signal: caller.signal });
    caller.abort(reason);
    assert.equal(await rejectionOf(call), reason);
  }),
  cancellation.same('A deadline ends a call', async () => {
    const scene = stage();
    const call = watch(timeout({ ...on(scene), limitMs: 1_000 }).execute(never, { deadline: 50 }));
    await scene.clock.advance(50);
    assert.equal(call.status, 'rejected');
  }),
  cancellation.same('A timeout aborts the signal of a running operation', async () => {
    const scene = stage();
    let seen: AbortSignal | undefined;
    watch(
      timeout({ ...on(scene), limitMs: 10 }).execute(({ signal }) => {
        seen = signal;
        return never();
      }),
    );
    await scene.clock.advance(10);
    assert.equal(seen?.aborted, true);
  }),
  cancellation.same("An abort ends a retry's wait", async () => {
    const scene = stage();
    const caller = new AbortController();
    const call = watch(retry({ ...on(scene), jitter: 'none' }).execute(script(refused()), { signal: caller.signal }));
    await scene.clock.advance(100);
    caller.abort();
    await turn();
    assert.equal(call.status, 'rejected');
    assert.equal(scene.clock.pending, 0);
  }),
  cancellation.same('The fallback does not answer for an abort', async () => {
    const caller = new AbortController();
    const call = fallback({ to: 'fallback' }).execute(({ signal }) => untilAborted(signal), { signal: caller.signal });
    const reason = new Error('the caller left');
    caller.abort(reason);
    assert.equal(await rejectionOf(call), reason);
  }),
  cancellation.same('An abort ends the wait for a rate limit', async () => {
    const scene = stage();
    const guard = rateLimit({ ...on(scene), limit: 1, perMs: 1_000, queue: 5 });
    await guard.execute(() => 'first');
    const caller = new AbortController();
    const call = watch(guard.execute(() => 'second', { signal: caller.signal }));
    caller.abort();
    await turn();
    assert.equal(call.status, 'rejected');
  }),
  cancellation.same('A timeout ends the wait for a rate limit', async () => {
    const scene = stage();
    const guard = pipeline(
      'p',
      [timeout({ limitMs: 100 }), rateLimit({ limit: 1, perMs: 1_000, queue: 5 })],
      on(scene),
    );
    await guard.execute(() => 'first');
    const operation = script('second');
    const call = watch(guard.execute(operation));
    await scene.clock.advance(2_000);
    assert.deepEqual([call.status, operation.calls], ['rejected', 0]);
  }),
  cancellation.same('An abort ends the wait for a bulkhead', async () => {
    const { guard, running } = occupied(1, 5);
    const caller = new AbortController();
    const call = watch(guard.execute(() => 'second', { signal: caller.signal }));
    caller.abort();
    await turn();
    assert.equal(call.status, 'rejected');
    running.resolve('done');
  }),
  cancellation.same('A timeout ends the wait for a bulkhead', async () => {
    const scene = stage();
    const guard = pipeline('p', [timeout({ limitMs: 100 }), bulkhead({ limit: 1, queue: 5 })], on(scene));
    watch(guard.execute(never));
    const operation = script('second');
    const call = watch(guard.execute(operation));
    await scene.clock.advance(100);
    assert.ok(call.error instanceof CallTimeoutError);
    assert.equal(operation.calls, 0);
  }),
  cancellation.same('An abort before the hedge prevents it', async () => {
    const scene = stage();
    const caller = new AbortController();
    let made = 0;
    const guard = hedge({ ...on(scene), delayMs: 100, idempotent: true });
    const call = watch(
      guard.execute(
        ({ signal }) => {
          made += 1;
          return untilAborted(signal);
        },
        { signal: caller.signal },
      ),
    );
    caller.abort();
    await scene.clock.advance(500);
    assert.deepEqual([call.status, made], ['rejected', 1]);
  }),
  cancellation.same('An abort during a hedge ends both attempts', async () => {
    const scene = stage();
    const caller = new AbortController();
    const signals: AbortSignal[] = [];
    const guard = hedge({ ...on(scene), delayMs: 100, idempotent: true });
    const call = watch(
      guard.execute(
        ({ signal }) => {
          signals.push(signal);
          return untilAborted(signal);
        },
        { signal: caller.signal },
      ),
    );
    await scene.clock.advance(100);
    caller.abort();
    await turn();
    assert.equal(call.status, 'rejected');
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, true],
    );
  }),
  cancellation.onPurpose(
    'An abort ends a call at once even if the operation ignores it',
    'without a timeout layer, the call waits for its operation (B24)',
    async () => {
      const caller = new AbortController();
      const work = deferred();
      const call = watch(new CircuitBreaker().execute(() => work.promise, { signal: caller.signal }));
      caller.abort();
      await turn();
      assert.equal(call.status, 'pending');
      work.resolve('at last');
      await turn();
      assert.equal(call.status, 'fulfilled');
    },
  ),
];

const retries = askedBy('test/retrypolicy_test.go');
const timeouts = askedBy('test/timeout_test.go');
const fallbacks = askedBy('test/fallback_test.go');
const bulkheads = askedBy('test/bulkhead_test.go');
const policies: readonly Scenario[] = [
  retries.same('A success is not retried', async () => {
    const operation = script(false);
    assert.equal(await retry(atOnce).execute(operation), false);
    assert.equal(operation.calls, 1);
  }),
  retries.same('A non-retryable error ends the attempts', async () => {
    const operation = script(refused(), refused(), new Error('bad request'));
    await rejectionOf(retry({ ...atOnce, maxAttempts: 10, ...retryOnly(hasCode) }).execute(operation));
    assert.equal(operation.calls, 3);
  }),
  retries.same('The last failed result is returned', async () => {
    assert.equal(await retry({ ...atOnce, ...badAnswers((value) => value === 'bad') }).execute(script('bad')), 'bad');
  }),
  retries.missing(
    'The retry limits the duration of all attempts',
    '`maxDurationMs` for a retry (a timeout layer does that)',
  ),
  retries.missing('Unlimited attempts', 'unlimited attempts (the maximum is 1,000)'),
  retries.same('Delays grow up to a limit', async () => {
    const scene = stage();
    const guard = retry({ ...on(scene), baseMs: 1, factor: 2, maxMs: 10, jitter: 'none', maxAttempts: 7 });
    await rejectionOf(settledOn(scene.clock, guard.execute(script(refused()))));
    assert.deepEqual(
      scene.heard('retry').map(({ delayMs }) => delayMs),
      [1, 2, 4, 8, 10, 10],
    );
  }),
  timeouts.same('A call within its limit returns its result', async () => {
    assert.equal(await timeout({ limitMs: 1_000 }).execute(() => 'success'), 'success');
  }),
  timeouts.same('A timeout in a retry ends a hung attempt, and the next one starts', async () => {
    const scene = stage();
    let made = 0;
    const guard = pipeline('p', [retry(atOnce), timeout({ limitMs: 50 })], on(scene));
    const call = watch(guard.execute(() => (++made < 3 ? never() : 'success')));
    await scene.clock.advance(100);
    assert.deepEqual([call.value, made], ['success', 3]);
  }),
  timeouts.same('A timeout around a retry ends a hung attempt', async () => {
    const scene = stage();
    let made = 0;
    const guard = pipeline('p', [timeout({ limitMs: 150 }), retry(atOnce)], on(scene));
    const call = watch(
      guard.execute(() => {
        made += 1;
        return never();
      }),
    );
    await scene.clock.advance(150);
    assert.ok(call.error instanceof CallTimeoutError);
    assert.equal(made, 1);
  }),
  timeouts.same('A timeout around a hedge ends all attempts', async () => {
    const scene = stage();
    const guard = pipeline(
      'p',
      [timeout({ limitMs: 100 }), hedge({ delayMs: 10, maxHedges: 2, idempotent: true })],
      on(scene),
    );
    const call = watch(guard.execute(never));
    await scene.clock.advance(100);
    assert.ok(call.error instanceof CallTimeoutError);
  }),
  timeouts.same('A fallback answers for a timeout', async () => {
    const scene = stage();
    const guard = pipeline('p', [fallback({ to: 'fallback' }), timeout({ limitMs: 10 })], on(scene));
    const call = watch(guard.execute(never));
    await scene.clock.advance(10);
    assert.equal(call.value, 'fallback');
  }),
  timeouts.same('A timeout around a fallback ends the fallback', async () => {
    const scene = stage();
    const guard = pipeline('p', [timeout({ limitMs: 10 }), fallback({ to: never })], on(scene));
    const call = watch(guard.execute(script(refused())));
    await scene.clock.advance(10);
    assert.ok(call.error instanceof CallTimeoutError);
  }),
  fallbacks.same('The fallback can be a value', async () => {
    assert.equal(await fallback({ to: 'value' }).execute(script(refused())), 'value');
  }),
  fallbacks.same('The fallback can be a function, which receives the error', async () => {
    const error = refused();
    assert.equal(await fallback({ to: (seen: unknown) => seen === error }).execute(script(error)), true);
  }),
  fallbacks.onPurpose(
    "The fallback's error is thrown",
    "a FallbackFailedError with both, whose cause is the call's error (B35)",
    async () => {
      const [first, second] = [refused(), new Error('the fallback failed as well')];
      const error = await rejectionOf(fallback({ to: () => Promise.reject(second) }).execute(script(first)));
      assert.ok(error instanceof FallbackFailedError);
      assert.deepEqual([error.cause, error.errors], [first, [first, second]]);
    },
  ),
  fallbacks.same('The fallback answers only for the selected failures', async () => {
    const guard = fallback({ to: 'fallback', when: { code: 'ECONNREFUSED' } });
    assert.equal(await guard.execute(script(refused())), 'fallback');
    const other = new Error('another');
    assert.equal(await rejectionOf(guard.execute(script(other))), other);
  }),
  fallbacks.missing('The fallback can replace a bad result', 'fallback by result'),
  bulkheads.same('A queued call runs when a slot is released', async () => {
    const { guard, running } = occupied(2, 1);
    const waiting = guard.execute(() => 'third');
    running.resolve('done');
    assert.equal(await waiting, 'third');
  }),
  bulkheads.same('A full bulkhead refuses', async () => {
    const { guard, running } = occupied(2, 0);
    assert.ok((await rejectionOf(guard.execute(() => 'third'))) instanceof BulkheadFullError);
    running.resolve('done');
  }),
  bulkheads.same('A call that waited too long is refused', async () => {
    const scene = stage();
    const guard = bulkhead({ ...on(scene), limit: 1, queue: 1, maxWaitMs: 20 });
    watch(guard.execute(never));
    const call = watch(guard.execute(() => 'second'));
    await scene.clock.advance(20);
    assert.ok(call.error instanceof BulkheadFullError);
  }),
];

const breakers = askedBy('test/circuitbreaker_test.go');
const breakerScenarios: readonly Scenario[] = [
  breakers.same('An open breaker refuses the first attempt', async () => {
    const breaker = new CircuitBreaker();
    breaker.trip();
    const operation = script('never');
    await rejectionOf(pipeline('p', [retry(atOnce), breaker]).execute(operation));
    assert.equal(operation.calls, 0);
  }),
  breakers.same('Half-open refuses calls beyond its number', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1, halfOpenCalls: 3 });
    await calls(breaker, 'x');
    await scene.clock.advance(1_000);
    const all = Array.from({ length: 5 }, () => watch(breaker.execute(never)));
    await turn();
    assert.equal(all.filter(({ error }) => error instanceof CircuitBreakerOpenError).length, 2);
  }),
  breakers.same('A retry stops when the breaker opens, with its refusal', async () => {
    const operation = script(refused());
    const guard = pipeline('p', [retry({ ...atOnce, maxAttempts: 10 }), new CircuitBreaker({ failureThreshold: 2 })]);
    assert.ok((await rejectionOf(guard.execute(operation))) instanceof CircuitBreakerOpenError);
    assert.equal(operation.calls, 2);
  }),
  breakers.same('Failures within a time window open the breaker', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { window: 'time', windowMs: 1_000, failureThreshold: 2, consecutiveFailures: 0 });
    await calls(breaker, 'x');
    await scene.clock.advance(1_200);
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'closed', 'the first is too old');
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
  }),
  breakers.same('A failure ratio within a time window opens the breaker', async () => {
    const scene = stage();
    const options = {
      window: 'time',
      windowMs: 1_000,
      failureRatio: 0.5,
      minimumCalls: 4,
      consecutiveFailures: 0,
    } as const;
    const breaker = breakerOn(scene, options);
    await calls(breaker, 'xoo');
    assert.equal(breaker.state, 'closed');
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open', 'two of four');
  }),
  breakers.same('Listeners receive opening and closing', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1 });
    await calls(breaker, 'x');
    await scene.clock.advance(1_000);
    await calls(breaker, 'o');
    assert.deepEqual(
      scene.heard('transition').map(({ to }) => to),
      ['open', 'half-open', 'closed'],
    );
  }),
  breakers.same('The remaining open time can be read', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1 });
    await calls(breaker, 'x');
    await scene.clock.advance(400);
    assert.equal(breaker.report(scene.clock.now())['retryAfterMs'], 600);
  }),
  breakers.missing('Half-open closes by a success ratio', 'half-open by failure ratio'),
  breakers.missing('Half-open reopens by a failure ratio', 'half-open by failure ratio'),
  breakers.missing('Permits can be acquired and released manually', 'manual permits (two-step calls)'),
  breakers.missing(
    'The reset time is a function',
    'reset time as a function or a list (`resetTimeoutFactor` makes it grow)',
  ),
];

const hedges = askedBy('test/hedgepolicy_test.go');
const hedgeScenarios: readonly Scenario[] = [
  hedges.same('A call faster than the hedge delay runs once', async () => {
    const scene = stage();
    const operation = script('fast');
    assert.equal(await hedge({ ...on(scene), delayMs: 100, idempotent: true }).execute(operation), 'fast');
    await scene.clock.advance(500);
    assert.equal(operation.calls, 1);
  }),
  hedges.same('A slow call gets a second attempt, and the first result counts', async () => {
    const scene = stage();
    const call = watch(hedged(scene, 1).execute(({ attempt }) => (attempt === 1 ? never() : 'the second')));
    await scene.clock.advance(10);
    assert.equal(call.value, 'the second');
  }),
  hedges.same('All hedges are used if all attempts are slow', async () => {
    const scene = stage();
    let made = 0;
    watch(
      hedged(scene, 2).execute(() => {
        made += 1;
        return never();
      }),
    );
    await scene.clock.advance(100);
    assert.equal(made, 3);
  }),
  hedges.missing('The hedge delay is a quantile of past durations', 'hedge delay by quantile'),
  hedges.missing('A negative hedge delay disables hedging', 'hedge delay as a function'),
  hedges.missing('A condition decides which results end the other attempts', 'hedge by result'),
  askedBy('test/issues/issue134_test.go').onPurpose(
    "A timeout's signal aborts after a success",
    'aborting would cut streams that are still being read (F12)',
    async () => {
      let seen: AbortSignal | undefined;
      await timeout({ limitMs: 1_000 }).execute(({ signal }) => void (seen = signal));
      assert.equal(seen?.aborted, false);
    },
  ),
  askedBy('test/issues/issue134_test.go').onPurpose(
    "A hedge's signal aborts after a success",
    "only the loser's aborts: streams may still be being read (F12)",
    async () => {
      let seen: AbortSignal | undefined;
      await hedge({ delayMs: 1_000, idempotent: true }).execute(({ signal }) => void (seen = signal));
      assert.equal(seen?.aborted, false);
    },
  ),
  askedBy('test/issues/issue141_test.go').same('A hedge denied by its budget does not affect the call', async () => {
    const scene = stage();
    const denied = { record() {}, tryTake: () => false };
    const work = deferred();
    const guard = hedge({ ...on(scene), delayMs: 20, maxHedges: 2, idempotent: true, budget: denied });
    const call = watch(guard.execute(() => work.promise));
    await scene.clock.advance(200);
    work.resolve('success');
    await turn();
    assert.equal(call.value, 'success');
  }),
  askedBy('test/issues/issue65_test.go').same('The body of a hedged response can be read', async () => {
    await serving(
      (_request, response) => {
        response.flushHeaders();
        setImmediate(() => response.end('foo'));
      },
      async (url) => {
        const guard = guardedFetch(pipeline('p', [retry(atOnce), hedge({ delayMs: 1, idempotent: true })]));
        assert.equal(await (await guard(url)).text(), 'foo');
      },
    );
  }),
  askedBy('test/issues/issue73_test.go').same('A retried request sends its body each time', async () => {
    const bodies: string[] = [];
    await serving(
      (request, response) => {
        let body = '';
        request.setEncoding('utf8').on('data', (part: string) => (body += part));
        request.on('end', () => {
          bodies.push(body);
          response.writeHead(503).end('pong');
        });
      },
      async (url) => {
        const answer = await guardedFetch(retry(atOnce))(url, { method: 'PUT', body: 'ping' });
        assert.equal(await answer.text(), 'pong');
      },
    );
    assert.deepEqual(bodies, ['ping', 'ping', 'ping']);
  }),
  askedBy('test/issues/issue136_test.go').same('Simultaneous calls keep their own attributes', async () => {
    const breaker = new CircuitBreaker();
    const seen = await Promise.all(
      [1, 2, 3].map((id) =>
        breaker.execute(async ({ attributes }) => (await turn(), attributes['id']), { attributes: { id } }),
      ),
    );
    assert.deepEqual(seen, [1, 2, 3]);
  }),
  askedBy('test/issues/issue122_test.go').same("A listener receives the caller's attributes", async () => {
    const scene = stage();
    await rejectionOf(
      retry({ ...on(scene), ...atOnce }).execute(script(refused()), { attributes: { request: 'r-1' } }),
    );
    assert.deepEqual(scene.heard('retry')[0]?.attributes, { request: 'r-1' });
  }),
];

function hedged(scene: Stage, maxHedges: number): ReturnType<typeof hedge> {
  return hedge({ ...on(scene), delayMs: 10, maxHedges, idempotent: true });
}

const rates = askedBy('test/ratelimiter_test.go');
const compositions = askedBy('test/policy_composition_test.go');
const budgets = askedBy('test/budget_test.go');
const otherScenarios: readonly Scenario[] = [
  rates.same('A call waits until the rate allows it', async () => {
    const scene = stage();
    const guard = rateLimit({ ...on(scene), limit: 1, perMs: 100, queue: 5 });
    const both = [watch(guard.execute(() => 1)), watch(guard.execute(() => 2))];
    await turn();
    assert.deepEqual(
      both.map(({ value }) => value),
      [1, undefined],
    );
    await scene.clock.advance(100);
    assert.deepEqual(
      both.map(({ value }) => value),
      [1, 2],
    );
  }),
  rates.same('Without a queue, a call beyond the rate is refused', async () => {
    const scene = stage();
    const guard = rateLimit({ ...on(scene), limit: 1, perMs: 100, queue: 0 });
    await guard.execute(() => 1);
    assert.ok((await rejectionOf(guard.execute(() => 2))) instanceof RateLimitError);
  }),
  rates.missing('A rate limit has a maximum wait', '`maxWaitMs` for rate limits'),
  compositions.same('Fallback, retry, breaker: the fallback answers after all attempts', async () => {
    const operation = script(refused());
    const guard = pipeline('p', [
      fallback({ to: 'fallback' }),
      retry({ ...atOnce, maxAttempts: 3 }),
      new CircuitBreaker({ failureThreshold: 5 }),
    ]);
    assert.equal(await guard.execute(operation), 'fallback');
    assert.equal(operation.calls, 3);
  }),
  compositions.same('A retry that succeeds in time leaves the breaker closed', async () => {
    const breaker = new CircuitBreaker({ failureThreshold: 4 });
    const guard = pipeline('p', [retry({ ...atOnce, maxAttempts: 4 }), breaker]);
    assert.equal(await guard.execute(script(refused(), refused(), true)), true);
    assert.equal(breaker.state, 'closed');
  }),
  compositions.same('A retry around a full bulkhead throws its refusal', async () => {
    const { guard, running } = occupied(1, 0);
    assert.ok((await rejectionOf(pipeline('p', [retry(atOnce), guard]).execute(() => 1))) instanceof BulkheadFullError);
    running.resolve('done');
  }),
  compositions.same('A breaker around a timeout counts timeouts', async () => {
    const scene = stage();
    const breaker = new CircuitBreaker({ failureThreshold: 1 });
    const call = watch(pipeline('p', [breaker, timeout({ limitMs: 50 })], on(scene)).execute(never));
    await scene.clock.advance(50);
    assert.deepEqual([call.status, breaker.state], ['rejected', 'open']);
  }),
  compositions.same('A fallback answers for an open breaker', async () => {
    const breaker = new CircuitBreaker();
    breaker.trip();
    assert.equal(await pipeline('p', [fallback({ to: 'fallback' }), breaker]).execute(() => 'never'), 'fallback');
  }),
  askedBy('test/nested_timeout_test.go').same('The shorter of nested time limits applies', async () => {
    const scene = stage();
    const guard = pipeline(
      'p',
      [timeout({ name: 'outer', limitMs: 100 }), timeout({ name: 'inner', limitMs: 1_000 })],
      on(scene),
    );
    const call = watch(guard.execute(never));
    await scene.clock.advance(100);
    assert.ok(call.error instanceof CallTimeoutError);
  }),
  askedBy('test/nested_retrypolicy_test.go').onPurpose(
    'Nested retries multiply',
    'an outer retry does not repeat what an inner one has given up on (B27)',
    async () => {
      const operation = script(refused());
      const guard = pipeline('p', [retry({ ...atOnce, name: 'outer' }), retry({ ...atOnce, name: 'inner' })]);
      await rejectionOf(guard.execute(operation));
      assert.equal(operation.calls, 3);
    },
  ),
  budgets.same('Retries beyond the budget are denied', async () => {
    const operation = script(refused());
    const denied = { record() {}, tryTake: () => false };
    await rejectionOf(retry({ ...atOnce, budget: denied }).execute(operation));
    assert.equal(operation.calls, 1);
  }),
  budgets.same('Retries within the budget run', async () => {
    const operation = script(refused(), 'ok');
    assert.equal(
      await retry({ ...atOnce, budget: retryBudget({ ratio: 1, minPerSecond: 10 }) }).execute(operation),
      'ok',
    );
  }),
  askedBy('test/cache_test.go').same('Results are cached by key, failures are not', async () => {
    const scene = stage();
    const guard = staleCache({ ...on(scene), key: ({ key }) => key, freshMs: 1_000, when: () => false });
    const operation = script(refused(), 'one', 'two');
    await rejectionOf(guard.execute(operation, { key: 'a' }));
    assert.equal(await guard.execute(operation, { key: 'a' }), 'one');
    assert.equal(await guard.execute(operation, { key: 'a' }), 'one');
    assert.equal(await guard.execute(operation, { key: 'b' }), 'two');
  }),
  askedBy('test/cache_test.go').missing('A condition decides which results are cached', '`cacheIf`'),
  askedBy('test/adaptivelimiter_test.go').missing('The concurrency limit adapts to latency', 'adaptive limiter'),
  askedBy('test/adaptivethrottler_test.go').missing(
    'The share of refused calls adapts to failures',
    'adaptive throttler',
  ),
  askedBy('test/listeners_test.go').missing('Every policy has a success event', 'success events'),
];

export const failsafeGo: Suite = {
  peer: 'failsafe-go',
  snapshot: 'failsafe-go/failsafe-go@5759a5e',
  scenarios: [...cancellations, ...policies, ...breakerScenarios, ...hedgeScenarios, ...otherScenarios],
};
