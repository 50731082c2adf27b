import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CircuitBreaker,
  circuitBreaker,
  CircuitBreakerOpenError,
  pipeline,
  timeout,
  type RecoveryEvent,
} from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';

const refused = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' }));
const notFound = (): Promise<never> => Promise.reject(Object.assign(new Error('Not Found'), { status: 404 }));
const programmingError = (): Promise<never> => Promise.reject(new TypeError('undefined is not a function'));
const fine = (): Promise<string> => Promise.resolve('fine');

async function fail(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1)
    await assert.rejects(breaker.execute(refused), { code: 'ECONNREFUSED' });
}

test('R-BREAKER-2: five failures in a row open it, and it tests again after 60 s', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock });

  await fail(breaker, 4);
  assert.equal(breaker.state, 'closed');
  await fail(breaker, 1);
  assert.equal(breaker.state, 'open');
  await clock.advance(59_999);
  assert.equal(breaker.state, 'open');
  await clock.advance(1);
  assert.equal(breaker.state, 'half-open');
  assert.equal(await breaker.execute(fine), 'fine');
  assert.equal(breaker.state, 'closed');
});

test('works without any argument', async () => {
  assert.equal(await new CircuitBreaker().execute(fine), 'fine');
  assert.equal(await circuitBreaker().execute(() => 7), 7);
});

test('a success in between begins the count of failures anew', async () => {
  const breaker = new CircuitBreaker({ clock: new ManualClock() });

  await fail(breaker, 4);
  await breaker.execute(fine);
  await fail(breaker, 4);

  assert.equal(breaker.state, 'closed');
});

test('R-BREAKER-3: an open circuit does not call, and says who, since when, why and when it tests again', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ name: 'students-db', clock, failureThreshold: 2, resetTimeoutMs: 30_000 });
  await fail(breaker, 2);
  await clock.advance(12_000);
  let called = 0;

  const error = await breaker.execute(() => (called += 1)).catch((caught: unknown) => caught);

  assert.ok(error instanceof CircuitBreakerOpenError);
  assert.equal(called, 0);
  assert.deepEqual(
    { code: error.code, breaker: error.breaker, openForMs: error.openForMs, retryAfterMs: error.retryAfterMs },
    { code: 'CIRCUIT_OPEN', breaker: 'students-db', openForMs: 12_000, retryAfterMs: 18_000 },
  );
  assert.match(error.reason, /^2 consecutive failures, the last one .*ECONNREFUSED/);
  assert.match(error.message, /"students-db" has been open for 12 s .*; next probe in 18 s\./);
});

test('an isolated breaker says that an operator blocks the calls, and for how long', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ name: 'students-db', clock });
  breaker.isolate('moving the server', 60_000);
  await clock.advance(20_000);

  const error = await breaker.execute(fine).catch((caught: unknown) => caught);

  assert.ok(error instanceof CircuitBreakerOpenError);
  assert.deepEqual([error.isolated, error.retryAfterMs], [true, 40_000]);
  assert.equal(
    error.message,
    'Circuit breaker "students-db" blocks all calls for another 40 s (isolated: moving the server).',
  );
});

test('B1: a slow success from before the trip does not close, a slow failure does not reopen or prolong', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, failureThreshold: 2, resetTimeoutMs: 1_000 });
  const lateSuccess = deferred<string>();
  const lateFailure = deferred<string>();
  const first = breaker.execute(() => lateSuccess.promise);
  const second = breaker.execute(() => lateFailure.promise);
  await fail(breaker, 2);

  await clock.advance(1_000);
  const probe = deferred<string>();
  const probing = breaker.execute(() => probe.promise);
  lateSuccess.resolve('late');
  await first;
  assert.equal(breaker.state, 'half-open');
  lateFailure.reject(Object.assign(new Error('late'), { code: 'ECONNRESET' }));
  await assert.rejects(second, { code: 'ECONNRESET' });
  assert.equal(breaker.state, 'half-open');
  probe.resolve('well');
  await probing;

  assert.equal(breaker.state, 'closed');
});

test('B1: a failure from before the trip does not count in the next closed period', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, failureThreshold: 2, resetTimeoutMs: 1_000 });
  const late = deferred<string>();
  const slow = breaker.execute(() => late.promise);
  await fail(breaker, 2);
  await clock.advance(1_000);
  await breaker.execute(fine);

  await fail(breaker, 1);
  late.reject(Object.assign(new Error('late'), { code: 'ECONNRESET' }));
  await assert.rejects(slow, { code: 'ECONNRESET' });

  assert.equal(breaker.state, 'closed');
});

