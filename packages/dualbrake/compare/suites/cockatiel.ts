import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import {
  BulkheadFullError,
  CallTimeoutError,
  CircuitBreaker,
  CircuitBreakerOpenError,
  fallback,
  InvalidSettingsError,
  pipeline,
  retry,
  timeout,
  type CircuitBreakerOptions,
  type RetryOptions,
} from 'dualbrake';
import { retry as retried } from 'dualbrake/decorators';
import { askedBy, type Scenario, type Suite } from './scenario.ts';
import {
  atOnce,
  badAnswers,
  breakerOn,
  calls,
  deferred,
  followsItsCaller,
  occupied,
  on,
  refused,
  rejectionOf,
  retryOnly,
  script,
  settledOn,
  stage,
  TickingClock,
  turn,
  untilAborted,
  watch,
} from './scene.ts';

class ErrorA extends Error {}
class ErrorB extends Error {}

/** The delays of a retry whose clock is moved from within its own event, as fake timers are. */
async function delaysTicked(options: RetryOptions): Promise<number[]> {
  const clock = new TickingClock();
  const delaysMs: number[] = [];
  const guard = retry({
    ...options,
    clock,
    jitter: 'none',
    onEvent: (event) => {
      if (event.type !== 'retry') return;
      delaysMs.push(event.delayMs);
      clock.tick(event.delayMs);
    },
  });
  const call = watch(guard.execute(script(new ErrorA('a'))));
  for (let turns = 0; turns < 10 && call.status === 'pending'; turns += 1) {
    // Everything has settled after a few turns, or waits for ever.
    await turn();
  }
  assert.equal(call.status, 'rejected', 'it waits for a timer that was armed too late');
  return delaysMs;
}

const retries = askedBy('src/RetryPolicy.test.ts');
const retryScenarios: readonly Scenario[] = [
  retries.mended(
    'A listener that advances fake timers by the delay ends the wait',
    'the timer was armed after the event, so the call hung',
    async () => {
      assert.deepEqual(await delaysTicked({ baseMs: 50, maxAttempts: 2 }), [50]);
    },
  ),
  retries.mended(
    'A listener that advances fake timers ends each of several waits',
    'the timer was armed after the event, so the call hung',
    async () => {
      assert.deepEqual(await delaysTicked({ baseMs: 10, factor: 2, maxMs: 20, maxAttempts: 4 }), [10, 20, 20]);
    },
  ),
  retries.same('Every error is retried by default', async () => {
    const operation = script(new ErrorA('a'), 'ok');
    assert.equal(await retry(atOnce).execute(operation), 'ok');
    assert.equal(operation.calls, 2);
  }),
  retries.same('Errors can be selected by type; any other is thrown at once', async () => {
    const operation = script(new ErrorA('a'), new ErrorB('b'));
    const guard = retry({ ...atOnce, maxAttempts: 6, ...retryOnly((error) => error instanceof ErrorA) });
    assert.ok((await rejectionOf(guard.execute(operation))) instanceof ErrorB);
    assert.equal(operation.calls, 2);
  }),
  retries.same('Results can be retried', async () => {
    const operation = script(1, 2);
    assert.equal(await retry({ ...atOnce, ...badAnswers((value) => value === 1) }).execute(operation), 2);
  }),
  retries.same('Delays grow exponentially', async () => {
    const scene = stage();
    const guard = retry({ ...on(scene), baseMs: 128, jitter: 'none', ...badAnswers((value) => value === 1) });
    assert.equal(await settledOn(scene.clock, guard.execute(script(1))), 1);
    assert.deepEqual(
      scene.heard('retry').map(({ delayMs }) => delayMs),
      [128, 256],
    );
  }),
  retries.same('The last bad result is returned when all attempts are used', async () => {
    const operation = script(1);
    assert.equal(await retry({ ...atOnce, maxAttempts: 6, ...badAnswers(() => true) }).execute(operation), 1);
    assert.equal(operation.calls, 6);
  }),
  retries.same('The last error is thrown when all attempts are used', async () => {
    const error = new ErrorB('b');
    const operation = script(error);
    assert.equal(await rejectionOf(retry({ ...atOnce, maxAttempts: 6 }).execute(operation)), error);
    assert.equal(operation.calls, 6);
  }),
  retries.missing('Waits between attempts can be detached from the process', '`unref` for the waits of a retry'),
  retries.same('No attempt follows when the caller aborts during one', async () => {
    const caller = new AbortController();
    const seen: boolean[] = [];
    const error = new Error('the error of the attempt');
    const call = retry({ ...atOnce, maxAttempts: 4 }).execute(
      ({ signal }) => {
        seen.push(signal.aborted);
        caller.abort();
        seen.push(signal.aborted);
        throw error;
      },
      { signal: caller.signal },
    );
    await rejectionOf(call);
    assert.deepEqual(seen, [false, true]);
  }),
  retries.same('Giving up is an event with the error', async () => {
    const scene = stage();
    const error = new ErrorA('a');
    await rejectionOf(retry({ ...on(scene), ...atOnce }).execute(script(error)));
    assert.equal(scene.heard('gave-up')[0]?.error, error);
  }),
  retries.same('The retry event counts the attempts', async () => {
    const scene = stage();
    await rejectionOf(retry({ ...on(scene), ...atOnce, maxAttempts: 4 }).execute(script(new ErrorA('a'))));
    assert.deepEqual(
      scene.heard('retry').map(({ attempt }) => attempt),
      [1, 2, 3],
    );
  }),
];

