import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { attemptsOf, CircuitBreaker, pipeline, retry, timeout, type RecoveryEvent } from '../index.ts';
import { ManualClock, seededRandom } from '../testing/index.ts';

const connectionLost = (): Error =>
  Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
const connectionRefused = (): Error =>
  Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
const tooManyRequests = (retryAfter: string): Error =>
  Object.assign(new Error('Too Many Requests'), { status: 429, headers: { 'retry-after': retryAfter } });

/** Fails so often, then answers. */
function failing(times: number, make: () => unknown = connectionLost): { calls: number; run: () => Promise<string> } {
  const operation = {
    calls: 0,
    run: () => {
      operation.calls += 1;
      return operation.calls <= times ? Promise.reject(make()) : Promise.resolve('fine');
    },
  };
  return operation;
}

test('B20: maxAttempts 3 calls at most three times', async () => {
  const operation = failing(9);

  await assert.rejects(retry({ strategy: 'immediate', maxAttempts: 3 }).execute(operation.run), { code: 'ECONNRESET' });

  assert.equal(operation.calls, 3);
});

test('B20: immediate sets no timer between attempts', async () => {
  const clock = new ManualClock();
  const operation = failing(2);

  assert.equal(await retry({ strategy: 'immediate', clock }).execute(operation.run), 'fine');

  assert.equal(operation.calls, 3);
  assert.equal(clock.now(), 0);
});

test('B21, P41: the last error is thrown as it is, and attemptsOf tells of each attempt and why it stopped', async () => {
  const clock = new ManualClock();
  const errors = [connectionLost(), connectionRefused(), connectionLost()];
  let call = 0;
  const policy = retry({ clock, random: () => 0.5 });

  const caught = policy.execute(() => Promise.reject(errors[call++])).catch((error: unknown) => error);
  await clock.advance(10_000);
  const error = await caught;

  assert.equal(error, errors[2]);
  const attempts = attemptsOf(error);
  assert.equal(attempts?.stoppedBy, 'exhausted');
  assert.deepEqual(
    attempts?.map(({ attempt, error: each, delayMs, stoppedBy }) => [attempt, each, delayMs, stoppedBy]),
    [
      [1, errors[0], 500, undefined],
      [2, errors[1], 1_000, undefined],
      [3, errors[2], undefined, 'exhausted'],
    ],
  );
});

test('attemptsOf knows nothing of errors that no retry threw', () => {
  assert.equal(attemptsOf(new Error('other')), undefined);
  assert.equal(attemptsOf('a string'), undefined);
});

const ceilings = [
  { attempt: 1, ceiling: 1_000 },
  { attempt: 2, ceiling: 2_000 },
  { attempt: 3, ceiling: 4_000 },
  { attempt: 4, ceiling: 5_000 },
];

/** The delays of a run of failures. */
async function delaysOf(jitter: 'full' | 'equal' | 'decorrelated' | 'none', random: () => number): Promise<number[]> {
  const clock = new ManualClock();
  const delays: number[] = [];
  const onEvent = (event: RecoveryEvent): void => void (event.type === 'retry' && delays.push(event.delayMs));
  const policy = retry({ jitter, maxAttempts: 5, maxMs: 5_000, clock, random, onEvent });
  const run = policy.execute(() => Promise.reject(connectionLost())).catch(() => {});
  await clock.advance(60_000);
  await run;
  return delays;
}

test('B22: full jitter draws from nothing to the ceiling', async () => {
  assert.deepEqual(await delaysOf('full', () => 0), [0, 0, 0, 0]);
  assert.deepEqual(
    await delaysOf('full', () => 0.5),
    ceilings.map(({ ceiling }) => ceiling / 2),
  );
});

test('B22: equal jitter draws from the upper half, none takes the ceiling', async () => {
  assert.deepEqual(
    await delaysOf('equal', () => 0),
    ceilings.map(({ ceiling }) => ceiling / 2),
  );
  assert.deepEqual(
    await delaysOf('equal', () => 0.5),
    ceilings.map(({ ceiling }) => ceiling * 0.75),
  );
  assert.deepEqual(
    await delaysOf('none', () => 0.3),
    ceilings.map(({ ceiling }) => ceiling),
  );
});

test('B22: decorrelated jitter draws from the base to three times the previous delay, capped', async () => {
  assert.deepEqual(await delaysOf('decorrelated', () => 0), [1_000, 1_000, 1_000, 1_000]);
  assert.deepEqual(await delaysOf('decorrelated', () => 0.5), [1_000, 2_000, 3_500, 5_000]);
});

