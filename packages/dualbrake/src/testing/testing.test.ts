import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  bulkhead,
  CircuitBreaker,
  hedge,
  keyedBreakers,
  measure,
  rateLimit,
  retry,
  staleCache,
  timeout,
  type Policy,
} from '../index.ts';
import {
  faultSchedule,
  flaky,
  ManualClock,
  policyContract,
  seededRandom,
  simulate,
  type SimulationOptions,
} from './index.ts';

test('flaky follows its script, repeats the last step, and counts', async () => {
  const error = new Error('first');
  const operation = flaky([error, 'value']);

  await assert.rejects(operation(), error);
  assert.deepEqual([await operation(), await operation(), operation.calls], ['value', 'value', 3]);
  assert.throws(() => flaky([]), RangeError);
});

test('flaky fails a number of times, or by a seeded chance', async () => {
  const twice = flaky({ failures: 2, value: 'value' });
  await assert.rejects(twice(), { code: 'ECONNREFUSED' });
  await assert.rejects(twice(), { code: 'ECONNREFUSED' });
  assert.equal(await twice(), 'value');

  const byChance = flaky({ ratio: 0.3, random: seededRandom(7), value: 1 });
  const outcomes = await Promise.allSettled(Array.from({ length: 1_000 }, () => byChance()));
  const failed = outcomes.filter(({ status }) => status === 'rejected').length;
  assert.ok(failed > 250 && failed < 350, `${failed} of 1,000`);
});

test('a schedule is down from 10 s to 40 s, then slow', async () => {
  const clock = new ManualClock(5_000);
  const operation = faultSchedule([
    { fromMs: 40_000, toMs: 50_000, fault: 'slow', delayMs: 300 },
    { fromMs: 10_000, toMs: 40_000, fault: 'refuse' },
  ]).operation(clock, 'fine', { latencyMs: 20 });
  const { signal } = new AbortController();
  const ask = async (afterMs: number): Promise<unknown> => {
    const startedAt = clock.now();
    let tookMs = 0;
    const asked = operation({ signal }).then(
      (value) => ((tookMs = clock.now() - startedAt), value),
      (error: { code: string }) => error.code,
    );
    await clock.advance(afterMs);
    return [await asked, tookMs];
  };

  assert.deepEqual(await ask(10_000), ['fine', 20]);
  assert.deepEqual(await ask(30_000), ['ECONNREFUSED', 0]);
  assert.deepEqual(await ask(10_000), ['fine', 320]);
  assert.deepEqual(await ask(100), ['fine', 20]);
  assert.equal(clock.pending, 0);
});

test('an operation of a schedule lets go when its caller leaves, also when it hangs', async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  const operation = faultSchedule([{ fromMs: 0, toMs: 1_000, fault: 'hang' }]).operation(clock, 1);
  const asked = operation({ signal: caller.signal });

  caller.abort(new Error('gone'));

  await assert.rejects(asked, { message: 'gone' });
  assert.equal(clock.pending, 0);
});

test('a schedule that cannot be is refused', () => {
  assert.throws(() => faultSchedule([{ fromMs: 5, toMs: 5, fault: 'hang' }]), RangeError);
  assert.throws(
    () =>
      faultSchedule([
        { fromMs: 0, toMs: 10, fault: 'hang' },
        { fromMs: 9, toMs: 20, fault: 'slow' },
      ]),
    RangeError,
  );
});

const builtIn: Readonly<Record<string, () => Policy<unknown>>> = {
  'circuit breaker': () => new CircuitBreaker(),
  'circuit breaker with slow calls': () => new CircuitBreaker({ window: 'time', slowCallMs: 50 }),
  'keyed breakers': () => keyedBreakers(),
  retry: () => retry(),
  timeout: () => timeout({ limitMs: 1_000 }),
  bulkhead: () => bulkhead({ limit: 1, queue: 5 }),
  'rate limit': () => rateLimit({ limit: 10, perMs: 1_000 }),
  hedge: () => hedge({ delayMs: 50, idempotent: true }),
  measure: () => measure(),
  'stale cache': () => staleCache({ key: () => 'same', singleFlight: false }),
};

