import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  bulkhead,
  BulkheadFullError,
  CircuitBreaker,
  CircuitBreakerOpenError,
  fallback,
  hedge,
  InvalidSettingsError,
  rateLimit,
  RateLimitError,
  Registry,
  retry,
  timeout,
  type CircuitBreakerOptions,
} from 'dualbrake';
import { askedBy, type Scenario, type Suite } from './scenario.ts';
import {
  atOnce,
  badAnswers,
  breakerOn,
  calls,
  occupied,
  on,
  refused,
  rejectionOf,
  retryOnly,
  script,
  settledOn,
  stage,
  turn,
  watch,
} from './scene.ts';

const never = (): Promise<never> => new Promise(() => {});

/** What r4j keeps in thread locals and hands to other threads by a `ContextPropagator`. */
const request = new AsyncLocalStorage<string>();
const requests = ['ana', 'bo', 'cy'] as const;

/** Runs one call in the context of each request. */
function inEach(call: () => Promise<unknown>): Promise<unknown>[] {
  return requests.map((name) => request.run(name, call));
}

const propagation = askedBy(
  'resilience4j-bulkhead/src/test/java/io/github/resilience4j/bulkhead/ThreadPoolBulkheadTest.java',
);
const contexts: readonly Scenario[] = [
  propagation.mended(
    "A call queued by a bulkhead runs in its caller's async context",
    "it ran in another caller's",
    async () => {
      const slots = bulkhead({ limit: 1, queue: 9 });
      const all = inEach(() =>
        slots.execute(async () => {
          await turn();
          return request.getStore();
        }),
      );
      assert.deepEqual(await Promise.all(all), requests);
    },
  ),
  propagation.mended(
    "A call queued by a rate limit runs in its caller's async context",
    "it ran in another caller's",
    async () => {
      const scene = stage();
      const slots = rateLimit({ ...on(scene), limit: 1, perMs: 100, queue: 9 });
      const all = Promise.all(inEach(() => slots.execute(() => request.getStore())));
      assert.deepEqual(await settledOn(scene.clock, all), requests);
    },
  ),
  propagation.mended(
    "A hedge and its event run in the caller's async context",
    "its event ran in another caller's",
    async () => {
      const scene = stage();
      const ran: unknown[] = [];
      const told: unknown[] = [];
      const guard = hedge({
        clock: scene.clock,
        delayMs: 10,
        idempotent: true,
        onEvent: (event) => void (event.type === 'hedge' && told.push(request.getStore())),
      });
      inEach(() =>
        guard.execute(({ attempt }) => {
          if (attempt === 2) ran.push(request.getStore());
          return never();
        }),
      ).forEach(watch);
      await scene.clock.advance(10);
      assert.deepEqual([ran, told], [requests, requests]);
    },
  ),
  propagation.mended(
    "A timeout's abort listeners and events run in the caller's async context",
    'they ran in the context that had armed the shared timer',
    async () => {
      const scene = stage();
      const aborted: unknown[] = [];
      const told: unknown[] = [];
      const guard = timeout({
        clock: scene.clock,
        limitMs: 10,
        onEvent: (event) => void (event.type === 'timeout' && told.push(request.getStore())),
      });
      inEach(() =>
        guard.execute(({ signal }) => {
          signal.addEventListener('abort', () => aborted.push(request.getStore()));
          return never();
        }),
      ).forEach(watch);
      await scene.clock.advance(10);
      assert.deepEqual([aborted, told], [requests, requests]);
    },
  ),
];

const window = { window: 'count', windowCalls: 5, minimumCalls: 5, failureRatio: 0.6, consecutiveFailures: 0 } as const;