/** A breaker that opens after two failures. */
const two = { failureThreshold: 2 };

const breakers = askedBy('src/CircuitBreakerPolicy.test.ts');
const breakerScenarios: readonly Scenario[] = [
  breakers.same('Calls run while the breaker is closed', async () => {
    assert.equal(await new CircuitBreaker(two).execute(() => 42), 42);
  }),
  breakers.same('The breaker opens after the failures, emits one event, and refuses calls', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, two);
    const operation = script(refused());
    await rejectionOf(breaker.execute(operation));
    assert.equal(breaker.state, 'closed');
    await rejectionOf(breaker.execute(operation));
    assert.equal(breaker.state, 'open');
    assert.ok((await rejectionOf(breaker.execute(operation))) instanceof CircuitBreakerOpenError);
    assert.equal(operation.calls, 2);
    assert.deepEqual(
      scene.heard('transition').map(({ to }) => to),
      ['open'],
    );
  }),
  breakers.same('A successful probe closes the breaker, with an event for each change', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, two);
    await calls(breaker, 'xx');
    await scene.clock.advance(1_000);
    const test = breaker.execute(async () => 42);
    assert.equal(breaker.state, 'half-open');
    assert.equal(await test, 42);
    assert.equal(breaker.state, 'closed');
    assert.deepEqual(
      scene.heard('transition').map(({ to }) => to),
      ['open', 'half-open', 'closed'],
    );
  }),
  breakers.missing(
    'The reset time is a list',
    'reset time as a function or a list (`resetTimeoutFactor` makes it grow)',
  ),
  breakers.missing(
    'The reset time is a function of the failures so far',
    'reset time as a function or a list (`resetTimeoutFactor` makes it grow)',
  ),
  breakers.same('A growing reset time starts over after the breaker closes', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { ...two, resetTimeoutFactor: 2 });
    await calls(breaker, 'xx');
    await scene.clock.advance(1_000);
    await calls(breaker, 'x');
    await scene.clock.advance(1_000);
    assert.equal(breaker.state, 'open', 'the second open time is twice as long');
    await scene.clock.advance(1_000);
    await calls(breaker, 'oxx');
    assert.equal(breaker.state, 'open');
    await scene.clock.advance(1_000);
    await calls(breaker, 'o');
    assert.equal(breaker.state, 'closed');
  }),
  breakers.onPurpose(
    'Calls during a probe wait for it',
    'refused at once, so that no call waits for a dependency that may be down (B2)',
    async () => {
      const scene = stage();
      const breaker = breakerOn(scene, two);
      await calls(breaker, 'xx');
      await scene.clock.advance(1_000);
      const test = deferred();
      const testing = breaker.execute(() => test.promise);
      assert.ok((await rejectionOf(breaker.execute(() => 2))) instanceof CircuitBreakerOpenError);
      test.resolve(1);
      assert.equal(await testing, 1);
    },
  ),
  breakers.missing('Half-open admits ten calls and closes with at most three failures', 'half-open by failure ratio'),
  breakers.missing('Half-open reopens at the fourth failure of ten calls', 'half-open by failure ratio'),
  breakers.onPurpose('Calls beyond the number of probes wait', 'refused at once (B2)', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, { ...two, halfOpenCalls: 2 });
    await calls(breaker, 'xx');
    await scene.clock.advance(1_000);
    const test = deferred();
    const tests = [breaker.execute(() => test.promise), breaker.execute(() => test.promise)];
    assert.ok((await rejectionOf(breaker.execute(() => 3))) instanceof CircuitBreakerOpenError);
    test.resolve('well');
    await Promise.all(tests);
    assert.equal(breaker.state, 'closed');
  }),
  breakers.same('An invalid number of probes is refused', () => {
    for (const halfOpenCalls of [0, -1, Number.NaN]) {
      assert.throws(() => new CircuitBreaker({ halfOpenCalls }), InvalidSettingsError);
    }
  }),
  breakers.same('A call that arrives during a failing probe does not run', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, two);
    await calls(breaker, 'xx');
    await scene.clock.advance(1_000);
    const test = deferred();
    const testing = watch(breaker.execute(() => test.promise));
    const second = script('never');
    const other = watch(breaker.execute(second));
    test.reject(refused());
    await turn();
    assert.deepEqual([testing.status, other.status, second.calls], ['rejected', 'rejected', 0]);
  }),
  breakers.same('A failed probe reopens the breaker', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, two);
    await calls(breaker, 'xx');
    await scene.clock.advance(1_000);
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open');
  }),
  breakers.same('An isolated breaker refuses until it is released', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, two);
    breaker.isolate();
    const error = await rejectionOf(breaker.execute(() => 42));
    assert.ok(error instanceof CircuitBreakerOpenError && error.isolated);
    breaker.release();
    assert.equal(await breaker.execute(() => 42), 42);
  }),
  breakers.same("The operation's signal follows the caller's", async () => {
    await followsItsCaller((operation, signal) => new CircuitBreaker(two).execute(operation, { signal }));
  }),
  breakers.same('A call with an aborted signal does not run, and the probe goes on', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, two);
    await calls(breaker, 'xx');
    await scene.clock.advance(1_000);
    const testing = breaker.execute(async () => 42);
    const operation = script('never');
    await rejectionOf(breaker.execute(operation, { signal: AbortSignal.abort() }));
    assert.equal(await testing, 42);
    assert.deepEqual([operation.calls, breaker.state], [0, 'closed']);
  }),
  breakers.same('A closed breaker is restored closed', async () => {
    const breaker = new CircuitBreaker(two);
    const restored = restoredFrom(breaker, two);
    assert.equal(restored.state, 'closed');
    assert.equal(await restored.execute(() => 42), 42);
  }),
  breakers.same('A saved failure still counts after a restart', async () => {
    const breaker = new CircuitBreaker(two);
    await calls(breaker, 'x');
    const restored = restoredFrom(breaker, two);
    await calls(restored, 'x');
    assert.equal(restored.state, 'open');
  }),
  breakers.same('An open breaker is restored open, and probes on time', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, two);
    await calls(breaker, 'xx');
    await scene.clock.advance(400);
    const restored = restoredFrom(breaker, { ...two, ...on(scene), resetTimeoutMs: 1_000 });
    await rejectionOf(restored.execute(() => 42));
    await scene.clock.advance(600);
    assert.equal(await restored.execute(() => 42), 42);
    assert.equal(restored.state, 'closed');
  }),
  breakers.same('A breaker saved during a probe can probe at once', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, two);
    await calls(breaker, 'xx');
    await scene.clock.advance(1_000);
    watch(breaker.execute(() => new Promise(() => {})));
    assert.equal(breaker.state, 'half-open');
    const restored = restoredFrom(breaker, { ...two, ...on(scene), resetTimeoutMs: 1_000 });
    assert.equal(await restored.execute(() => 42), 42);
  }),
];