test('P33: no jitter goes above the maximum, and none compounds', async () => {
  const almostOne = (): number => 1 - Number.EPSILON;
  for (const jitter of ['full', 'equal', 'decorrelated', 'none'] as const) {
    const delays = await delaysOf(jitter, almostOne);
    assert.ok(Math.max(...delays) <= 5_000, `${jitter}: ${delays.join()}`);
  }
  // What was drawn for one attempt does not change what the next one is drawn from.
  let draws = 0;
  const once = await delaysOf('full', () => ((draws += 1) === 1 ? 0 : 0.5));
  assert.deepEqual(once, [0, 1_000, 2_000, 2_500]);
});

test('B22: the same seed gives the same delays', async () => {
  const delays = await delaysOf('full', seededRandom(7));

  assert.deepEqual(await delaysOf('full', seededRandom(7)), delays);
  assert.notDeepEqual(await delaysOf('full', seededRandom(8)), delays);
});

test('B23, P35: Retry-After wins over the computed delay, and never fires early', async () => {
  const clock = new ManualClock();
  const operation = failing(1, () => tooManyRequests('7'));

  const run = retry({ clock }).execute(operation.run);
  await clock.advance(6_999);
  assert.equal(operation.calls, 1);
  await clock.advance(1);

  assert.equal(await run, 'fine');
});

test('B23: a Retry-After that does not fit the deadline fails now, not later', async () => {
  const clock = new ManualClock();
  const operation = failing(1, () => tooManyRequests('7'));

  const error = await retry({ clock })
    .execute(operation.run, { deadline: 5_000 })
    .catch((caught: unknown) => caught);

  assert.equal(attemptsOf(error)?.stoppedBy, 'deadline');
  assert.equal(clock.now(), 0);
  assert.equal(operation.calls, 1);
});

test('B23: a Retry-After above maxRetryAfterMs is not cut short: the retry stops', async () => {
  const clock = new ManualClock();
  const operation = failing(1, () => tooManyRequests('3600'));

  const error = await retry({ clock })
    .execute(operation.run)
    .catch((caught: unknown) => caught);

  assert.equal(attemptsOf(error)?.stoppedBy, 'retry-after-too-long');
});

test('R-RETRY-7, P36: no wait reaches past the deadline', async () => {
  const clock = new ManualClock();
  const operation = failing(9);

  const error = await retry({ clock, jitter: 'none', baseMs: 1_000 })
    .execute(operation.run, { deadline: 1_000 })
    .catch((caught: unknown) => caught);

  assert.equal(attemptsOf(error)?.stoppedBy, 'deadline');
  assert.equal(operation.calls, 1);
});

test('B24: a caller who leaves during the wait gets his reason at once, and the timer is gone', async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  const operation = failing(9);
  const run = retry({ clock, jitter: 'none' }).execute(operation.run, { signal: caller.signal });
  const leaving = assert.rejects(run, { message: 'left' });
  await clock.advance(10);
  assert.equal(clock.pending, 1);

  caller.abort(new Error('left'));
  await leaving;

  assert.equal(clock.pending, 0);
  assert.equal(operation.calls, 1);
});

test('B24: nothing stays on a long-lived signal after many calls', async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  const policy = pipeline('all', [retry({ jitter: 'none', baseMs: 1 }), timeout({ limitMs: 1_000 })], { clock });

  for (let count = 0; count < 1_000; count += 1) {
    const operation = failing(1);
    const run = policy.execute(({ signal }) => (signal.aborted ? 'never' : operation.run()), { signal: caller.signal });
    await clock.advance(1);
    await run;
  }

  assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
  assert.equal(clock.pending, 0);
});

test('P30: a caller who has already left is not served', async () => {
  const operation = failing(0);

  await assert.rejects(retry().execute(operation.run, { signal: AbortSignal.abort(new Error('left')) }), {
    message: 'left',
  });

  assert.equal(operation.calls, 0);
});

test('B25: an open circuit is not retried', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker();
  const guarded = pipeline('guarded', [retry(), breaker], { clock });
  breaker.trip();

  const error = await guarded.execute(() => 'fine').catch((caught: unknown) => caught);

  assert.equal(attemptsOf(error)?.stoppedBy, 'circuit-open');
  assert.equal(clock.now(), 0);
});

test('B25: waiting for an open circuit can be asked for, and must fit the deadline', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ resetTimeoutMs: 3_000 });
  const guarded = pipeline('guarded', [retry({ waitForOpenCircuit: true }), breaker], { clock });
  breaker.trip();

  await assert.rejects(
    guarded.execute(() => 'fine', { deadline: 2_000 }),
    { code: 'CIRCUIT_OPEN' },
  );
  const waiting = guarded.execute(() => 'fine', { deadline: 10_000 });
  await clock.advance(3_000);

  assert.equal(await waiting, 'fine');
});

test('R-RETRY-5: a persistent error is never retried', async () => {
  const operation = failing(9, () => Object.assign(new Error('Not Found'), { status: 404 }));

  const error = await retry({ strategy: 'immediate' })
    .execute(operation.run)
    .catch((caught: unknown) => caught);

  assert.equal(operation.calls, 1);
  assert.equal(attemptsOf(error)?.stoppedBy, 'persistent');
});

