import assert from 'node:assert/strict';
import {
  bulkhead,
  BulkheadFullError,
  breakerService,
  AutoRecovery,
  CallTimeoutError,
  CircuitBreaker,
  CircuitBreakerOpenError,
  createClassifier,
  fallback,
  FallbackFailedError,
  InvalidSettingsError,
  pipeline,
  Registry,
  staleCache,
  timeout,
  type CircuitBreakerOptions,
} from 'dualbrake';
import { askedBy, type Scenario, type Suite } from './scenario.ts';
import {
  breakerOn,
  calls,
  deferred,
  on,
  refused,
  rejectionOf,
  script,
  settledOn,
  stage,
  turn,
  watch,
  type Stage,
} from './scene.ts';

const never = (): Promise<never> => new Promise(() => {});

/** Opens at the first failure, as most of these tests want it. */
const one = { failureThreshold: 1 };

/** A window of shares, as opossum has it. */
const shares: CircuitBreakerOptions = {
  window: 'time',
  windowMs: 10_000,
  failureRatio: 0.5,
  minimumCalls: 1,
  consecutiveFailures: 0,
};

/** A breaker whose calls are all to be refused or let through, and that is due to test. */
async function due(scene: Stage): Promise<CircuitBreaker> {
  const breaker = breakerOn(scene, one);
  await calls(breaker, 'x');
  await scene.clock.advance(1_000);
  return breaker;
}

const main = askedBy('test/test.js');
const basics: readonly Scenario[] = [
  main.same('A breaker has the given name, or a default one', () => {
    assert.equal(new CircuitBreaker({ name: 'tacos' }).name, 'tacos');
    assert.notEqual(new CircuitBreaker().name, '');
  }),
  main.same('A group names several breakers', () => {
    const registry = new Registry();
    registry.pipeline('group', [new CircuitBreaker({ name: 'one' })]);
    assert.equal(registry.report()[0]?.name, 'group');
  }),
  main.same('The failure ratio is 0.5 by default', () => {
    assert.equal(new CircuitBreaker({ window: 'time' }).settings.values.failureRatio, 0.5);
  }),
  main.same('The time window is ten seconds by default', () => {
    assert.equal(new CircuitBreaker({ window: 'time' }).settings.values.windowMs, 10_000);
  }),
  main.onPurpose('A reset time of 0 is accepted', 'refused: such a breaker would never refuse a call (B51)', () => {
    assert.throws(() => new CircuitBreaker({ resetTimeoutMs: 0 }), InvalidSettingsError);
  }),
  main.missing('The number of buckets is an option', 'configurable number of buckets'),
  main.same('Arguments reach the operation', async () => {
    const attributes = { id: 's-1' };
    assert.equal(await new CircuitBreaker().execute((context) => context.attributes['id'], { attributes }), 's-1');
  }),
  main.same("The operation's error is thrown as it is", async () => {
    const error = refused();
    assert.equal(await rejectionOf(new CircuitBreaker().execute(script(error))), error);
  }),
  main.same('An operation that takes too long fails with an error code of its own', async () => {
    const scene = stage();
    const call = watch(timeout({ ...on(scene), limitMs: 10 }).execute(never));
    await scene.clock.advance(10);
    assert.ok(call.error instanceof CallTimeoutError && call.error.code === 'CALL_TIMEOUT');
  }),
  main.same('A timeout aborts the signal of the operation', async () => {
    const scene = stage();
    let seen: AbortSignal | undefined;
    const operation = ({ signal }: { readonly signal: AbortSignal }): Promise<never> => {
      seen = signal;
      return never();
    };
    watch(timeout({ ...on(scene), limitMs: 10 }).execute(operation));
    await scene.clock.advance(10);
    assert.equal(seen?.aborted, true);
  }),
  main.same('An operation that finishes in time is not aborted', async () => {
    const scene = stage();
    let seen: AbortSignal | undefined;
    await timeout({ ...on(scene), limitMs: 10 }).execute(({ signal }) => void (seen = signal));
    await scene.clock.advance(20);
    assert.equal(seen?.aborted, false);
  }),
  main.onPurpose(
    'All calls share one signal until it is renewed',
    'each call has its own signal (pitfall P49)',
    async () => {
      const signals: AbortSignal[] = [];
      const guard = timeout({ limitMs: 1_000 });
      for (let call = 1; call <= 2; call += 1) {
        // One after the other.
        await guard.execute(({ signal }) => void signals.push(signal));
      }
      assert.notEqual(signals[0], signals[1]);
    },
  ),
  main.same('A function that does not return a promise works', async () => {
    assert.equal(await new CircuitBreaker().execute(() => 'success'), 'success');
  }),
  main.missing('A value can be guarded instead of a function', 'values as operations'),
  main.same('The breaker opens at the configured number of failures', async () => {
    const breaker = new CircuitBreaker(one);
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
    assert.ok((await rejectionOf(breaker.execute(() => 'never'))) instanceof CircuitBreakerOpenError);
  }),
  main.same('The breaker recovers after the configured time', async () => {
    const breaker = await due(stage());
    assert.equal(await breaker.execute(() => 100), 100);
    assert.equal(breaker.state, 'closed');
  }),
  main.same('Late failures that arrive while the breaker is open do not extend the open time', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, one);
    const slow = deferred();
    const early = watch(breaker.execute(() => slow.promise));
    await calls(breaker, 'x');
    await scene.clock.advance(900);
    slow.reject(refused());
    await turn();
    assert.equal(early.status, 'rejected');
    await scene.clock.advance(100);
    assert.equal(await breaker.execute(() => 'well'), 'well');
  }),
  main.same('The report shows that the breaker is open', async () => {
    const breaker = new CircuitBreaker(one);
    await calls(breaker, 'x');
    assert.equal(breaker.report(performance.now())['state'], 'open');
  }),
  main.same('Without a time limit, a slow call still returns', async () => {
    const scene = stage();
    const breaker = breakerOn(scene);
    const call = breaker.execute(
      () => new Promise((resolve) => scene.clock.after(3_600_000, () => resolve('at last'))),
    );
    assert.equal(await settledOn(scene.clock, call), 'at last');
  }),
  main.same('A missing operation is refused', async () => {
    await rejectionOf(Promise.resolve().then(() => new CircuitBreaker().execute(undefined as never)));
  }),
];