/** A breaker of the same settings that goes on where another stopped, by way of JSON. */
function restoredFrom(breaker: CircuitBreaker, options: CircuitBreakerOptions): CircuitBreaker {
  const next = new CircuitBreaker(options);
  next.restore(JSON.parse(JSON.stringify(breaker.save())) as ReturnType<CircuitBreaker['save']>);
  return next;
}

const counting = {
  window: 'count',
  windowCalls: 5,
  minimumCalls: 5,
  failureRatio: 0.5,
  consecutiveFailures: 0,
} as const;
const hundred = { ...counting, windowCalls: 100, minimumCalls: 50 } as const;
const sampling = {
  window: 'time',
  windowMs: 5_000,
  minimumCalls: 15,
  failureRatio: 0.5,
  consecutiveFailures: 0,
} as const;

/** The same calls on a breaker that is saved and restored before each, and on one that runs on: state for state. */
async function survivesRestarts(options: CircuitBreakerOptions, outcomes: string, stepMs: number): Promise<void> {
  const scene = stage();
  const steady = breakerOn(scene, options);
  let restarted = breakerOn(scene, options);
  for (const outcome of outcomes) {
    restarted = restoredFrom(restarted, { ...options, ...on(scene), resetTimeoutMs: 1_000 });
    // The order of the calls is what is asked for.
    await calls(steady, outcome);
    await calls(restarted, outcome);
    assert.equal(restarted.state, steady.state);
    const ratioOf = (breaker: CircuitBreaker): unknown => breaker.report(scene.clock.now())['failureRatio'];
    assert.equal(ratioOf(restarted), ratioOf(steady));
    await scene.clock.advance(stepMs);
  }
}