test('P21: a late failure while open does not prolong the open time', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, failureThreshold: 1, resetTimeoutMs: 1_000 });
  const late = deferred<string>();
  const slow = breaker.execute(() => late.promise);
  await fail(breaker, 1);
  await clock.advance(900);

  late.reject(Object.assign(new Error('late'), { code: 'ECONNRESET' }));
  await assert.rejects(slow, { code: 'ECONNRESET' });
  await clock.advance(100);

  assert.equal(breaker.state, 'half-open');
});

test('B2: of 1,000 simultaneous callers half-open lets 3 through when halfOpenCalls is 3', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, failureThreshold: 1, resetTimeoutMs: 1_000, halfOpenCalls: 3 });
  await fail(breaker, 1);
  await clock.advance(1_000);
  const answer = deferred<string>();
  let called = 0;

  const callers = Array.from({ length: 1_000 }, () =>
    breaker.execute(() => {
      called += 1;
      return answer.promise;
    }),
  );
  const outcomes = Promise.allSettled(callers);
  answer.resolve('well');
  const settled = await outcomes;

  assert.equal(called, 3);
  assert.equal(settled.filter(({ status }) => status === 'rejected').length, 997);
  assert.equal(breaker.state, 'closed');
});

test('a failing test call opens it again at once, and the open time grows by the factor up to the maximum', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({
    clock,
    failureThreshold: 1,
    resetTimeoutMs: 1_000,
    resetTimeoutFactor: 2,
    maxResetTimeoutMs: 3_000,
  });
  await fail(breaker, 1);
  const openTimes: number[] = [];

  for (let recovery = 0; recovery < 3; recovery += 1) {
    openTimes.push(Number(breaker.report(clock.now())['retryAfterMs']));
    await clock.advance(openTimes.at(-1) ?? 0);
    await fail(breaker, 1);
  }
  openTimes.push(Number(breaker.report(clock.now())['retryAfterMs']));

  assert.deepEqual(openTimes, [1_000, 2_000, 3_000, 3_000]);
});

test('B3: a probe that never settles holds its place for resetTimeoutMs, then another one is let through', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, failureThreshold: 1, resetTimeoutMs: 1_000 });
  await fail(breaker, 1);
  await clock.advance(1_000);
  const hung = deferred<string>();
  const first = breaker.execute(() => hung.promise);

  await clock.advance(999);
  await assert.rejects(breaker.execute(fine), { code: 'CIRCUIT_OPEN', retryAfterMs: 0 });
  await clock.advance(1);
  const second = deferred<string>();
  const probing = breaker.execute(() => second.promise);
  hung.resolve('too late to decide');
  await first;
  assert.equal(breaker.state, 'half-open');
  second.resolve('well');
  await probing;

  assert.equal(breaker.state, 'closed');
});

test('B4: a probe that its caller cancels gives its place back and decides nothing', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, failureThreshold: 1, resetTimeoutMs: 1_000 });
  await fail(breaker, 1);
  await clock.advance(1_000);
  const caller = new AbortController();
  const probing = breaker.execute(({ signal }) => rejectsOnAbort(signal), { signal: caller.signal });

  caller.abort(new Error('the user left'));
  await assert.rejects(probing, { message: 'the user left' });

  assert.equal(breaker.state, 'half-open');
  assert.equal(await breaker.execute(fine), 'fine');
  assert.equal(breaker.state, 'closed');
});

test('B5: calls that their callers cancel are not counted', async () => {
  const breaker = new CircuitBreaker({ clock: new ManualClock(), failureThreshold: 1 });
  const caller = new AbortController();
  const leaving = breaker.execute(({ signal }) => rejectsOnAbort(signal), { signal: caller.signal });

  caller.abort(new Error('the user left'));
  await assert.rejects(leaving, { message: 'the user left' });

  assert.equal(breaker.state, 'closed');
  assert.equal(breaker.report(0)['neutral'], 1);
});

test('B5: what another breaker refuses is not counted', async () => {
  const clock = new ManualClock();
  const inner = new CircuitBreaker({ name: 'inner', clock, failureThreshold: 1 });
  const outer = new CircuitBreaker({ name: 'outer', clock, failureThreshold: 1 });
  const both = pipeline('both', [outer, inner], { clock });
  inner.trip();

  await assert.rejects(both.execute(fine), { code: 'CIRCUIT_OPEN', breaker: 'inner' });

  assert.equal(outer.state, 'closed');
});