const machine = askedBy(
  'resilience4j-circuitbreaker/src/test/java/io/github/resilience4j/circuitbreaker/internal/CircuitBreakerStateMachineTest.java',
);
const breakers: readonly Scenario[] = [
  machine.same('An open breaker refuses', async () => {
    const breaker = new CircuitBreaker();
    breaker.trip();
    assert.ok((await rejectionOf(breaker.execute(() => 'never'))) instanceof CircuitBreakerOpenError);
  }),
  machine.same('A breaker that is forced open refuses calls at any time', async () => {
    const scene = stage();
    const breaker = breakerOn(scene);
    breaker.isolate('forced open', 3_600_000);
    await scene.clock.advance(100_000);
    assert.ok((await rejectionOf(breaker.execute(() => 'never'))) instanceof CircuitBreakerOpenError);
  }),
  machine.same('Half-open admits no more calls than configured', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1, halfOpenCalls: 4 });
    await calls(breaker, 'x');
    await scene.clock.advance(1_000);
    let made = 0;
    for (let call = 1; call <= 10; call += 1) {
      watch(
        breaker.execute(() => {
          made += 1;
          return never();
        }),
      );
    }
    assert.equal(made, 4);
  }),
  machine.same('The breaker opens when the failure ratio is reached', async () => {
    const breaker = new CircuitBreaker(window);
    await calls(breaker, 'oxoox');
    assert.equal(breaker.state, 'closed', 'two of five');
    await calls(breaker, 'xx');
    assert.equal(breaker.state, 'open', 'three of the last five');
  }),
  machine.same('The breaker opens when the slow-call ratio is reached', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { ...window, slowCallMs: 100, slowCallRatio: 0.6 });
    for (let call = 1; call <= 5; call += 1) {
      const slow = breaker.execute(() => new Promise<void>((resolve) => scene.clock.after(200, resolve)));
      // One after the other.
      await scene.clock.advance(200);
      await slow;
    }
    assert.equal(breaker.state, 'open');
  }),
  machine.same('After the wait, the next call probes', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, window);
    await calls(breaker, 'xxxxx');
    await scene.clock.advance(999);
    await rejectionOf(breaker.execute(() => 'too early'));
    await scene.clock.advance(1);
    assert.equal(await breaker.execute(() => 'a test'), 'a test');
  }),
  machine.onPurpose(
    'The breaker becomes half-open by its own timer',
    'no timer runs between calls (B7); the next call finds the probe due',
    async () => {
      const scene = stage();
      const breaker = breakerOn(scene, window);
      await calls(breaker, 'xxxxx');
      await scene.clock.advance(5_000);
      assert.equal(scene.clock.pending, 0);
      assert.deepEqual(
        scene.heard('transition').map(({ to }) => to),
        ['open'],
      );
      await calls(breaker, 'o');
      assert.equal(breaker.state, 'closed');
    },
  ),
  machine.same('A failed probe reopens the breaker', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, window);
    await calls(breaker, 'xxxxx');
    await scene.clock.advance(1_000);
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
  }),
  machine.missing('Half-open closes when the failure ratio is low enough', 'half-open by failure ratio'),
  machine.same('A slow probe reopens the breaker', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1, slowCallMs: 100 });
    await calls(breaker, 'x');
    await scene.clock.advance(1_000);
    const slow = breaker.execute(() => new Promise<void>((resolve) => scene.clock.after(200, resolve)));
    await scene.clock.advance(200);
    await slow;
    assert.equal(breaker.state, 'open');
  }),
  machine.same('A reset closes the breaker and clears its window', async () => {
    const breaker = new CircuitBreaker(window);
    await calls(breaker, 'xxxxx');
    breaker.reset();
    assert.equal(breaker.state, 'closed');
    await calls(breaker, 'xxxx');
    assert.equal(breaker.state, 'closed');
  }),
  machine.same('A breaker that is held closed lets all calls through', async () => {
    const registry = new Registry();
    const breaker = new CircuitBreaker({ name: 'b', failureThreshold: 1 });
    registry.pipeline('p', [breaker]);
    registry.control('p', 'b', 'hold-closed', { forMs: 60_000 });
    await calls(breaker, 'xxx');
    assert.equal(await breaker.execute(() => 'well'), 'well');
  }),
  machine.missing('The breaker can measure without ever opening', 'metrics-only mode without end'),
  machine.same('An ignored error during a probe releases the permit', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { failureThreshold: 1 });
    await calls(breaker, 'x');
    await scene.clock.advance(1_000);
    const bug = new TypeError("Cannot read properties of undefined (reading 'x')");
    assert.equal(await rejectionOf(breaker.execute(script(bug))), bug);
    assert.equal(breaker.state, 'half-open');
    assert.equal(await breaker.execute(() => 'the next test'), 'the next test');
    assert.equal(breaker.state, 'closed');
  }),
  machine.missing('A breaker can start open, or disabled', 'initial state as an option (`restore` takes a saved one)'),
  askedBy(
    'resilience4j-circuitbreaker/src/test/java/io/github/resilience4j/circuitbreaker/internal/CircuitBreakerResultHandlingTest.java',
  ).same('A result can be a failure', async () => {
    const breaker = new CircuitBreaker({ failureThreshold: 1, ...badAnswers((value) => value === 'failure') });
    await breaker.execute(() => 'fine');
    assert.equal(breaker.state, 'closed');
    await breaker.execute(() => 'failure');
    assert.equal(breaker.state, 'open');
  }),
  askedBy(
    'resilience4j-circuitbreaker/src/test/java/io/github/resilience4j/circuitbreaker/CircuitBreakerConfigTest.java',
  ).same('Invalid numbers are refused', () => {
    const wrong: readonly CircuitBreakerOptions[] = [
      { failureThreshold: 0 },
      { resetTimeoutMs: 0 },
      { halfOpenCalls: 0 },
      { window: 'count', windowCalls: 0 },
      { window: 'count', minimumCalls: 0 },
      { window: 'count', failureRatio: 1.01 },
      { window: 'count', slowCallMs: 1, slowCallRatio: 0 },
      { window: 'count', slowCallMs: 1, slowCallRatio: 1.01 },
    ];
    for (const options of wrong) {
      assert.throws(() => new CircuitBreaker(options), InvalidSettingsError, JSON.stringify(options));
    }
  }),
  askedBy(
    'resilience4j-circuitbreaker/src/test/java/io/github/resilience4j/circuitbreaker/internal/CircuitBreakerMetricsTest.java',
  ).same('Calls, failures, slow and refused calls can be read', async () => {
    const breaker = new CircuitBreaker(window);
    await calls(breaker, 'oxxxxo');
    const { calls: made, failures, refused: turnedAway } = breaker.report(performance.now());
    assert.deepEqual([made, failures, turnedAway], [5, 4, 1]);
  }),
  askedBy(
    'resilience4j-circuitbreaker/src/test/java/io/github/resilience4j/circuitbreaker/internal/InMemoryCircuitBreakerRegistryTest.java',
  ).missing('A registry has default settings', 'default settings in a registry'),
  askedBy(
    'resilience4j-circuitbreaker/src/test/java/io/github/resilience4j/circuitbreaker/CircuitBreakerEventPublisherTest.java',
  ).missing('Added and removed entries are events of the registry', 'events for added and removed entries'),
];