const counts = askedBy('src/breaker/CountBreaker.test.ts');
const samples = askedBy('src/breaker/SamplingBreaker.test.ts');
const windowScenarios: readonly Scenario[] = [
  counts.mended(
    'A count window saved and restored at every call holds the same calls',
    'a failure got lost, because the order of calls was not saved',
    async () => {
      await survivesRestarts({ ...counting, failureRatio: 0.9 }, 'xooxooxooxxo', 0);
    },
  ),
  samples.mended(
    'A time window saved and restored every second holds the same calls',
    'ages got lost, so old failures counted as new ones',
    async () => {
      await survivesRestarts({ ...sampling, failureRatio: 0.9 }, 'xooxooxooxoo'.repeat(3), 500);
    },
  ),
  counts.mended('Settings that can never open the breaker are refused', 'they were accepted', () => {
    const never = { window: 'count', failureRatio: 0, consecutiveFailures: 0 } as const;
    assert.throws(() => new CircuitBreaker(never), InvalidSettingsError);
  }),
  counts.same('A ratio above 1 is refused', () => {
    for (const failureRatio of [-1, 10])
      assert.throws(() => new CircuitBreaker({ ...counting, failureRatio }), InvalidSettingsError);
  }),
  counts.same('A window without calls is refused', () => {
    for (const windowCalls of [0, 0.5, -1])
      assert.throws(() => new CircuitBreaker({ window: 'count', windowCalls }), InvalidSettingsError);
  }),
  counts.same('A minimum that is not a whole number, or exceeds the window, is refused', () => {
    for (const minimumCalls of [0, 0.5, 6]) {
      assert.throws(() => new CircuitBreaker({ ...counting, minimumCalls }), InvalidSettingsError);
    }
  }),
  counts.same('The newest call replaces the oldest in the window', async () => {
    const breaker = new CircuitBreaker({ ...counting, failureRatio: 0.6 });
    await calls(breaker, 'xxooooo');
    await calls(breaker, 'xx');
    assert.equal(breaker.state, 'closed', 'two of the last five failed');
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open', 'three of the last five failed');
  }),
  counts.same('The breaker does not open below the minimum number of calls', async () => {
    const breaker = new CircuitBreaker(hundred);
    await calls(breaker, 'x'.repeat(49));
    assert.equal(breaker.state, 'closed');
  }),
  counts.onPurpose(
    'Reaching the ratio exactly does not open the breaker',
    'it opens: `failureRatio: 0.5` means half of the calls (docs/circuit-breaker.md)',
    async () => {
      const breaker = new CircuitBreaker(hundred);
      await calls(breaker, 'o'.repeat(25) + 'x'.repeat(24));
      assert.equal(breaker.state, 'closed');
      await calls(breaker, 'x');
      assert.equal(breaker.state, 'open');
    },
  ),
  counts.same('The breaker opens at the minimum number of calls when the ratio is exceeded', async () => {
    const breaker = new CircuitBreaker(hundred);
    await calls(breaker, 'o'.repeat(24) + 'x'.repeat(26));
    assert.equal(breaker.state, 'open');
  }),
  counts.same('The window is empty after recovery', () => startsAnew(counting)),
  samples.same("A time window's ratio out of range is refused", () => {
    for (const failureRatio of [-1, 10])
      assert.throws(() => new CircuitBreaker({ ...sampling, failureRatio }), InvalidSettingsError);
  }),
  samples.same('Few failures over a long time do not open the breaker', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, sampling);
    for (let call = 1; call <= 30; call += 1) {
      // Two a second never are fifteen in five.
      await calls(breaker, 'x');
      await scene.clock.advance(500);
    }
    assert.equal(breaker.state, 'closed');
  }),
  samples.same('Failures at the required rate open the breaker', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, sampling);
    for (let call = 1; call <= 16; call += 1) {
      // Three a second.
      await calls(breaker, 'x');
      await scene.clock.advance(300);
    }
    assert.equal(breaker.state, 'open');
  }),
  samples.same('Calls older than the window do not count', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, sampling);
    await calls(breaker, 'x'.repeat(14));
    await scene.clock.advance(6_000);
    await calls(breaker, 'x'.repeat(14));
    assert.equal(breaker.state, 'closed');
  }),
  samples.same('A time window is empty after recovery', () => startsAnew({ ...sampling, minimumCalls: 5 })),
  askedBy('src/breaker/ConsecutiveBreaker.test.ts').same(
    'Failures in a row open the breaker; a success resets the run',
    async () => {
      const breaker = new CircuitBreaker({ failureThreshold: 3 });
      await calls(breaker, 'xxoxx');
      assert.equal(breaker.state, 'closed');
      await calls(breaker, 'x');
      assert.equal(breaker.state, 'open');
    },
  ),
  askedBy('src/breaker/ConsecutiveBreaker.test.ts').same('A run of failures is saved and restored', () =>
    survivesRestarts({ failureThreshold: 3 }, 'xxoxx', 0),
  ),
];

