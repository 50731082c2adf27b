import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { circuitBreaker, pipeline, retry, retryBudget, type AttemptBudget, type RetryBudgetOptions } from '../index.ts';
import { ManualClock } from '../testing/index.ts';

const down = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' }));

test('B26: in the steady state one retry is made for five first attempts, and one per second', async () => {
  const clock = new ManualClock();
  const budget = retryBudget();
  let calls = 0;
  const read = pipeline('read', [retry({ strategy: 'immediate', maxAttempts: 5, budget })], { clock });

  for (let second = 0; second < 60; second += 1) {
    for (let call = 0; call < 50; call += 1) {
      await read
        .execute(() => {
          calls += 1;
          return down();
        })
        .catch(() => undefined);
    }
    await clock.advance(1_000);
  }

  const firsts = 60 * 50;
  assert.ok(calls - firsts <= 0.2 * firsts + 61, `${calls - firsts} retries`);
  assert.ok(calls - firsts >= 0.2 * firsts * 0.95, `${calls - firsts} retries`);
});

test('B26, P38: a denied retry throws the dependency’s error at once, and the event says that the budget denied it', async () => {
  const clock = new ManualClock();
  const stops: unknown[] = [];
  const budget = retryBudget({ ratio: 0, minPerSecond: 0 });
  const read = pipeline('read', [retry({ budget })], {
    clock,
    onEvent: (event) => stops.push(event.type === 'gave-up' ? event.stoppedBy : event.type),
  });

  await assert.rejects(read.execute(down), { code: 'ECONNREFUSED' });

  assert.deepEqual(stops, ['budget']);
  assert.equal(clock.pending, 0, 'it has not waited first');
  assert.equal(budget.report(clock.now())['denied'], 1);
});

test('B26: little traffic is retried, too: the floor', async () => {
  const clock = new ManualClock();
  let calls = 0;
  const read = pipeline('read', [retry({ strategy: 'immediate', budget: retryBudget() })], { clock });

  const answer = await read.execute(() => {
    calls += 1;
    return calls === 1 ? down() : Promise.resolve('fine');
  });

  assert.equal(answer, 'fine');
});

test('one budget is shared by the retries that are given it', () => {
  const budget = retryBudget({ ratio: 0.5, minPerSecond: 0 });
  for (let call = 0; call < 4; call += 1) budget.record(0);

  assert.deepEqual([budget.tryTake(0), budget.tryTake(1), budget.tryTake(2)], [true, true, false]);
});

test('B51: a budget is checked like everything', () => {
  assert.throws(() => retryBudget({ ratio: 1.5, minPerSecond: -1 }), {
    code: 'INVALID_SETTINGS',
    issues: ['ratio must be a number from 0 to 1, got 1.5', 'minPerSecond must be a number from 0 to 1000000, got -1'],
  });
  assert.throws(() => retry({ budget: 0.2 as never }), { code: 'INVALID_SETTINGS' });
});

type Step = 'first' | 'retry' | { readonly waitMs: number };