const fallbacks: readonly Scenario[] = [
  main.same('A breaker with a fallback recovers', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, one);
    const guard = pipeline('p', [fallback({ to: 'fallback' }), breaker], on(scene));
    assert.equal(await guard.execute(script(refused())), 'fallback');
    assert.equal(breaker.state, 'open');
    await scene.clock.advance(1_000);
    assert.equal(await guard.execute(() => 'well'), 'well');
    assert.equal(breaker.state, 'closed');
  }),
  main.same('The fallback answers while the breaker is open', async () => {
    const breaker = new CircuitBreaker(one);
    const guard = pipeline('p', [fallback({ to: 'fallback' }), breaker]);
    await calls(breaker, 'x');
    assert.equal(await guard.execute(() => 'never'), 'fallback');
  }),
  main.same('The fallback receives the error', async () => {
    const error = refused();
    assert.equal(await fallback({ to: (seen: unknown) => seen }).execute(script(error)), error);
  }),
  main.same('The fallback runs once for a call that timed out', async () => {
    const scene = stage();
    let asked = 0;
    const work = deferred();
    const guard = pipeline('p', [fallback({ to: () => (asked += 1) }), timeout({ limitMs: 10 })], on(scene));
    watch(guard.execute(() => work.promise));
    await scene.clock.advance(10);
    work.reject(refused());
    await turn();
    assert.equal(asked, 1);
  }),
  main.same('A fallback is an event', async () => {
    const scene = stage();
    await fallback({ ...on(scene), to: 'x' }).execute(script(refused()));
    assert.equal(scene.heard('fallback').length, 1);
  }),
  main.same('A call answered by the fallback still counts as failed', async () => {
    const breaker = new CircuitBreaker();
    await pipeline('p', [fallback({ to: 'x' }), breaker]).execute(script(refused()));
    assert.equal(breaker.report(performance.now())['failures'], 1);
  }),
  main.same('A fallback that rejects makes the call reject', async () => {
    const second = new Error('nope');
    const error = await rejectionOf(fallback({ to: () => Promise.reject(second) }).execute(script(refused())));
    assert.ok(error instanceof FallbackFailedError && error.errors.includes(second));
  }),
  main.same('A fallback that throws makes the call reject', async () => {
    const second = new Error('nope');
    const to = (): never => {
      throw second;
    };
    const error = await rejectionOf(fallback({ to }).execute(script(refused())));
    assert.ok(error instanceof FallbackFailedError && error.errors.includes(second));
  }),
  main.same('A fallback can be guarded itself', async () => {
    const inner = pipeline('inner', [new CircuitBreaker()]);
    const guard = fallback({ to: () => inner.execute(() => 'from the second') });
    assert.equal(await guard.execute(script(refused())), 'from the second');
  }),
  main.same('A guarded fallback that fails makes the call reject', async () => {
    const inner = pipeline('inner', [new CircuitBreaker()]);
    await rejectionOf(fallback({ to: () => inner.execute(script(refused())) }).execute(script(refused())));
  }),
];