test('R-RETRY-5: what is not idempotent is repeated only when it surely had no effect', async () => {
  const policy = retry({ strategy: 'immediate', idempotent: false });
  const neverArrived = failing(1, connectionRefused);
  const mayHaveArrived = failing(1, connectionLost);

  assert.equal(await policy.execute(neverArrived.run), 'fine');
  const error = await policy.execute(mayHaveArrived.run).catch((caught: unknown) => caught);

  assert.equal(mayHaveArrived.calls, 1);
  assert.equal(attemptsOf(error)?.stoppedBy, 'not-safe-to-repeat');
});

test('B27: what an inner retry has given up on is not repeated: 3 inside 3 is 3', async () => {
  const clock = new ManualClock();
  const operation = failing(99);
  const inner = retry({ name: 'inner', strategy: 'immediate', clock });
  const outer = retry({ name: 'outer', strategy: 'immediate', clock });

  await assert.rejects(
    outer.execute(() => inner.execute(operation.run)),
    { code: 'ECONNRESET' },
  );

  assert.equal(operation.calls, 3);
});

test('B27: an outer retry may ask for it', async () => {
  const operation = failing(99);
  const inner = retry({ strategy: 'immediate' });
  const outer = retry({ strategy: 'immediate', repeatRetried: true });

  await assert.rejects(
    outer.execute(() => inner.execute(operation.run)),
    { code: 'ECONNRESET' },
  );

  assert.equal(operation.calls, 9);
});

test('an error object that is thrown again and again is judged anew in each call', async () => {
  const theSame = connectionLost();
  const policy = retry({ strategy: 'immediate' });
  let calls = 0;
  const run = (): Promise<void> => policy.execute(() => ((calls += 1), Promise.reject(theSame)));

  await assert.rejects(run(), { code: 'ECONNRESET' });
  await assert.rejects(run(), { code: 'ECONNRESET' });

  assert.equal(calls, 6);
});

test('B29: each attempt inside a timeout has a fresh signal', async () => {
  const clock = new ManualClock();
  const signals: AbortSignal[] = [];
  const guarded = pipeline('guarded', [retry({ strategy: 'immediate', maxAttempts: 2 }), timeout({ limitMs: 100 })], {
    clock,
  });

  const run = guarded.execute(
    ({ signal }) => (signals.push(signal), signals.length === 1 ? new Promise<string>(() => {}) : 'fine'),
  );
  await clock.advance(100);

  assert.equal(await run, 'fine');
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
});

test('R-METRIC-2: counts attempts, success after retry, delays, errors by class and reasons for giving up', async () => {
  const clock = new ManualClock();
  const policy = retry({ clock, jitter: 'none', baseMs: 100 });

  const runs = [failing(0), failing(2), failing(9)].map(({ run }) => policy.execute(run).catch(() => {}));
  await clock.advance(10_000);
  await Promise.all(runs);

  const { calls, attempts, retries, succeededAfterRetry, averageDelayMs, gaveUp, errors } = policy.report();
  assert.deepEqual(
    { calls, attempts, retries, succeededAfterRetry, averageDelayMs, gaveUp, errors },
    {
      calls: 3,
      attempts: 7,
      retries: 4,
      succeededAfterRetry: 1,
      averageDelayMs: 150,
      gaveUp: { exhausted: 1 },
      errors: { transient: 5 },
    },
  );
});

test('P32: delays stay finite for any number of attempts', async () => {
  const { backoffMs } = await import('./backoff.ts');
  const limits = { baseMs: 1_000, factor: 1_000, maxMs: 30_000 };

  for (let attempt = 1; attempt <= 2_000; attempt += 1) {
    for (const jitter of ['full', 'equal', 'decorrelated', 'none'] as const) {
      const delayMs = backoffMs(attempt, 30_000, jitter, limits, () => 0.999);
      assert.ok(delayMs >= 0 && delayMs <= 30_000, `${jitter} after attempt ${attempt} is ${delayMs}`);
    }
  }
  assert.equal(
    backoffMs(2_000, 0, 'none', { baseMs: 0, factor: 1_000, maxMs: 30_000 }, () => 0),
    0,
  );
});

test('F16: a Retry-After of 0 is followed once; if it is repeated, the backoff holds', async () => {
  const clock = new ManualClock();
  const policy = retry({ maxAttempts: 4, baseMs: 100, jitter: 'none', clock });
  const calledAt: number[] = [];
  const busy = Object.assign(new Error('busy'), { status: 503, headers: { 'retry-after': '0' } });

  const call = policy.execute(() => {
    calledAt.push(clock.now());
    return Promise.reject(busy);
  });
  const rejected = assert.rejects(call, busy);
  await clock.advance(1_000);
  await rejected;

  assert.deepEqual(calledAt, [0, 0, 200, 600]);
});
