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
  main.same('A breaker has the name that it is given, and one without', () => {
    assert.equal(new CircuitBreaker({ name: 'tacos' }).name, 'tacos');
    assert.notEqual(new CircuitBreaker().name, '');
  }),
  main.same('A group names several breakers', () => {
    const registry = new Registry();
    registry.pipeline('group', [new CircuitBreaker({ name: 'one' })]);
    assert.equal(registry.report()[0]?.name, 'group');
  }),
  main.same('The share of failures is half of the calls by default', () => {
    assert.equal(new CircuitBreaker({ window: 'time' }).settings.values.failureRatio, 0.5);
  }),
  main.same('The time of the window is ten seconds by default, in ten buckets', () => {
    assert.equal(new CircuitBreaker({ window: 'time' }).settings.values.windowMs, 10_000);
  }),
  main.onPurpose('A reset time of 0 is taken', 'it is refused: a breaker that never refuses does nothing (B51)', () => {
    assert.throws(() => new CircuitBreaker({ resetTimeoutMs: 0 }), InvalidSettingsError);
  }),
  main.missing('The number of buckets is an option', 'your own number of buckets'),
  main.same('Arguments get to the operation', async () => {
    const attributes = { id: 's-1' };
    assert.equal(await new CircuitBreaker().execute((context) => context.attributes['id'], { attributes }), 's-1');
  }),
  main.same("The operation's error comes out as it is", async () => {
    const error = refused();
    assert.equal(await rejectionOf(new CircuitBreaker().execute(script(error))), error);
  }),
  main.same('An operation that takes too long fails with an error of its own kind', async () => {
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
  main.same('An operation that is in time is not aborted', async () => {
    const scene = stage();
    let seen: AbortSignal | undefined;
    await timeout({ ...on(scene), limitMs: 10 }).execute(({ signal }) => void (seen = signal));
    await scene.clock.advance(20);
    assert.equal(seen?.aborted, false);
  }),
  main.onPurpose(
    'All calls share one signal until it is renewed',
    'each call has a signal of its own (pitfall P49)',
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
  main.same('A function that answers no promise works', async () => {
    assert.equal(await new CircuitBreaker().execute(() => 'success'), 'success');
  }),
  main.missing('A value can be guarded instead of a function', 'values as operations'),
  main.same('It opens at the number of failures asked for', async () => {
    const breaker = new CircuitBreaker(one);
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
    assert.ok((await rejectionOf(breaker.execute(() => 'never'))) instanceof CircuitBreakerOpenError);
  }),
  main.same('It recovers after the time asked for', async () => {
    const breaker = await due(stage());
    assert.equal(await breaker.execute(() => 100), 100);
    assert.equal(breaker.state, 'closed');
  }),
  main.same('Failures while it is open, from before, are not its first ones anew', async () => {
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
  main.same('Its report says that it is open', async () => {
    const breaker = new CircuitBreaker(one);
    await calls(breaker, 'x');
    assert.equal(breaker.report(performance.now())['state'], 'open');
  }),
  main.same('Without a limit a slow call is answered all the same', async () => {
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
  main.same('The fallback answers while it is open', async () => {
    const breaker = new CircuitBreaker(one);
    const guard = pipeline('p', [fallback({ to: 'fallback' }), breaker]);
    await calls(breaker, 'x');
    assert.equal(await guard.execute(() => 'never'), 'fallback');
  }),
  main.same('The fallback is told the error', async () => {
    const error = refused();
    assert.equal(await fallback({ to: (seen: unknown) => seen }).execute(script(error)), error);
  }),
  main.same('The fallback is asked once for a call that timed out', async () => {
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
  main.same('A call that fell back is counted as failed', async () => {
    const breaker = new CircuitBreaker();
    await pipeline('p', [fallback({ to: 'x' }), breaker]).execute(script(refused()));
    assert.equal(breaker.report(performance.now())['failures'], 1);
  }),
  main.same('A fallback that is rejected rejects the call', async () => {
    const second = new Error('nope');
    const error = await rejectionOf(fallback({ to: () => Promise.reject(second) }).execute(script(refused())));
    assert.ok(error instanceof FallbackFailedError && error.errors.includes(second));
  }),
  main.same('A fallback that throws at once rejects the call', async () => {
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
  main.same('A fallback that is guarded and fails rejects the call', async () => {
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
  main.missing('The window can be read bucket by bucket', 'the window, bucket by bucket'),
  main.missing('Percentiles of the durations of a breaker', 'percentiles of a breaker; `measure` has them'),
  main.missing('A success is an event', 'success events'),
  main.missing('A success event has the duration', 'success events'),
  main.missing('A failure event has the duration', 'duration in events'),
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
    'Half-open is an event when the time has passed',
    'it is one when a call comes: no timer runs while nobody calls (B7)',
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
  main.same('An event has what the caller said of the call', async () => {
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
    'A timeout gives the place of its call back',
    'it is held while the work goes on (pitfall P48)',
    async () => {
      const scene = stage();
      const guard = pipeline('p', [bulkhead({ limit: 1 }), timeout({ limitMs: 10 })], on(scene));
      watch(guard.execute(never));
      await scene.clock.advance(10);
      assert.ok((await rejectionOf(guard.execute(() => 'second'))) instanceof BulkheadFullError);
    },
  ),
  main.same('More calls at once than the capacity are refused', async () => {
    const guard = bulkhead({ limit: 1 });
    watch(guard.execute(never));
    assert.ok((await rejectionOf(guard.execute(() => 'second'))) instanceof BulkheadFullError);
  }),
  main.same('Without a capacity all calls run', async () => {
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
  caches.same('A second call is answered from the cache', async () => {
    const scene = stage();
    const operation = script('first', 'second');
    const guard = cache(scene, 10_000);
    assert.equal(await guard.execute(operation), 'first');
    assert.equal(await guard.execute(operation), 'first');
    assert.equal(operation.calls, 1);
  }),
  caches.same('The cache keeps no more entries than asked for', async () => {
    const scene = stage();
    const guard = staleCache({ ...on(scene), key: ({ key }) => key, freshMs: 10_000, maxEntries: 2 });
    for (const key of ['1', '2', '3', '4']) {
      // One after the other.
      await guard.execute(() => key, { key });
    }
    const first = script('anew');
    assert.equal(await guard.execute(first, { key: '1' }), 'anew');
  }),
  caches.same('An entry is used for its time, and no longer', async () => {
    const scene = stage();
    const guard = cache(scene, 100);
    const operation = script('first', 'second');
    await guard.execute(operation);
    await scene.clock.advance(100);
    assert.equal(await guard.execute(operation), 'second');
  }),
  caches.same('Calls at the same time share one', async () => {
    const scene = stage();
    const operation = script('shared');
    const guard = cache(scene, 0);
    assert.deepEqual(await Promise.all([guard.execute(operation), guard.execute(operation)]), ['shared', 'shared']);
    assert.equal(operation.calls, 1);
  }),
  caches.same('After a success the next call is a new one', async () => {
    const scene = stage();
    const operation = script('first', 'second');
    const guard = cache(scene, 0);
    await guard.execute(operation);
    assert.equal(await guard.execute(operation), 'second');
  }),
  caches.same('After an error the next call is a new one', async () => {
    const scene = stage();
    const operation = script(refused(), 'second');
    const guard = cache(scene, 10_000);
    await rejectionOf(guard.execute(operation));
    assert.equal(await guard.execute(operation), 'second');
  }),
  caches.same('After a timeout the next call is a new one', async () => {
    const scene = stage();
    const guard = pipeline('p', [cache(scene, 10_000), timeout({ limitMs: 10 })], on(scene));
    const call = watch(guard.execute(never));
    await scene.clock.advance(10);
    assert.equal(call.status, 'rejected');
    assert.equal(await guard.execute(() => 'second'), 'second');
  }),
  caches.missing('How long a shared call is shared is an option', 'rules for how long a shared call is shared'),
  caches.same('Calls are not shared when told so', async () => {
    const scene = stage();
    const operation = script('one', 'two');
    const guard = staleCache({ ...on(scene), key: () => 'k', singleFlight: false });
    assert.deepEqual(await Promise.all([guard.execute(operation), guard.execute(operation)]), ['one', 'two']);
  }),
  caches.same('The key is a function', async () => {
    const scene = stage();
    const guard = staleCache({ ...on(scene), key: ({ attributes }) => String(attributes['id']), freshMs: 1_000 });
    assert.equal(await guard.execute(() => 'one', { attributes: { id: 1 } }), 'one');
    assert.equal(await guard.execute(() => 'two', { attributes: { id: 2 } }), 'two');
  }),
  caches.missing('The cache keeps its entries in a store of the user', 'cache in a store of your own'),
  caches.missing('The cache is emptied by hand', 'emptying a cache'),
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
  enabling.same('A disabled circuit lets all calls through', async () => {
    const { breaker, registry } = heldClosed();
    await calls(breaker, 'xx');
    assert.equal(breaker.state, 'closed');
    assert.equal(await breaker.execute(() => 'well'), 'well');
    registry.control('p', 'b', 'release');
  }),
  enabling.onPurpose(
    'A circuit that is enabled again begins to judge then',
    'it has gone on judging underneath, and is open (B13)',
    async () => {
      const { breaker, registry } = heldClosed();
      await calls(breaker, 'xx');
      registry.control('p', 'b', 'release');
      assert.equal(breaker.state, 'open');
    },
  ),
  enabling.same('Calls of a disabled circuit are still counted', async () => {
    const { breaker } = heldClosed();
    await calls(breaker, 'oo');
    assert.equal(breaker.report(performance.now())['calls'], 2);
  }),
  filters.onPurpose(
    'A filtered error counts as a success',
    'it is neutral: no failure and no success (B5)',
    async () => {
      const breaker = new CircuitBreaker({ failureThreshold: 2, classify: ignoring });
      await calls(breaker, 'xxxx');
      const { failures, successes } = breaker.report(performance.now());
      assert.deepEqual([breaker.state, failures, successes], ['closed', 0, 0]);
    },
  ),
  filters.same('An error that is not filtered counts', async () => {
    const breaker = new CircuitBreaker({ ...one, classify: createClassifier({ rules: [] }) });
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
  }),
  filters.same('Without a filter an error counts', async () => {
    const breaker = new CircuitBreaker(one);
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
  }),
  filters.missing('The filter sees the arguments of the call', "the call's arguments for a classifier"),
  filters.same('A filtered error is not answered by the fallback', async () => {
    const error = refused();
    const guard = fallback({ to: 'fallback', when: () => false });
    assert.equal(await rejectionOf(guard.execute(script(error))), error);
  }),
  filters.same('A filtered error still comes out', async () => {
    const error = refused();
    assert.equal(await rejectionOf(new CircuitBreaker({ classify: ignoring }).execute(script(error))), error);
  }),
  halves.same('Half-open lets one call through', async () => {
    const breaker = await due(stage());
    watch(breaker.execute(never));
    assert.equal(breaker.state, 'half-open');
    assert.ok((await rejectionOf(breaker.execute(() => 'second'))) instanceof CircuitBreakerOpenError);
  }),
  halves.onPurpose(
    'A filtered error closes a half-open circuit',
    'it decides nothing, and the next call tests (B5)',
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
  states.same('A saved state can be taken over', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, one);
    await calls(breaker, 'x');
    const next = breakerOn(scene, one);
    next.restore(breaker.save());
    assert.equal(next.state, 'open');
    await scene.clock.advance(1_000);
    assert.equal(await next.execute(() => 100), 100);
  }),
  states.same('A state that was saved long ago is due to test', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, one);
    await calls(breaker, 'x');
    const next = breakerOn(scene, one);
    next.restore(breaker.save(), 60_000);
    assert.equal(await next.execute(() => 100), 100);
    assert.equal(next.state, 'closed');
  }),
  states.missing('The state is an option', 'initial state; `restore` takes a saved one'),
  states.missing('A state that is open since a time of day', 'initial state'),
  health.same('A health check can close the circuit', async () => {
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
  health.missing('A failed health check opens the circuit', 'opening by a health check; `trip` opens it'),
  health.same('An interval that is no number is refused', () => {
    const service = { isHealthy: async () => true, reset: async () => {} };
    assert.throws(() => new AutoRecovery({ service, checkIntervalMs: Number.NaN }), InvalidSettingsError);
  }),
  health.same('A check that is no function is refused', () => {
    assert.throws(() => new AutoRecovery({ service: { isHealthy: 'yes', reset() {} } as never }), InvalidSettingsError);
  }),
  volumes.same('A circuit opens only with enough calls', async () => {
    const breaker = new CircuitBreaker({ ...shares, minimumCalls: 3 });
    await calls(breaker, 'xx');
    assert.equal(breaker.state, 'closed');
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
  }),
  volumes.same('The least number of calls does not hold for a test', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { ...shares, minimumCalls: 3 });
    await calls(breaker, 'xxx');
    await scene.clock.advance(1_000);
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
  }),
  contexts.same('`this` of the operation is that of its arrow function', async () => {
    class Context {
      #secret = 42;
      read(): Promise<number> {
        return new CircuitBreaker().execute(() => this.#secret);
      }
    }
    assert.equal(await new Context().read(), 42);
  }),
  shutdowns.onPurpose(
    'A circuit is shut down when it is no longer needed',
    'nothing is to shut down: it holds no timer (B7)',
    async () => {
      const scene = stage();
      const breaker = breakerOn(scene, one);
      await calls(breaker, 'xo');
      assert.equal(scene.clock.pending, 0);
    },
  ),
  askedBy('test/warmup-test.js').missing('While it warms up nothing opens it', 'warm-up'),
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