const events: readonly Scenario[] = [
  main.same('Calls, failures and refusals are counted', async () => {
    const breaker = new CircuitBreaker({ failureThreshold: 2 });
    await calls(breaker, 'oxxo');
    const { calls: made, successes, failures, refused: turnedAway } = breaker.report(performance.now());
    assert.deepEqual([made, successes, failures, turnedAway], [3, 1, 2, 1]);
  }),
  main.missing('The window can be read bucket by bucket', 'reading the window bucket by bucket'),
  main.missing('Percentiles of the durations of a breaker', 'percentiles per breaker (`measure` has them)'),
  main.missing('A success is an event', 'success events'),
  main.missing('A success event has a duration', 'success events'),
  main.missing('A failure event has a duration', 'durations in events'),
  main.same('Opening and closing are events', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, one);
    await calls(breaker, 'x');
    await scene.clock.advance(1_000);
    await calls(breaker, 'o');
    assert.deepEqual(
      scene.heard('transition').map(({ to }) => to),
      ['open', 'half-open', 'closed'],
    );
  }),
  main.same('A refused call is an event', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, one);
    await calls(breaker, 'xo');
    assert.equal(scene.heard('refused').length, 1);
  }),
  main.onPurpose(
    'Half-open is an event as soon as the time has passed',
    'it is an event when a call arrives, because no timer runs in between (B7)',
    async () => {
      const scene = stage();
      await due(scene);
      assert.deepEqual(
        scene.heard('transition').map(({ to }) => to),
        ['open'],
      );
      assert.equal(scene.clock.pending, 0);
    },
  ),
  main.same('An event carries the attributes of the call', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, one);
    const attributes = { id: 's-1' };
    await rejectionOf(breaker.execute(script(refused()), { attributes }));
    assert.deepEqual(scene.heard('transition')[0]?.attributes, attributes);
  }),
  main.same('A timeout is an event', async () => {
    const scene = stage();
    watch(timeout({ ...on(scene), limitMs: 10 }).execute(never));
    await scene.clock.advance(10);
    assert.equal(scene.heard('timeout').length, 1);
  }),
];

