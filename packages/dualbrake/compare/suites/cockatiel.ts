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
    'A listener that moves fake timers by the delay ends the wait',
    'the timer was armed after the event, so the call hung',
    async () => {
      assert.deepEqual(await delaysTicked({ baseMs: 50, maxAttempts: 2 }), [50]);
    },
  ),
  retries.mended(
    'The same for each delay of several',
    'the timer was armed after the event, so the call hung',
    async () => {
      assert.deepEqual(await delaysTicked({ baseMs: 10, factor: 2, maxMs: 20, maxAttempts: 4 }), [10, 20, 20]);
    },
  ),
  retries.same('Any error is retried by default', async () => {
    const operation = script(new ErrorA('a'), 'ok');
    assert.equal(await retry(atOnce).execute(operation), 'ok');
    assert.equal(operation.calls, 2);
  }),
  retries.same('Errors can be chosen by type; another one comes out at once', async () => {
    const operation = script(new ErrorA('a'), new ErrorB('b'));
    const guard = retry({ ...atOnce, maxAttempts: 6, ...retryOnly((error) => error instanceof ErrorA) });
    assert.ok((await rejectionOf(guard.execute(operation))) instanceof ErrorB);
    assert.equal(operation.calls, 2);
  }),
  retries.same('Answers can be retried', async () => {
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
  retries.same('The last bad answer comes out when the attempts are used up', async () => {
    const operation = script(1);
    assert.equal(await retry({ ...atOnce, maxAttempts: 6, ...badAnswers(() => true) }).execute(operation), 1);
    assert.equal(operation.calls, 6);
  }),
  retries.same('The last error comes out when the attempts are used up', async () => {
    const error = new ErrorB('b');
    const operation = script(error);
    assert.equal(await rejectionOf(retry({ ...atOnce, maxAttempts: 6 }).execute(operation)), error);
    assert.equal(operation.calls, 6);
  }),
  retries.missing('Waits between attempts keep no process alive, when told so', '`unref` for the waits of a retry'),
  retries.same('No further attempt after the caller has left during one', async () => {
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
  retries.same('Giving up is an event that has the error', async () => {
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
  breakers.same('It lets calls through while it is closed', async () => {
    assert.equal(await new CircuitBreaker(two).execute(() => 42), 42);
  }),
  breakers.same('It opens after the failures, tells so once, and refuses without calling', async () => {
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
  breakers.same('A test call that works closes it, and both changes are told', async () => {
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
    'The open time is a list of times',
    'the open time as a function or a list; it grows by `resetTimeoutFactor`',
  ),
  breakers.missing('The open time is a function of the failures so far', 'the open time as a function or a list'),
  breakers.same('A growing open time begins anew when it has closed', async () => {
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
    'Calls during a test wait for it',
    'they are refused at once: nobody waits for a dependency that may be down (B2)',
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
  breakers.missing(
    'Half-open lets ten calls through and closes with at most three failures',
    'half-open by a share of failures',
  ),
  breakers.missing('Half-open opens again at the fourth failure of ten calls', 'half-open by a share of failures'),
  breakers.onPurpose('Calls over the number of test calls wait', 'they are refused at once (B2)', async () => {
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
  breakers.same('A number of test calls that makes no sense is refused', () => {
    for (const halfOpenCalls of [0, -1, Number.NaN]) {
      assert.throws(() => new CircuitBreaker({ halfOpenCalls }), InvalidSettingsError);
    }
  }),
  breakers.same('A call that came during a test that fails is not made', async () => {
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
  breakers.same('A test call that fails opens it again', async () => {
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
  breakers.same('A caller who has left before gets no call, and the test goes on', async () => {
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
  breakers.same('A saved breaker that is closed is restored closed', async () => {
    const breaker = new CircuitBreaker(two);
    const restored = restoredFrom(breaker, two);
    assert.equal(restored.state, 'closed');
    assert.equal(await restored.execute(() => 42), 42);
  }),
  breakers.same('A saved failure counts after the restart', async () => {
    const breaker = new CircuitBreaker(two);
    await calls(breaker, 'x');
    const restored = restoredFrom(breaker, two);
    await calls(restored, 'x');
    assert.equal(restored.state, 'open');
  }),
  breakers.same('A saved breaker that is open is restored open, and tests at its time', async () => {
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
  breakers.same('One that was saved during a test can test at once', async () => {
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
    'A count window that is saved and restored at each call holds the same calls',
    'a failure was lost, because the order was not saved',
    async () => {
      await survivesRestarts({ ...counting, failureRatio: 0.9 }, 'xooxooxooxxo', 0);
    },
  ),
  samples.mended(
    'A time window that is saved and restored each second holds the same calls',
    'ages were lost: old failures were new again',
    async () => {
      await survivesRestarts({ ...sampling, failureRatio: 0.9 }, 'xooxooxooxoo'.repeat(3), 500);
    },
  ),
  counts.mended('Settings with which nothing can ever open it are refused', 'they were taken', () => {
    const never = { window: 'count', failureRatio: 0, consecutiveFailures: 0 } as const;
    assert.throws(() => new CircuitBreaker(never), InvalidSettingsError);
  }),
  counts.same('A share over 1 is refused', () => {
    for (const failureRatio of [-1, 10])
      assert.throws(() => new CircuitBreaker({ ...counting, failureRatio }), InvalidSettingsError);
  }),
  counts.same('A window of no calls is refused', () => {
    for (const windowCalls of [0, 0.5, -1])
      assert.throws(() => new CircuitBreaker({ window: 'count', windowCalls }), InvalidSettingsError);
  }),
  counts.same('A minimum that is no count, or greater than the window, is refused', () => {
    for (const minimumCalls of [0, 0.5, 6]) {
      assert.throws(() => new CircuitBreaker({ ...counting, minimumCalls }), InvalidSettingsError);
    }
  }),
  counts.same('The oldest call leaves the window for the newest', async () => {
    const breaker = new CircuitBreaker({ ...counting, failureRatio: 0.6 });
    await calls(breaker, 'xxooooo');
    await calls(breaker, 'xx');
    assert.equal(breaker.state, 'closed', 'two of the last five failed');
    await calls(breaker, 'x');
    assert.equal(breaker.state, 'open', 'three of the last five failed');
  }),
  counts.same('It does not open before the least number of calls', async () => {
    const breaker = new CircuitBreaker(hundred);
    await calls(breaker, 'x'.repeat(49));
    assert.equal(breaker.state, 'closed');
  }),
  counts.onPurpose(
    'A share that is just reached does not open it',
    'it does: `failureRatio: 0.5` reads "half of the calls" (documented in circuit-breaker.md)',
    async () => {
      const breaker = new CircuitBreaker(hundred);
      await calls(breaker, 'o'.repeat(25) + 'x'.repeat(24));
      assert.equal(breaker.state, 'closed');
      await calls(breaker, 'x');
      assert.equal(breaker.state, 'open');
    },
  ),
  counts.same('It opens at the least number of calls when more than the share failed', async () => {
    const breaker = new CircuitBreaker(hundred);
    await calls(breaker, 'o'.repeat(24) + 'x'.repeat(26));
    assert.equal(breaker.state, 'open');
  }),
  counts.same('The window is empty after recovery', () => startsAnew(counting)),
  samples.same('Shares of a time window out of range are refused', () => {
    for (const failureRatio of [-1, 10])
      assert.throws(() => new CircuitBreaker({ ...sampling, failureRatio }), InvalidSettingsError);
  }),
  samples.same('Few failures over a long time do not open it', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, sampling);
    for (let call = 1; call <= 30; call += 1) {
      // Two a second never are fifteen in five.
      await calls(breaker, 'x');
      await scene.clock.advance(500);
    }
    assert.equal(breaker.state, 'closed');
  }),
  samples.same('Failures at the rate asked for open it', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, sampling);
    for (let call = 1; call <= 16; call += 1) {
      // Three a second.
      await calls(breaker, 'x');
      await scene.clock.advance(300);
    }
    assert.equal(breaker.state, 'open');
  }),
  samples.same('Calls that are older than the window do not count', async () => {
    const scene = stage();
    const breaker = breakerOn(scene, sampling);
    await calls(breaker, 'x'.repeat(14));
    await scene.clock.advance(6_000);
    await calls(breaker, 'x'.repeat(14));
    assert.equal(breaker.state, 'closed');
  }),
  samples.same('A time window is empty after recovery', () => startsAnew({ ...sampling, minimumCalls: 5 })),
  askedBy('src/breaker/ConsecutiveBreaker.test.ts').same(
    'Failures in a row open it, a success begins anew',
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
  timeouts.same('A call that is fast enough is answered', async () => {
    assert.equal(await timeout({ limitMs: 1_000 }).execute(() => 42), 42);
  }),
  timeouts.onPurpose(
    'With the cooperative strategy the operation decides when to end',
    'there is one strategy: the caller is answered at the limit, and the signal aborts (B32)',
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
  timeouts.same('The caller is answered at the limit although the operation goes on', async () => {
    const scene = stage();
    const call = watch(timeout({ ...on(scene), limitMs: 5 }).execute(() => new Promise(() => {})));
    await scene.clock.advance(5);
    assert.ok(call.error instanceof CallTimeoutError);
  }),
  timeouts.missing('A limit keeps no process alive, when told so', '`unref` for limits'),
  timeouts.same("The operation's signal follows the caller's", async () => {
    await followsItsCaller((operation, signal) => timeout({ limitMs: 1_000 }).execute(operation, { signal }));
  }),
  timeouts.same('The limit holds beside a signal of the caller', async () => {
    const scene = stage();
    const { signal } = new AbortController();
    const guard = timeout({ ...on(scene), limitMs: 1 });
    const call = watch(guard.execute((context) => untilAborted(context.signal), { signal }));
    await scene.clock.advance(1);
    assert.ok(call.error instanceof CallTimeoutError);
  }),
  timeouts.onPurpose(
    'The signal is aborted when the operation has answered',
    'a signal that aborts after a success would end streams that are still read (F12)',
    async () => {
      let seen: AbortSignal | undefined;
      await timeout({ limitMs: 1_000 }).execute(({ signal }) => void (seen = signal));
      assert.equal(seen?.aborted, false);
    },
  ),
  timeouts.same('The signal is not aborted after an answer, when told so', async () => {
    let seen: AbortSignal | undefined;
    await timeout({ limitMs: 1_000 }).execute(async ({ signal }) => void (seen = signal));
    assert.equal(seen?.aborted, false);
  }),
  timeouts.missing('A success is an event with its duration', 'success events'),
  timeouts.same('A timeout is an event', async () => {
    const scene = stage();
    watch(timeout({ ...on(scene), limitMs: 2 }).execute(() => new Promise(() => {})));
    await scene.clock.advance(2);
    assert.equal(scene.heard('timeout').length, 1);
  }),
  timeouts.same('A failure before the limit is no timeout', async () => {
    const scene = stage();
    await rejectionOf(timeout({ ...on(scene), limitMs: 2 }).execute(script(new Error('oh no'))));
    await scene.clock.advance(3);
    assert.equal(scene.heard('timeout').length, 0);
  }),
  timeouts.same('No listener stays on the signal of a caller after 15 retried attempts', async () => {
    const { signal } = new AbortController();
    const operation = script(...(Array.from({ length: 15 }, () => new Error('fail')) as [Error]), 'well');
    const guard = pipeline('p', [retry({ ...atOnce, maxAttempts: 20 }), timeout({ limitMs: 1_000 })]);
    assert.equal(await guard.execute(operation, { signal }), 'well');
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  }),
];

const bulkheads = askedBy('src/BulkheadPolicy.test.ts');
const bulkheadScenarios: readonly Scenario[] = [
  bulkheads.same('Calls over the limit are refused', async () => {
    const { guard, running } = occupied(2, 0);
    assert.ok((await rejectionOf(guard.execute(() => 'third'))) instanceof BulkheadFullError);
    running.resolve('done');
    await turn();
  }),
  bulkheads.same('Calls wait in the order in which they came, and those over the queue are refused', async () => {
    const { guard, running } = occupied(1, 2);
    const order: number[] = [];
    const waiting = [1, 2].map((place) => guard.execute(() => order.push(place)));
    assert.ok((await rejectionOf(guard.execute(() => 'third'))) instanceof BulkheadFullError);
    running.resolve('done');
    await Promise.all(waiting);
    assert.deepEqual(order, [1, 2]);
  }),
  bulkheads.same('The numbers of running and waiting calls are readable', async () => {
    const { guard, running } = occupied(2, 2);
    watch(guard.execute(() => 'third'));
    const { running: now, waiting } = guard.report();
    assert.deepEqual([now, waiting], [2, 1]);
    running.resolve('done');
    await turn();
    assert.deepEqual([guard.report()['running'], guard.report()['waiting']], [0, 0]);
  }),
  bulkheads.same('A waiting call whose caller leaves is not made', async () => {
    const { guard, running } = occupied(1, 2);
    const caller = new AbortController();
    const operation = script('never');
    const call = watch(guard.execute(operation, { signal: caller.signal }));
    caller.abort();
    running.resolve('done');
    await turn();
    assert.deepEqual([call.status, operation.calls], ['rejected', 0]);
  }),
  bulkheads.same('The next in the queue comes when the one before it has left', async () => {
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
  fallbacks.same('A call that works is not answered by the fallback', async () => {
    assert.equal(await fallback({ to: 'the fallback' }).execute(() => 'ok'), 'ok');
  }),
  fallbacks.same('A call that fails is answered by the fallback, and the error is told', async () => {
    const scene = stage();
    const error = new Error('oh no');
    assert.equal(await fallback({ ...on(scene), to: 'the fallback' }).execute(script(error)), 'the fallback');
    assert.equal(scene.heard('fallback')[0]?.error, error);
  }),
  fallbacks.same("The operation's signal follows the caller's", async () => {
    await followsItsCaller((operation, signal) => fallback({ to: 'x' }).execute(operation, { signal }));
  }),
  policies.same('A retry around a breaker ends when the breaker opens', async () => {
    const guard = pipeline('p', [retry({ ...atOnce, maxAttempts: 4 }), new CircuitBreaker(two)]);
    assert.ok((await rejectionOf(guard.execute(script(refused())))) instanceof CircuitBreakerOpenError);
  }),
  policies.same('A pipeline of all policies hands signal and attempt to the operation', async () => {
    const guard = pipeline('p', [
      retry(atOnce),
      new CircuitBreaker(two),
      fallback({ to: 'foo' }),
      timeout({ limitMs: 1_000 }),
    ]);
    const seen = await guard.execute(({ signal, attempt }) => [signal instanceof AbortSignal, attempt]);
    assert.deepEqual(seen, [true, 1]);
  }),
  policies.same('Errors can be chosen by several conditions', async () => {
    const operation = script(new ErrorA('a'), new ErrorB('b'), new Error('potato'), new Error('bar'));
    const wanted = (error: unknown): boolean =>
      error instanceof ErrorA || error instanceof ErrorB || (error instanceof Error && error.message === 'potato');
    const guard = retry({ ...atOnce, maxAttempts: 11, ...retryOnly(wanted) });
    assert.equal(((await rejectionOf(guard.execute(operation))) as Error).message, 'bar');
    assert.equal(operation.calls, 4);
  }),
  policies.same('Answers can be chosen by several conditions', async () => {
    const operation = script('potato', 7, 'ok');
    const guard = retry({ ...atOnce, maxAttempts: 11, ...badAnswers((value) => value === 'potato' || value === 7) });
    assert.equal(await guard.execute(operation), 'ok');
  }),
  policies.same('A method is retried by a decorator', async () => {
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