async function startsAnew(options: CircuitBreakerOptions): Promise<void> {
  const scene = stage();
  const breaker = breakerOn(scene, options);
  await calls(breaker, 'xxxxx');
  await scene.clock.advance(1_000);
  await calls(breaker, 'o');
  assert.equal(breaker.state, 'closed');
  await calls(breaker, 'xxxx');
  assert.equal(breaker.state, 'closed', 'four calls are fewer than the least number');
}

const timeouts = askedBy('src/TimeoutPolicy.test.ts');
const timeoutScenarios: readonly Scenario[] = [
  timeouts.same('A call within the limit returns its result', async () => {
    assert.equal(await timeout({ limitMs: 1_000 }).execute(() => 42), 42);
  }),
  timeouts.onPurpose(
    'With the cooperative strategy, the operation decides when to end',
    'one strategy only: the caller gets an answer at the limit, and the signal aborts (B32)',
    async () => {
      const scene = stage();
      let aborted: boolean | undefined;
      const call = watch(
        timeout({ ...on(scene), limitMs: 2 }).execute(async ({ signal }) => {
          await new Promise<void>((resolve) => scene.clock.after(3, resolve));
          aborted = signal.aborted;
          return 42;
        }),
      );
      await scene.clock.advance(3);
      assert.ok(call.error instanceof CallTimeoutError);
      assert.equal(aborted, true);
    },
  ),
  timeouts.same('The caller gets an error at the limit even if the operation goes on', async () => {
    const scene = stage();
    const call = watch(timeout({ ...on(scene), limitMs: 5 }).execute(() => new Promise(() => {})));
    await scene.clock.advance(5);
    assert.ok(call.error instanceof CallTimeoutError);
  }),
  timeouts.missing('A time limit can be detached from the process', '`unref` for limits'),
  timeouts.same("The operation's signal follows the caller's", async () => {
    await followsItsCaller((operation, signal) => timeout({ limitMs: 1_000 }).execute(operation, { signal }));
  }),
  timeouts.same('The limit also holds with a signal from the caller', async () => {
    const scene = stage();
    const { signal } = new AbortController();
    const guard = timeout({ ...on(scene), limitMs: 1 });
    const call = watch(guard.execute((context) => untilAborted(context.signal), { signal }));
    await scene.clock.advance(1);
    assert.ok(call.error instanceof CallTimeoutError);
  }),
  timeouts.onPurpose(
    'The signal aborts when the operation has returned',
    'aborting after a success would cut streams that are still being read (F12)',
    async () => {
      let seen: AbortSignal | undefined;
      await timeout({ limitMs: 1_000 }).execute(({ signal }) => void (seen = signal));
      assert.equal(seen?.aborted, false);
    },
  ),
  timeouts.same('The signal can stay unaborted after the operation has returned', async () => {
    let seen: AbortSignal | undefined;
    await timeout({ limitMs: 1_000 }).execute(async ({ signal }) => void (seen = signal));
    assert.equal(seen?.aborted, false);
  }),
  timeouts.missing('A success is an event with a duration', 'success events'),
  timeouts.same('A timeout is an event', async () => {
    const scene = stage();
    watch(timeout({ ...on(scene), limitMs: 2 }).execute(() => new Promise(() => {})));
    await scene.clock.advance(2);
    assert.equal(scene.heard('timeout').length, 1);
  }),
  timeouts.same('A failure before the limit is not a timeout', async () => {
    const scene = stage();
    await rejectionOf(timeout({ ...on(scene), limitMs: 2 }).execute(script(new Error('oh no'))));
    await scene.clock.advance(3);
    assert.equal(scene.heard('timeout').length, 0);
  }),
  timeouts.same("No listener stays on the caller's signal after 15 retries", async () => {
    const { signal } = new AbortController();
    const operation = script(...(Array.from({ length: 15 }, () => new Error('fail')) as [Error]), 'well');
    const guard = pipeline('p', [retry({ ...atOnce, maxAttempts: 20 }), timeout({ limitMs: 1_000 })]);
    assert.equal(await guard.execute(operation, { signal }), 'well');
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  }),
];