test('B5: a persistent error that the server answered is a healthy answer: it ends a run of failures and closes', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, failureThreshold: 2, resetTimeoutMs: 1_000 });
  await fail(breaker, 1);
  await assert.rejects(breaker.execute(notFound), { status: 404 });
  await fail(breaker, 1);
  assert.equal(breaker.state, 'closed');

  await fail(breaker, 1);
  await clock.advance(1_000);
  await assert.rejects(breaker.execute(notFound), { status: 404 });

  assert.equal(breaker.state, 'closed');
});

test('B5, P7, P8: a programming error is neutral: it neither opens nor closes, and its permit is given back', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, failureThreshold: 1, resetTimeoutMs: 1_000 });
  await assert.rejects(breaker.execute(programmingError), TypeError);
  assert.equal(breaker.state, 'closed');
  await fail(breaker, 1);
  await clock.advance(1_000);

  await assert.rejects(breaker.execute(programmingError), TypeError);

  assert.equal(breaker.state, 'half-open');
  await breaker.execute(fine);
  assert.equal(breaker.state, 'closed');
});

test('B6: a wall clock that jumps changes nothing', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const breaker = new CircuitBreaker({ failureThreshold: 1, resetTimeoutMs: 60_000 });
  await fail(breaker, 1);

  context.mock.timers.setTime(1_000_000 + 3_600_000);
  assert.equal(breaker.state, 'open');
  context.mock.timers.setTime(0);

  assert.equal(breaker.state, 'open');
});

test('B6: a process that slept for hours tests at its first call', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, failureThreshold: 1, resetTimeoutMs: 60_000 });
  await fail(breaker, 1);

  await clock.advance(8 * 3_600_000);

  assert.equal(await breaker.execute(fine), 'fine');
});

test('B7: no timer runs, whatever the state', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, failureThreshold: 1 });

  await breaker.execute(fine);
  await fail(breaker, 1);
  await assert.rejects(breaker.execute(fine), { code: 'CIRCUIT_OPEN' });

  assert.equal(clock.pending, 0);
});

test('B8: the operation may throw at once, or answer without a promise', async () => {
  const breaker = new CircuitBreaker({ clock: new ManualClock(), failureThreshold: 1 });
  assert.equal(await breaker.execute(() => 42), 42);
  assert.equal(await breaker.execute(() => undefined), undefined);

  await assert.rejects(
    breaker.execute(() => {
      throw new Error('boom');
    }),
    { message: 'boom' },
  );

  assert.equal(breaker.state, 'open');
});

test('B9: the error is thrown on as it is: same object', async () => {
  const error = new Error('mine');

  const caught = await new CircuitBreaker().execute(() => Promise.reject(error)).catch((thrown: unknown) => thrown);

  assert.equal(caught, error);
});

test('B10: a listener that throws, or calls the breaker again, changes no outcome', async () => {
  const clock = new ManualClock();
  const seen: string[] = [];
  const breaker: CircuitBreaker = new CircuitBreaker({
    clock,
    failureThreshold: 1,
    resetTimeoutMs: 1_000,
    onEvent: (event: RecoveryEvent) => {
      seen.push(event.type === 'transition' ? `${event.from} > ${event.to}` : event.type);
      if (event.type === 'transition' && event.to === 'open') breaker.reset();
      throw new Error('a bad listener');
    },
  });

  await fail(breaker, 1);

  assert.equal(breaker.state, 'closed');
  assert.deepEqual(seen, ['closed > open', 'open > closed']);
});

test('P3: late results do not fill the places of test calls', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1, halfOpenCalls: 2, resetTimeoutMs: 1_000, clock });
  const late = [1, 2, 3].map(() => deferred<string>());
  const calls = late.map(({ promise }) => breaker.execute(() => promise));
  await fail(breaker, 1);
  await clock.advance(1_000);

  assert.equal(await breaker.execute(fine), 'fine');
  late.forEach(({ resolve }) => resolve('late'));
  await Promise.all(calls);

  assert.equal(breaker.state, 'half-open');
  await breaker.execute(fine);
  assert.equal(breaker.state, 'closed');
});

test('P19: each refusal is an error of its own, without a stack that grows', async () => {
  const breaker = new CircuitBreaker();
  breaker.trip();
  const refusals: unknown[] = [];
  for (let call = 1; call <= 3; call += 1) refusals.push(await breaker.execute(fine).catch((error: unknown) => error));

  assert.equal(new Set(refusals).size, 3);
  for (const refusal of refusals) {
    assert.ok(refusal instanceof CircuitBreakerOpenError && refusal instanceof Error);
    assert.equal(refusal.stack, `${refusal.name}: ${refusal.message}`);
  }
});