const capacities: readonly Scenario[] = [
  main.onPurpose(
    'A timeout frees the slot of its call',
    'the slot is held while the work goes on (pitfall P48)',
    async () => {
      const scene = stage();
      const guard = pipeline('p', [bulkhead({ limit: 1 }), timeout({ limitMs: 10 })], on(scene));
      watch(guard.execute(never));
      await scene.clock.advance(10);
      assert.ok((await rejectionOf(guard.execute(() => 'second'))) instanceof BulkheadFullError);
    },
  ),
  main.same('Calls beyond the capacity are refused', async () => {
    const guard = bulkhead({ limit: 1 });
    watch(guard.execute(never));
    assert.ok((await rejectionOf(guard.execute(() => 'second'))) instanceof BulkheadFullError);
  }),
  main.same('Without a capacity, all calls run', async () => {
    const breaker = new CircuitBreaker();
    let running = 0;
    for (let call = 1; call <= 1_000; call += 1) {
      watch(
        breaker.execute(() => {
          running += 1;
          return never();
        }),
      );
    }
    assert.equal(running, 1_000);
  }),
];

const caches = askedBy('test/cache.js');
const cacheScenarios: readonly Scenario[] = [
  caches.same('A second call gets the cached result', async () => {
    const scene = stage();
    const operation = script('first', 'second');
    const guard = cache(scene, 10_000);
    assert.equal(await guard.execute(operation), 'first');
    assert.equal(await guard.execute(operation), 'first');
    assert.equal(operation.calls, 1);
  }),
  caches.same('The cache keeps no more entries than configured', async () => {
    const scene = stage();
    const guard = staleCache({ ...on(scene), key: ({ key }) => key, freshMs: 10_000, maxEntries: 2 });
    for (const key of ['1', '2', '3', '4']) {
      // One after the other.
      await guard.execute(() => key, { key });
    }
    const first = script('anew');
    assert.equal(await guard.execute(first, { key: '1' }), 'anew');
  }),
  caches.same('An entry is used for its lifetime, and no longer', async () => {
    const scene = stage();
    const guard = cache(scene, 100);
    const operation = script('first', 'second');
    await guard.execute(operation);
    await scene.clock.advance(100);
    assert.equal(await guard.execute(operation), 'second');
  }),
  caches.same('Simultaneous calls share one operation', async () => {
    const scene = stage();
    const operation = script('shared');
    const guard = cache(scene, 0);
    assert.deepEqual(await Promise.all([guard.execute(operation), guard.execute(operation)]), ['shared', 'shared']);
    assert.equal(operation.calls, 1);
  }),
  caches.same('After a success, the next call runs the operation again', async () => {
    const scene = stage();
    const operation = script('first', 'second');
    const guard = cache(scene, 0);
    await guard.execute(operation);
    assert.equal(await guard.execute(operation), 'second');
  }),
  caches.same('After an error, the next call runs the operation again', async () => {
    const scene = stage();
    const operation = script(refused(), 'second');
    const guard = cache(scene, 10_000);
    await rejectionOf(guard.execute(operation));
    assert.equal(await guard.execute(operation), 'second');
  }),
  caches.same('After a timeout, the next call runs the operation again', async () => {
    const scene = stage();
    const guard = pipeline('p', [cache(scene, 10_000), timeout({ limitMs: 10 })], on(scene));
    const call = watch(guard.execute(never));
    await scene.clock.advance(10);
    assert.equal(call.status, 'rejected');
    assert.equal(await guard.execute(() => 'second'), 'second');
  }),
  caches.missing('How long a call is shared is an option', 'options for how long a call is shared'),
  caches.same('Sharing can be turned off', async () => {
    const scene = stage();
    const operation = script('one', 'two');
    const guard = staleCache({ ...on(scene), key: () => 'k', singleFlight: false });
    assert.deepEqual(await Promise.all([guard.execute(operation), guard.execute(operation)]), ['one', 'two']);
  }),
  caches.same('The cache key is a function', async () => {
    const scene = stage();
    const guard = staleCache({ ...on(scene), key: ({ attributes }) => String(attributes['id']), freshMs: 1_000 });
    assert.equal(await guard.execute(() => 'one', { attributes: { id: 1 } }), 'one');
    assert.equal(await guard.execute(() => 'two', { attributes: { id: 2 } }), 'two');
  }),
  caches.missing('The cache uses a custom store', 'custom cache store'),
  caches.missing('The cache can be cleared', 'clearing a cache'),
];

