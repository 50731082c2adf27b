import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker, type CircuitBreakerOptions } from '../index.ts';
import { sharedBreakers } from '../redis/index.ts';
import { isCircuitBreakerState } from '../policies/circuit-breaker-state.ts';
import { ManualClock } from '../testing/index.ts';

type Saved = ReturnType<CircuitBreaker['save']>;

function aBreaker(options: CircuitBreakerOptions): { readonly breaker: CircuitBreaker; readonly clock: ManualClock } {
  const clock = new ManualClock();
  return { breaker: new CircuitBreaker({ ...options, clock }), clock };
}

const down = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }));

/** Calls that succeed (`.`) or fail (`x`). */
async function calls(breaker: CircuitBreaker, results: string): Promise<void> {
  for (const result of results) await breaker.execute(result === 'x' ? down : () => 'fine').catch(() => undefined);
}

const throughJson = (saved: Saved): Saved => JSON.parse(JSON.stringify(saved)) as Saved;

test('F17: failures of a time window keep their ages when it is restored', async () => {
  const options = { window: 'time', windowMs: 10_000, failureThreshold: 3, consecutiveFailures: 0 } as const;
  const ranOn = aBreaker(options);
  await calls(ranOn.breaker, 'xx');
  await ranOn.clock.advance(9_000);
  const restored = aBreaker(options);
  restored.breaker.restore(throughJson(ranOn.breaker.save()));

  for (const { breaker, clock } of [ranOn, restored]) {
    await clock.advance(2_000);
    await calls(breaker, 'x');
  }

  assert.deepEqual([ranOn.breaker.state, restored.breaker.state], ['closed', 'closed']);
});

test('F17: a count window that is restored at each step forgets its calls in their order', async () => {
  const options = {
    window: 'count',
    windowCalls: 4,
    minimumCalls: 4,
    failureRatio: 1,
    consecutiveFailures: 0,
  } as const;
  const ranOn = aBreaker(options).breaker;
  let restored = aBreaker(options).breaker;

  for (const result of '..x...x..') {
    await calls(ranOn, result);
    await calls(restored, result);
    const saved = throughJson(restored.save());
    restored = aBreaker(options).breaker;
    restored.restore(saved);
    assert.equal(restored.report(0)['failureRatio'], ranOn.report(0)['failureRatio']);
  }
});

test('F17: runs of a rule, growth of the reset time and a ramp go on', async () => {
  const options = {
    failureThreshold: 10,
    resetTimeoutMs: 100,
    resetTimeoutFactor: 3,
    rampUpMs: 1_000,
    rules: [{ when: 'ECONNREFUSED', failureThreshold: 2 }],
  } as const;
  const first = aBreaker(options);
  await calls(first.breaker, 'x');
  const second = aBreaker(options);
  second.breaker.restore(throughJson(first.breaker.save()));
  await calls(second.breaker, 'x');
  assert.equal(second.breaker.state, 'open', 'the second failure in a row of the rule');

  await second.clock.advance(100);
  await calls(second.breaker, 'x');
  const third = aBreaker(options);
  third.breaker.restore(throughJson(second.breaker.save()));
  assert.equal(third.breaker.report(third.clock.now())['retryAfterMs'], 300);

  await third.clock.advance(300);
  await calls(third.breaker, '.');
  const fourth = aBreaker(options);
  fourth.breaker.restore(throughJson(third.breaker.save()), 200);
  assert.equal(fourth.breaker.report(fourth.clock.now())['rampingUp'], true);
  await fourth.clock.advance(800);
  assert.equal(fourth.breaker.report(fourth.clock.now())['rampingUp'], false);
});

test('F17: successful tests of a half-open circuit still count', async () => {
  const options = { failureThreshold: 1, resetTimeoutMs: 100, halfOpenCalls: 2 };
  const first = aBreaker(options);
  await calls(first.breaker, 'x');
  await first.clock.advance(100);
  await calls(first.breaker, '.');
  const second = aBreaker(options);
  second.breaker.restore(throughJson(first.breaker.save()));

  assert.equal(second.breaker.state, 'half-open');
  await calls(second.breaker, '.');

  assert.equal(second.breaker.state, 'closed');
});