test('P66: of any number of changes the last twenty are kept', () => {
  const breaker = new CircuitBreaker();
  for (let change = 1; change <= 500; change += 1) {
    breaker.trip(`number ${change}`);
    breaker.reset();
  }

  assert.equal(breaker.transitions.length, 20);
  assert.deepEqual(
    breaker.transitions.filter(({ to }) => to === 'open').map(({ reason }) => reason),
    Array.from({ length: 10 }, (_, place) => `number ${491 + place}`),
  );
});

test('P16: two test calls that both fail make one transition', async () => {
  const clock = new ManualClock();
  const events: RecoveryEvent[] = [];
  const breaker = new CircuitBreaker({
    clock,
    failureThreshold: 1,
    resetTimeoutMs: 1_000,
    halfOpenCalls: 2,
    onEvent: (event) => events.push(event),
  });
  await fail(breaker, 1);
  await clock.advance(1_000);

  await Promise.allSettled([breaker.execute(refused), breaker.execute(refused)]);

  assert.deepEqual(
    events.flatMap((event) => (event.type === 'transition' ? [`${event.from} > ${event.to}`] : [])),
    ['closed > open', 'open > half-open', 'half-open > open'],
  );
});

test('trip opens now and tests by itself, probe ends the wait, reset closes; each says who and why', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, resetTimeoutMs: 1_000 });

  breaker.trip('the vendor called');
  assert.equal(breaker.state, 'open');
  await clock.advance(1_000);
  assert.equal(breaker.state, 'half-open');
  breaker.trip();
  breaker.probe('it should be well');
  assert.equal(breaker.state, 'half-open');
  breaker.reset('looked at it');

  assert.equal(breaker.state, 'closed');
  assert.deepEqual(
    breaker.transitions.map(({ from, to, trigger, reason }) => [from, to, trigger, reason]),
    [
      ['closed', 'open', 'operator', 'the vendor called'],
      ['open', 'open', 'operator', 'requested by an operator'],
      ['open', 'half-open', 'operator', 'it should be well'],
      ['half-open', 'closed', 'operator', 'looked at it'],
    ],
  );
});

test('probe does nothing to a closed circuit', () => {
  const breaker = new CircuitBreaker({ clock: new ManualClock() });

  breaker.probe();

  assert.equal(breaker.state, 'closed');
  assert.deepEqual(breaker.transitions, []);
});

test('B15: the report has counts, transitions and the time that recovery took, and reading it changes nothing', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, failureThreshold: 2, resetTimeoutMs: 1_000 });
  await breaker.execute(fine);
  await fail(breaker, 2);
  await assert.rejects(breaker.execute(fine), { code: 'CIRCUIT_OPEN' });
  await clock.advance(1_000);
  await fail(breaker, 1);
  await clock.advance(1_000);
  await breaker.execute(fine);
  await clock.advance(500);

  const report = breaker.report(clock.now());

  assert.deepEqual(breaker.report(clock.now()), report);
  const {
    state,
    sinceMs,
    calls,
    successes,
    failures,
    refused: refusals,
    openings,
    recoveries,
    lastRecoveryMs,
  } = report;
  assert.deepEqual(
    { state, sinceMs, calls, successes, failures, refusals, openings, recoveries, lastRecoveryMs },
    {
      state: 'closed',
      sinceMs: 500,
      calls: 5,
      successes: 2,
      failures: 3,
      refusals: 1,
      openings: 2,
      recoveries: 1,
      lastRecoveryMs: 2_000,
    },
  );
  assert.equal((report['transitions'] as unknown[]).length, 5);
});

test('a timeout around the breaker is a slow dependency, and counts', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  const guarded = pipeline('guarded', [timeout({ limitMs: 100 }), breaker], { clock });

  const call = guarded.execute(({ signal }) => rejectsOnAbort(signal));
  const failing = assert.rejects(call, { code: 'CALL_TIMEOUT' });
  await clock.advance(100);
  await failing;

  assert.equal(breaker.state, 'open');
});

test('one breaker listed in two pipelines is one state', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  const reads = pipeline('reads', [breaker], { clock });
  const writes = pipeline('writes', [breaker], { clock });

  await assert.rejects(reads.execute(refused), { code: 'ECONNREFUSED' });

  await assert.rejects(writes.execute(fine), { code: 'CIRCUIT_OPEN' });
  assert.throws(() => pipeline('other time', [breaker], { clock: new ManualClock() }), /two clocks/);
});

function rejectsOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

test('a report needs no reading of the clock', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock });
  await clock.advance(1_500);

  assert.deepEqual([breaker.report()['sinceMs'], breaker.report(clock.now())['sinceMs']], [0, 0]);

  await clock.advance(500);
  assert.equal(breaker.report()['sinceMs'], 500);
});