function cache(scene: Stage, freshMs: number): ReturnType<typeof staleCache<unknown>> {
  return staleCache<unknown>({ ...on(scene), key: () => 'the same for all', freshMs });
}

const enabling = askedBy('test/enable-disable-test.js');
const filters = askedBy('test/error-filter-test.js');
const halves = askedBy('test/half-open-test.js');
const states = askedBy('test/state-test.js');
const health = askedBy('test/health-check-test.js');
const volumes = askedBy('test/volume-threshold-test.js');
const contexts = askedBy('test/context-test.js');
const shutdowns = askedBy('test/circuit-shutdown-test.js');
const ignoring = createClassifier({ rules: [{ when: () => true, verdict: { countsAgainstBreaker: false } }] });

const rest: readonly Scenario[] = [
  enabling.same('A disabled breaker lets all calls through', async () => {
    const { breaker, registry } = heldClosed();
    await calls(breaker, 'xx');
    assert.equal(breaker.state, 'closed');
    assert.equal(await breaker.execute(() => 'well'), 'well');
    registry.control('p', 'b', 'release');
  }),
  enabling.onPurpose(
    'A breaker that is enabled again starts from scratch',
    'it kept counting meanwhile, and is open (B13)',
    async () => {
      const { breaker, registry } = heldClosed();
      await calls(breaker, 'xx');
      registry.control('p', 'b', 'release');
      assert.equal(breaker.state, 'open');
    },
  ),
  enabling.same('A disabled breaker still counts calls', async () => {
    const { breaker } = heldClosed();
    await calls(breaker, 'oo');
    assert.equal(breaker.report(performance.now())['calls'], 2);
  }),
  filters.onPurpose('A filtered error counts as a success', 'neutral: neither failure nor success (B5)', async () => {
    const breaker = new CircuitBreaker({ failureThreshold: 2, classify: ignoring });
    await calls(breaker, 'xxxx');
    const { failures, successes } = breaker.report(performance.now());
    assert.deepEqual([breaker.state, failures, successes], ['closed', 0, 0]);
  }),
  filters.same('An unfiltered error counts', async () => {
    const breaker = new CircuitBreaker({ ...one, classify: createClassifier({ rules: [] }) });
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
  }),
  filters.same('Without a filter, every error counts', async () => {
    const breaker = new CircuitBreaker(one);
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
  }),
  filters.missing('The filter sees the arguments of the call', 'passing the arguments of a call to the classifier'),
  filters.same('A filtered error does not reach the fallback', async () => {
    const error = refused();
    const guard = fallback({ to: 'fallback', when: () => false });
    assert.equal(await rejectionOf(guard.execute(script(error))), error);
  }),
  filters.same('A filtered error is still thrown', async () => {
    const error = refused();
    assert.equal(await rejectionOf(new CircuitBreaker({ classify: ignoring }).execute(script(error))), error);
  }),
  halves.same('Half-open admits one call', async () => {
    const breaker = await due(stage());
    watch(breaker.execute(never));
    assert.equal(breaker.state, 'half-open');
    assert.ok((await rejectionOf(breaker.execute(() => 'second'))) instanceof CircuitBreakerOpenError);
  }),
  halves.onPurpose(
    'A filtered error closes a half-open breaker',
    'it decides nothing, and the next call probes (B5)',
    async () => {
      const scene = stage();
      let isIgnored = false;
      const rules = [{ when: () => isIgnored, verdict: { countsAgainstBreaker: false } }];
      const breaker = breakerOn(scene, { ...one, classify: createClassifier({ rules }) });
      await calls(breaker, 'x');
      await scene.clock.advance(1_000);
      isIgnored = true;
      await calls(breaker, 'x');
      assert.equal(breaker.state, 'half-open');
    },
  ),
  states.same('The state can be saved', () => {
    const saved = new CircuitBreaker({ name: 'students' }).save();
    assert.deepEqual([saved.name, saved.state], ['students', 'closed']);
  }),
  states.same('A saved state can be restored', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, one);
    await calls(breaker, 'x');
    const next = breakerOn(scene, one);
    next.restore(breaker.save());
    assert.equal(next.state, 'open');
    await scene.clock.advance(1_000);
    assert.equal(await next.execute(() => 100), 100);
  }),
  states.same('A state saved long ago is due for a probe', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, one);
    await calls(breaker, 'x');
    const next = breakerOn(scene, one);
    next.restore(breaker.save(), 60_000);
    assert.equal(await next.execute(() => 100), 100);
    assert.equal(next.state, 'closed');
  }),
  states.missing('The initial state is an option', 'initial state as an option (`restore` takes a saved one)'),
  states.missing(
    'The initial state can be open since a given time',
    'initial state as an option (`restore` takes a saved one)',
  ),
  health.same('A health check can close the breaker', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { ...one, resetTimeoutMs: 600_000 });
    await calls(breaker, 'x');
    const service = breakerService({ breakers: [breaker], isHealthy: async () => true });
    const recovery = new AutoRecovery({ service, checkIntervalMs: 1_000, clock: scene.clock });
    recovery.start();
    await scene.clock.advance(1_000);
    await turn();
    recovery.stop();
    assert.equal(breaker.state, 'closed');
  }),
  health.missing('A failed health check opens the breaker', 'opening by a health check (`trip` opens)'),
  health.same('An interval that is not a number is refused', () => {
    const service = { isHealthy: async () => true, reset: async () => {} };
    assert.throws(() => new AutoRecovery({ service, checkIntervalMs: Number.NaN }), InvalidSettingsError);
  }),
  health.same('A health check that is not a function is refused', () => {
    assert.throws(() => new AutoRecovery({ service: { isHealthy: 'yes', reset() {} } as never }), InvalidSettingsError);
  }),
  volumes.same('A breaker opens only after enough calls', async () => {
    const breaker = new CircuitBreaker({ ...shares, minimumCalls: 3 });
    await calls(breaker, 'xx');
    assert.equal(breaker.state, 'closed');
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
  }),
  volumes.same('The minimum number of calls does not apply to a probe', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { ...shares, minimumCalls: 3 });
    await calls(breaker, 'xxx');
    await scene.clock.advance(1_000);
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
  }),
  contexts.same('An arrow function keeps its `this`', async () => {
    class Context {
      #secret = 42;
      read(): Promise<number> {
        return new CircuitBreaker().execute(() => this.#secret);
      }
    }
    assert.equal(await new Context().read(), 42);
  }),
  shutdowns.onPurpose(
    'A breaker must be shut down when no longer needed',
    'nothing to shut down, because it holds no timer (B7)',
    async () => {
      const scene = stage();
      const breaker = breakerOn(scene, one);
      await calls(breaker, 'xo');
      assert.equal(scene.clock.pending, 0);
    },
  ),
  askedBy('test/warmup-test.js').missing('A breaker does not open while warming up', 'warm-up'),
];

function heldClosed(): { readonly breaker: CircuitBreaker; readonly registry: Registry } {
  const breaker = new CircuitBreaker({ name: 'b', ...one });
  const registry = new Registry();
  registry.pipeline('p', [breaker]);
  registry.control('p', 'b', 'hold-closed', { forMs: 60_000 });
  return { breaker, registry };
}

export const opossum: Suite = {
  peer: 'opossum',
  snapshot: 'nodeshift/opossum@59421c5',
  scenarios: [...basics, ...fallbacks, ...events, ...capacities, ...cacheScenarios, ...rest],
};