const bulkheads = askedBy('src/BulkheadPolicy.test.ts');
const bulkheadScenarios: readonly Scenario[] = [
  bulkheads.same('Calls beyond the limit are refused', async () => {
    const { guard, running } = occupied(2, 0);
    assert.ok((await rejectionOf(guard.execute(() => 'third'))) instanceof BulkheadFullError);
    running.resolve('done');
    await turn();
  }),
  bulkheads.same('Calls queue in order of arrival, and calls beyond the queue are refused', async () => {
    const { guard, running } = occupied(1, 2);
    const order: number[] = [];
    const waiting = [1, 2].map((place) => guard.execute(() => order.push(place)));
    assert.ok((await rejectionOf(guard.execute(() => 'third'))) instanceof BulkheadFullError);
    running.resolve('done');
    await Promise.all(waiting);
    assert.deepEqual(order, [1, 2]);
  }),
  bulkheads.same('The numbers of running and queued calls can be read', async () => {
    const { guard, running } = occupied(2, 2);
    watch(guard.execute(() => 'third'));
    const { running: now, waiting } = guard.report();
    assert.deepEqual([now, waiting], [2, 1]);
    running.resolve('done');
    await turn();
    assert.deepEqual([guard.report()['running'], guard.report()['waiting']], [0, 0]);
  }),
  bulkheads.same('A queued call whose caller aborts does not run', async () => {
    const { guard, running } = occupied(1, 2);
    const caller = new AbortController();
    const operation = script('never');
    const call = watch(guard.execute(operation, { signal: caller.signal }));
    caller.abort();
    running.resolve('done');
    await turn();
    assert.deepEqual([call.status, operation.calls], ['rejected', 0]);
  }),
  bulkheads.same('The next queued call runs when the one before it was aborted', async () => {
    const { guard, running } = occupied(1, 10);
    const caller = new AbortController();
    watch(guard.execute(() => 2, { signal: caller.signal }));
    const third = guard.execute(() => 3);
    caller.abort();
    running.resolve(1);
    assert.equal(await third, 3);
  }),
];