test('F17: a breaker that an operator opened is still his after it is restored', async () => {
  const first = aBreaker({});
  first.breaker.trip('maintenance');
  const second = aBreaker({});
  second.breaker.restore(throughJson(first.breaker.save()));

  assert.equal(first.breaker.awaitsRecovery, false);
  assert.equal(second.breaker.awaitsRecovery, false);
  assert.deepEqual(
    second.breaker.transitions.map(({ from, to, trigger, reason }) => ({ from, to, trigger, reason })),
    [{ from: 'closed', to: 'open', trigger: 'operator', reason: 'maintenance' }],
  );
});

test('F17: what a process found down before it was restarted is still its finding among those that share', async () => {
  const first = aBreaker({ failureThreshold: 1 });
  await calls(first.breaker, 'x');
  const second = aBreaker({ failureThreshold: 1 });
  second.breaker.restore(throughJson(first.breaker.save()), 1_000);
  const findings: (string | undefined)[] = [];
  const client = {
    eval: async (_script: string, { arguments: given }: { readonly arguments: readonly string[] }) => {
      findings.push(given.at(-1));
      return [[1, '0', '0']];
    },
  };

  await sharedBreakers({ client, breakers: [second.breaker], clock: second.clock }).sync();

  assert.deepEqual(findings, ['down']);
});

test('F17: a window of another kind or length begins empty, a count window of another size keeps the newest calls', async () => {
  const first = aBreaker({ window: 'count', windowCalls: 10 });
  await calls(first.breaker, 'xx....xx');
  const saved = throughJson(first.breaker.save());
  const failureRatio = (options: CircuitBreakerOptions): unknown => {
    const { breaker, clock } = aBreaker(options);
    breaker.restore(saved);
    return breaker.report(clock.now())['failureRatio'];
  };

  assert.equal(failureRatio({ window: 'count', windowCalls: 4, minimumCalls: 4 }), 0.5);
  assert.equal(failureRatio({ window: 'count', windowCalls: 100 }), 0.5);
  assert.equal(failureRatio({ window: 'time' }), undefined);
  const timed = aBreaker({ window: 'time', windowMs: 5_000 });
  await calls(timed.breaker, 'x');
  const other = aBreaker({ window: 'time', windowMs: 6_000 });
  other.breaker.restore(throughJson(timed.breaker.save()));
  assert.equal(other.breaker.report(0)['failureRatio'], undefined);
});

test('F17: what version 1 saved is still read, as if its calls had just happened', async () => {
  const saved = {
    version: 1,
    name: 'db',
    state: 'closed',
    sinceMs: 100,
    testsInMs: 0,
    failuresInARow: 1,
    failedRecoveries: 0,
    reason: 'initial state',
    window: { calls: 3, failures: 1, slow: 0 },
  };
  for (const window of ['count', 'time'] as const) {
    const { breaker, clock } = aBreaker({ window });
    breaker.restore(saved as never);
    assert.equal(breaker.report(clock.now())['failureRatio'], 1 / 3, window);
  }
});

test('F17: a saved state is plain JSON, small, and grows with nothing but the size of a count window', async () => {
  const { breaker, clock } = aBreaker({ window: 'time' });
  for (let call = 0; call < 500; call += 1) {
    await calls(breaker, '.');
    await clock.advance(37);
  }
  const saved = breaker.save();

  assert.deepEqual(throughJson(saved), JSON.parse(JSON.stringify(saved)));
  assert.ok(JSON.stringify(saved).length < 700, JSON.stringify(saved));
});