const suppliers = askedBy(
  'resilience4j-retry/src/test/java/io/github/resilience4j/retry/internal/SupplierRetryTest.java',
);
const limits = askedBy(
  'resilience4j-ratelimiter/src/test/java/io/github/resilience4j/ratelimiter/internal/AtomicRateLimiterTest.java',
);
const semaphores = askedBy(
  'resilience4j-bulkhead/src/test/java/io/github/resilience4j/bulkhead/internal/SemaphoreBulkheadTest.java',
);
const others: readonly Scenario[] = [
  suppliers.same('A success is not retried', async () => {
    const operation = script('Hello world');
    assert.equal(await retry(atOnce).execute(operation), 'Hello world');
    assert.equal(operation.calls, 1);
  }),
  suppliers.same('A bad result is retried, and the last one returned', async () => {
    const operation = script('bad', 'bad', 'bad');
    assert.equal(await retry({ ...atOnce, ...badAnswers((value) => value === 'bad') }).execute(operation), 'bad');
    assert.equal(operation.calls, 3);
  }),
  suppliers.same('An ignored error is thrown after one attempt', async () => {
    const operation = script(refused());
    await rejectionOf(retry({ ...atOnce, ...retryOnly(() => false) }).execute(operation));
    assert.equal(operation.calls, 1);
  }),
  suppliers.same('A fallback answers after three attempts', async () => {
    const operation = script(refused());
    const inner = retry(atOnce);
    assert.equal(await fallback({ to: 'recovered' }).execute(() => inner.execute(operation)), 'recovered');
    assert.equal(operation.calls, 3);
  }),
  suppliers.same('An abort during the wait ends the attempts', async () => {
    const scene = stage();
    const caller = new AbortController();
    const operation = script(refused());
    const call = watch(retry(on(scene)).execute(operation, { signal: caller.signal }));
    await turn();
    caller.abort();
    await scene.clock.advance(60_000);
    assert.deepEqual([call.status, operation.calls], ['rejected', 1]);
  }),
  suppliers.missing('The delay can be a function of attempt and outcome', 'delay as a function'),
  suppliers.missing('A hook consumes discarded results', 'hook for discarded results (response bodies are released)'),
  limits.same('Each period admits the configured number of calls, and the others queue', async () => {
    const scene = stage();
    const guard = rateLimit({ ...on(scene), limit: 2, perMs: 1_000, queue: 9 });
    const all = [1, 2, 3, 4].map((value) => watch(guard.execute(() => value)));
    await turn();
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 2);
    await scene.clock.advance(1_000);
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 4);
  }),
  limits.same('Without a queue, the call is refused, with the time until the next', async () => {
    const scene = stage();
    const guard = rateLimit({ ...on(scene), limit: 1, perMs: 500 });
    await guard.execute(() => 1);
    const error = await rejectionOf(guard.execute(() => 2));
    assert.equal(error instanceof RateLimitError && error.retryAfterMs, 500);
  }),
  limits.onPurpose(
    'Raising the limit makes permits available at once',
    'it does not: the new rate applies from then on',
    async () => {
      const scene = stage();
      const guard = rateLimit({ ...on(scene), limit: 1, perMs: 1_000 });
      await guard.execute(() => 1);
      guard.settings.change({ limit: 10 });
      assert.ok((await rejectionOf(guard.execute(() => 2))) instanceof RateLimitError);
    },
  ),
  limits.missing('Permits can be reserved or drained', 'draining and reserving for rate limits'),
  semaphores.same('A full bulkhead refuses', async () => {
    const { guard, running } = occupied(2, 0);
    assert.ok((await rejectionOf(guard.execute(() => 'third'))) instanceof BulkheadFullError);
    running.resolve('done');
  }),
  semaphores.onPurpose('A limit of 0 refuses all calls', 'refused as a setting; isolate a breaker instead', () => {
    assert.throws(() => bulkhead({ limit: 0 }), InvalidSettingsError);
  }),
  semaphores.same('A queued call that waited too long is refused', async () => {
    const scene = stage();
    const guard = bulkhead({ ...on(scene), limit: 1, queue: 1, maxWaitMs: 10 });
    watch(guard.execute(never));
    const call = watch(guard.execute(() => 'second'));
    await scene.clock.advance(10);
    assert.ok(call.error instanceof BulkheadFullError);
  }),
  semaphores.same('Raising the limit admits queued calls', async () => {
    const guard = bulkhead({ limit: 1, queue: 5 });
    watch(guard.execute(never));
    const waiting = watch(guard.execute(() => 'second'));
    guard.settings.change({ limit: 2 });
    await turn();
    assert.equal(waiting.value, 'second');
  }),
];

export const resilience4j: Suite = {
  peer: 'resilience4j',
  snapshot: 'resilience4j/resilience4j@af9e7c9',
  scenarios: [...contexts, ...breakers, ...others],
};