const fallbacks = askedBy('src/FallbackPolicy.test.ts');
const policies = askedBy('src/Policy.test.ts');
const otherScenarios: readonly Scenario[] = [
  fallbacks.same('The fallback stays out of a successful call', async () => {
    assert.equal(await fallback({ to: 'the fallback' }).execute(() => 'ok'), 'ok');
  }),
  fallbacks.same('The fallback answers for a failed call, and the event has the error', async () => {
    const scene = stage();
    const error = new Error('oh no');
    assert.equal(await fallback({ ...on(scene), to: 'the fallback' }).execute(script(error)), 'the fallback');
    assert.equal(scene.heard('fallback')[0]?.error, error);
  }),
  fallbacks.same("The operation's signal follows the caller's", async () => {
    await followsItsCaller((operation, signal) => fallback({ to: 'x' }).execute(operation, { signal }));
  }),
  policies.same('A retry around a breaker stops when the breaker opens', async () => {
    const guard = pipeline('p', [retry({ ...atOnce, maxAttempts: 4 }), new CircuitBreaker(two)]);
    assert.ok((await rejectionOf(guard.execute(script(refused())))) instanceof CircuitBreakerOpenError);
  }),
  policies.same('A pipeline of all policies passes the signal and the attempt to the operation', async () => {
    const guard = pipeline('p', [
      retry(atOnce),
      new CircuitBreaker(two),
      fallback({ to: 'foo' }),
      timeout({ limitMs: 1_000 }),
    ]);
    const seen = await guard.execute(({ signal, attempt }) => [signal instanceof AbortSignal, attempt]);
    assert.deepEqual(seen, [true, 1]);
  }),
  policies.same('Errors can be selected by several conditions', async () => {
    const operation = script(new ErrorA('a'), new ErrorB('b'), new Error('potato'), new Error('bar'));
    const wanted = (error: unknown): boolean =>
      error instanceof ErrorA || error instanceof ErrorB || (error instanceof Error && error.message === 'potato');
    const guard = retry({ ...atOnce, maxAttempts: 11, ...retryOnly(wanted) });
    assert.equal(((await rejectionOf(guard.execute(operation))) as Error).message, 'bar');
    assert.equal(operation.calls, 4);
  }),
  policies.same('Results can be selected by several conditions', async () => {
    const operation = script('potato', 7, 'ok');
    const guard = retry({ ...atOnce, maxAttempts: 11, ...badAnswers((value) => value === 'potato' || value === 7) });
    assert.equal(await guard.execute(operation), 'ok');
  }),
  policies.same('A decorator retries a method', async () => {
    class Calculator {
      calls = 0;
      @retried({ ...atOnce, maxAttempts: 6 })
      async double(n: number): Promise<number> {
        this.calls += 1;
        if (this.calls < 3) throw new Error('failed');
        return n * 2;
      }
    }
    const calculator = new Calculator();
    assert.deepEqual([await calculator.double(2), calculator.calls], [4, 3]);
  }),
];

export const cockatiel: Suite = {
  peer: 'cockatiel',
  snapshot: 'connor4312/cockatiel@f475a69',
  scenarios: [
    ...retryScenarios,
    ...breakerScenarios,
    ...windowScenarios,
    ...timeoutScenarios,
    ...bulkheadScenarios,
    ...otherScenarios,
  ],
};