test('B26: allows just what a list of everything allows', () => {
  const schedule = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant<Step>('first') },
      { weight: 4, arbitrary: fc.constant<Step>('retry') },
      {
        weight: 2,
        arbitrary: fc.record({ waitMs: fc.constantFrom(0, 1, 250, 999, 1_000, 2_500, 9_000, 10_000, 3_600_000) }),
      },
    ),
    { minLength: 10, maxLength: 200, size: 'max' },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(0, 0.1, 0.2, 0.29, 1),
      fc.constantFrom(0, 1, 2, 4),
      schedule,
      (ratio, minPerSecond, steps) => {
        const startsAt = 12_345;
        const budget = retryBudget({ ratio, minPerSecond });
        const firsts: number[] = [];
        const earned: number[] = [];
        let floor = Math.max(1, minPerSecond);
        let now = startsAt;
        budget.report(now); // its time begins with its first use
        for (const step of steps) {
          const secondOf = (at: number): number => Math.floor((at - startsAt) / 1_000);
          const recent = (at: number): boolean => secondOf(at) > secondOf(now) - 10;
          if (step === 'first') {
            firsts.push(now);
            budget.record(now);
          } else if (step === 'retry') {
            const byRatio = (earned.filter(recent).length + 1) / firsts.filter(recent).length <= ratio;
            const byFloor = !byRatio && minPerSecond > 0 && floor >= 1;
            if (byRatio) earned.push(now);
            if (byFloor) floor -= 1;
            assert.equal(budget.tryTake(now), byRatio || byFloor);
          } else {
            now += step.waitMs;
            floor = Math.min(floor + (step.waitMs / 1_000) * minPerSecond, Math.max(1, minPerSecond));
          }
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('it has a name, and says what it allowed and denied', () => {
  const budget = retryBudget({ name: 'database', ratio: 0.5, minPerSecond: 0 });
  for (let call = 1; call <= 4; call += 1) budget.record(0);
  const answers = [1, 2, 3].map(() => budget.tryTake(0));

  assert.deepEqual(answers, [true, true, false]);
  assert.deepEqual(budget.report(0), { firstAttempts: 4, retries: 2, allowed: 2, denied: 1 });
  assert.deepEqual([budget.name, budget.kind, retryBudget().name], ['database', 'retry-budget', 'retry-budget']);
});

test('B51: wrong options are told under the name of the budget', () => {
  assert.throws(() => retryBudget({ name: 'database', ratio: 2 }), {
    message: 'retry budget "database": ratio must be a number from 0 to 1, got 2.',
  });
  assert.throws(() => retryBudget({ name: 5 } as unknown as RetryBudgetOptions), {
    message: 'retry budget "retry-budget": name must be a string, got 5.',
  });
  assert.throws(() => retryBudget(null as unknown as RetryBudgetOptions), { code: 'INVALID_SETTINGS' });
});

/** A budget that notes down what was granted and not used. */
function counted(
  inner = retryBudget({ ratio: 0.5, minPerSecond: 2 }),
): AttemptBudget & { granted: number; given: number } {
  const budget = {
    granted: 0,
    given: 0,
    record: (now: number) => inner.record(now),
    tryTake: (now: number) => {
      const isGranted = inner.tryTake(now);
      if (isGranted) budget.granted += 1;
      return isGranted;
    },
    giveBack: (now: number, takenAt: number) => {
      budget.given += 1;
      return inner.giveBack(now, takenAt);
    },
  };
  return budget;
}

test('F18: an attempt that an open breaker refuses at once costs no token', async () => {
  const clock = new ManualClock();
  const budget = counted();
  const guarded = pipeline(
    'p',
    [retry({ maxAttempts: 5, strategy: 'immediate', budget }), circuitBreaker({ failureThreshold: 2 })],
    { clock },
  );

  await assert.rejects(guarded.execute(down), { code: 'CIRCUIT_OPEN' });

  assert.deepEqual([budget.granted, budget.given], [2, 1]);
});

test('F18: an attempt that the caller does not wait for costs no token', async () => {
  const clock = new ManualClock();
  const budget = counted();
  const left = new AbortController();
  const running = retry({ baseMs: 1_000, jitter: 'none', budget, clock }).execute(down, left.signal);
  const ended = assert.rejects(running, { name: 'AbortError' });
  await clock.advance(10);
  left.abort();
  await ended;

  assert.deepEqual([budget.granted, budget.given], [1, 1]);
});

test('F18: what is given back at once was never taken: the same answers as of a budget that was not asked', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ afterMs: fc.integer({ min: 0, max: 700 }), what: fc.constantFrom('first', 'retry', 'unused') }),
        { maxLength: 200 },
      ),
      fc.constantFrom({ ratio: 0.5, minPerSecond: 2 }, { ratio: 0, minPerSecond: 1 }, { ratio: 0.3, minPerSecond: 0 }),
      (steps, options) => {
        const tried = retryBudget(options);
        const model = retryBudget(options);
        let now = 5;
        for (const { afterMs, what } of steps) {
          now += afterMs;
          if (what === 'first') {
            tried.record(now);
            model.record(now);
          } else if (what === 'retry') assert.equal(tried.tryTake(now), model.tryTake(now));
          else if (tried.tryTake(now)) assert.equal(tried.giveBack(now, now), true);
          const { firstAttempts, retries, allowed } = tried.report(now);
          const expected = model.report(now);
          assert.deepEqual(
            [firstAttempts, retries, allowed],
            [expected['firstAttempts'], expected['retries'], expected['allowed']],
          );
        }
      },
    ),
  );
});

test('F18: what was given back later can be taken by another one, and never more than was taken', () => {
  const budget = retryBudget({ ratio: 0.1, minPerSecond: 0 });
  for (let call = 0; call < 20; call += 1) budget.record(0);
  assert.deepEqual([budget.tryTake(0), budget.tryTake(100), budget.tryTake(200)], [true, true, false]);
  assert.equal(budget.giveBack(3_000, 100), true);
  assert.equal(budget.giveBack(3_000, 100), true);
  assert.equal(budget.giveBack(3_000, 100), false);
  assert.deepEqual([budget.tryTake(3_000), budget.tryTake(3_000), budget.tryTake(3_000)], [true, true, false]);
  assert.equal(budget.giveBack(20_000, 3_000), false);
});

test('a budget of a user may throw, and a promise of it is no yes', async () => {
  const wrong: readonly AttemptBudget[] = [
    { record: () => assert.fail('as it throws'), tryTake: () => assert.fail('as it throws') },
    { record: () => {}, tryTake: (() => Promise.resolve(true)) as unknown as () => boolean },
    { record: () => {}, tryTake: (() => Promise.reject(new Error('no'))) as unknown as () => boolean },
    { record: () => {}, tryTake: (() => 'yes') as unknown as () => boolean },
  ];
  for (const budget of wrong) {
    const outcome = await retry({ strategy: 'immediate', budget }).executeOutcome(down);
    assert.deepEqual([outcome.attempts, outcome.stoppedBy], [1, 'budget']);
  }
});