test('F17: a file that anybody may have written to is read with care', async () => {
  const timed = aBreaker({ window: 'time', rampUpMs: 100 });
  await calls(timed.breaker, '.x.');
  timed.breaker.isolate('maintenance');
  const counted = aBreaker({ window: 'count' });
  await calls(counted.breaker, '.x.');
  const time = throughJson(timed.breaker.save());
  const count = throughJson(counted.breaker.save());
  assert.ok(isCircuitBreakerState(time) && isCircuitBreakerState(count));

  const change = { from: 'closed', to: 'open', trigger: 'automatic', reason: 'a test', agoMs: 5 };
  assert.ok(isCircuitBreakerState({ ...time, transitions: [change] }));
  const wrong: unknown[] = [
    null,
    'saved',
    [],
    { ...time, version: 3 },
    { ...time, name: 7 },
    { ...time, name: 'n'.repeat(200_000) },
    { ...time, reason: 'r'.repeat(200_000) },
    { ...time, state: 'ajar' },
    { ...time, sinceMs: -1 },
    { ...time, testsInMs: null },
    { ...time, failuresInARow: '3' },
    { ...time, failuresInARow: 1.5 },
    { ...time, failedRecoveries: Infinity },
    { ...time, order: { ...time.order, endsInMs: Number.NaN } },
    { ...time, order: { ...time.order, kind: 'obey' } },
    { ...time, order: 'isolate' },
    { ...time, transitions: [{ ...change, trigger: 'nobody' }] },
    { ...time, transitions: [{ ...change, agoMs: -5 }] },
    { ...time, transitions: [change, change, change] },
    { ...time, ruleRuns: [-1] },
    { ...time, ruleRuns: Array(2_000_000).fill(0) },
    { ...time, ramp: { endsInMs: -1, credit: 0 } },
    { ...time, ramp: { endsInMs: 10, credit: 5_000 } },
    { ...time, testSuccesses: 0.5 },
    { ...time, window: undefined },
    { ...time, window: { ...time.window, kind: 'sliding' } },
    { ...time, window: { ...time.window, ageMs: 1e300 } },
    { ...time, window: { ...time.window, windowMs: 0 } },
    { ...time, window: { ...time.window, buckets: Array.from({ length: 11 }, () => [1, 0, 0]) } },
    { ...time, window: { ...time.window, buckets: [[1, 2, 0]] } },
    { ...time, window: { ...time.window, buckets: [[1e300, 0, 0]] } },
    { ...time, window: { ...time.window, buckets: [[1, 0]] } },
    { ...time, window: { ...time.window, buckets: 'none' } },
    { ...count, window: { ...count.window, outcomes: '0123x' } },
    { ...count, window: { ...count.window, outcomes: '0'.repeat(100_001) } },
    { ...count, window: { ...count.window, outcomes: [0, 1] } },
  ];
  for (const value of wrong) {
    assert.equal(isCircuitBreakerState(value), false, JSON.stringify(value)?.slice(0, 300));
    assert.throws(() => timed.breaker.restore(value as Saved), TypeError);
  }
  assert.equal(timed.breaker.state, 'open', 'nothing has been changed');
});

test('F17: an elapsed time that is no time is refused', () => {
  const { breaker } = aBreaker({});
  const saved = breaker.save();
  for (const elapsedMs of [Number.NaN, -1, Infinity, '5'] as number[]) {
    assert.throws(() => breaker.restore(saved, elapsedMs), { name: 'RangeError', message: /elapsedMs must be/ });
  }
});

test('F17: a time that is out of all measure does not make a window stand still', async () => {
  for (const elapsedMs of [1e13, 1e18, 1e308, Number.MAX_VALUE]) {
    const clock = new ManualClock();
    const options = { window: 'time', windowMs: 10_000, failureThreshold: 3, consecutiveFailures: 0, clock } as const;
    const saved = new CircuitBreaker(options).save();
    const restored = new CircuitBreaker(options);
    restored.restore(saved, elapsedMs);

    for (let failure = 0; failure < 9; failure += 1) {
      await assert.rejects(
        restored.execute(() => Promise.reject(new Error('down'))),
        { message: 'down' },
      );
      await clock.advance(6_000);
    }

    assert.equal(restored.state, 'closed', `two failures in ten seconds, restored after ${elapsedMs} ms`);
    new CircuitBreaker(options).restore(restored.save());
  }
});

test('F17: numbers that no breaker can have saved are refused', () => {
  const saved = new CircuitBreaker({ window: 'count' }).save();
  const order = { kind: 'isolate', reason: 'x', actor: undefined, sinceMs: 0, endsInMs: 8 * 24 * 60 * 60_000 };
  for (const patch of [
    { order },
    { sinceMs: 1e300 },
    { testsInMs: 1e300 },
    { openForMs: Number.MAX_VALUE },
    { window: { calls: 1, failures: 2, slow: 0 } },
    { version: 1, window: { calls: 0, failures: 0, slow: 1 } },
  ]) {
    const hostile = { ...saved, ...patch } as Saved;
    const breaker = new CircuitBreaker({ window: 'count' });
    assert.throws(() => breaker.restore(hostile), { name: 'TypeError' }, JSON.stringify(patch));
    assert.equal(breaker.state, 'closed');
  }
});