for (const [name, make] of Object.entries(builtIn)) {
  describe(`${name} keeps the contract of a policy`, () => {
    for (const check of policyContract(make)) test(check.name, () => check.run());
  });
}

const broken: Readonly<Record<string, Policy>> = {
  'swallows errors': { name: 'swallows', run: (call, next) => next(call).catch(() => undefined as never) },
  'wraps errors': {
    name: 'wraps',
    run: (call, next) =>
      next(call).catch((cause: unknown) => {
        throw new Error('wrapped', { cause });
      }),
  },
  'calls twice': { name: 'twice', run: (call, next) => next(call).then(() => next(call)) },
  'leaves a listener': {
    name: 'listens',
    run: (call, next) => {
      call.signal.addEventListener('abort', () => undefined);
      return next(call);
    },
  },
  'leaves a timer': {
    name: 'waits',
    run: (call, next) => {
      call.host.clock.after(1_000, () => undefined);
      return next(call);
    },
  },
  'loses the context': { name: 'loses', run: (call, next) => next(call.withAttempt(7)) },
};

for (const [what, policy] of Object.entries(broken)) {
  test(`the contract finds a policy that ${what}`, async () => {
    const outcomes = await Promise.allSettled(policyContract(() => policy).map((check) => check.run()));
    assert.ok(outcomes.some(({ status }) => status === 'rejected'));
  });
}

const outage: Omit<SimulationOptions, 'build'> = {
  durationMs: 90_000,
  callsPerSecond: 200,
  dependency: { latencyMs: 20, faults: [{ fromMs: 20_000, toMs: 50_000, fault: 'refuse' }] },
};

test('the simulator: bare calls all reach a dead dependency, a breaker keeps them from it', async () => {
  const bare = await simulate({ ...outage, build: () => undefined });
  const guarded = await simulate({
    ...outage,
    build: ({ clock }) => new CircuitBreaker({ window: 'time', resetTimeoutMs: 1_000, clock }),
  });

  assert.deepEqual(
    [bare.calls, bare.loadDuringFaults, bare.detectedAfterMs, bare.recoveredAfterMs],
    [18_000, 6_000, undefined, 0],
  );
  assert.ok(guarded.loadDuringFaults <= 60, `${guarded.loadDuringFaults} calls`);
  assert.ok((guarded.detectedAfterMs ?? Infinity) <= 150, `${guarded.detectedAfterMs} ms`);
  assert.ok((guarded.recoveredAfterMs ?? Infinity) <= 1_050, `${guarded.recoveredAfterMs} ms`);
  assert.ok(guarded.peakAfterwards <= 200);
});

test('the simulator: the same seed gives the same report', async () => {
  const run = (seed: number): Promise<unknown> =>
    simulate({
      ...outage,
      durationMs: 30_000,
      dependency: { latencyMs: 5, faults: [{ fromMs: 5_000, toMs: 20_000, fault: 'error', ratio: 0.3 }] },
      seed,
      build: ({ clock, random }) => retry({ baseMs: 50, clock, random }),
    });

  assert.deepEqual(await run(3), await run(3));
  assert.notDeepEqual(await run(3), await run(4));
});

test('the simulator: a dependency works off its line, also for callers who have left', async () => {
  const { load, answered, goodput } = await simulate({
    durationMs: 10_000,
    callsPerSecond: 100,
    patienceMs: 500,
    dependency: { latencyMs: 20, capacity: 1 },
    build: () => undefined,
  });

  assert.equal(load, 1_000);
  assert.ok(answered < 100, `only the first ones are answered in time: ${answered}`);
  assert.deepEqual(goodput.slice(5), [0, 0, 0, 0, 0], 'it works, and nobody gets anything of it');
});
