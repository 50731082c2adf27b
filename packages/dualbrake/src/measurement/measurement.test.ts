import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CircuitBreaker, keyedBreakers, Registry, retry, retryBudget, timeout } from '../index.ts';
import { ManualClock, seededRandom } from '../testing/index.ts';
import { Measurement, OTHER_TYPES, OVERFLOW } from './index.ts';
import type { Funnel } from './retry-record.ts';

const refused = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
const unauthorized = () => Object.assign(new Error('no'), { status: 401 });

/** What must hold of a funnel at any moment; see `AttemptRow`. */
function assertBalanced(funnel: Funnel): void {
  const { operations, inFlight, endings, rows } = funnel;
  const ended = Object.values(endings).reduce((sum, count) => sum + count, 0);
  assert.equal(operations, ended + inFlight);
  assert.equal(rows[0]?.started, operations);
  let underWay = 0;
  for (const [place, row] of rows.entries()) {
    assert.equal(
      row.started,
      row.succeeded + row.notRetryable + row.abandoned + row.retryable + row.running,
      row.attempt,
    );
    const denied = row.deniedBudget + row.deniedDeadline + row.deniedBreaker;
    assert.equal(row.retryable, row.continued + row.exhausted + denied + row.leftWaiting + row.waiting, row.attempt);
    const next = rows[place + 1];
    const isLast = place === 5;
    if (next !== undefined) assert.equal(next.started, row.continued + (place === 4 ? next.continued : 0));
    else if (!isLast) assert.equal(row.continued, 0);
    underWay += row.running + row.waiting;
  }
  assert.equal(inFlight, underWay);
  const sum = (
    field: 'succeeded' | 'exhausted' | 'deniedBudget' | 'deniedDeadline' | 'deniedBreaker' | 'notRetryable',
  ) => rows.reduce((total, row) => total + row[field], 0);
  assert.equal(endings.first_try + endings.after_retry, sum('succeeded'));
  assert.equal(endings.first_try, rows[0]?.succeeded);
  assert.equal(endings.exhausted, sum('exhausted'));
  assert.equal(endings.not_retryable, sum('notRetryable'));
  assert.equal(endings.denied_budget, sum('deniedBudget'));
  assert.equal(endings.denied_deadline, sum('deniedDeadline'));
  assert.equal(endings.denied_breaker, sum('deniedBreaker'));
}

test('the funnel and the counters of a breaker balance at every moment of random traffic, and agree with who counts along', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (seed, maxAttempts, hasBudget) => {
        const random = seededRandom(seed);
        const clock = new ManualClock();
        const registry = new Registry({ clock, random });
        const measurement = Measurement.of(registry);
        const breaker = new CircuitBreaker({ name: 'db', failureThreshold: 4, resetTimeoutMs: 300, slowCallMs: 40 });
        const again = retry({
          maxAttempts,
          baseMs: 20,
          jitter: 'full',
          ...(hasBudget ? { budget: retryBudget({ ratio: 0.3, minPerSecond: 1 }) } : {}),
        });
        const calls = registry.pipeline('calls', [again, breaker, timeout({ limitMs: 60 })]);
        const startedByAttempt = new Map<number, number>();
        const running = new Set<Promise<unknown>>();
        let ended = { ok: 0, failed: 0 };
        const operation = async ({ attempt }: { attempt: number }): Promise<void> => {
          startedByAttempt.set(attempt, (startedByAttempt.get(attempt) ?? 0) + 1);
          await new Promise<void>((resolve) => clock.after(Math.floor(random() * 90), resolve));
          const chance = random();
          if (chance < 0.4) throw refused();
          if (chance < 0.5) throw unauthorized();
        };
        const record = measurement.retry(again);
        const calledAt = measurement.breaker(breaker);
        for (let step = 0; step < 40; step += 1) {
          if (random() < 0.8) {
            const leaving = new AbortController();
            if (random() < 0.2) clock.after(Math.floor(random() * 100), () => leaving.abort());
            const context = {
              ...(random() < 0.7 ? { signal: leaving.signal } : {}),
              ...(random() < 0.3 ? { deadline: clock.now() + 100 } : {}),
            };
            const call = calls.execute(operation, context).then(
              () => void (ended.ok += 1),
              () => void (ended.failed += 1),
            );
            running.add(call);
            void call.finally(() => running.delete(call));
          }
          await clock.advance(Math.floor(random() * 30));
          assertBalanced(record?.funnel as Funnel);
        }
        while (running.size > 0) await clock.advance(50);
        const funnel = record?.funnel as Funnel;
        assertBalanced(funnel);

        assert.equal(funnel.inFlight, 0);
        assert.equal(funnel.endings.first_try + funnel.endings.after_retry, ended.ok);
        assert.equal(funnel.operations, ended.ok + ended.failed);
        const counted = calledAt?.calls;
        assert.ok(counted !== undefined);
        const rejected = counted.rejected_open + counted.rejected_override + counted.rejected_probe_limit;
        const asked = Object.values(counted).reduce((sum, count) => sum + count, 0);
        assert.equal(asked, funnel.attempts);
        const called = [...startedByAttempt.values()].reduce((sum, count) => sum + count, 0);
        assert.equal(asked - rejected, called);
        const own = breaker.report(clock.now());
        assert.equal(counted.success + counted.slow, own['successes']);
        assert.equal(counted.failure + counted.timeout, own['failures']);
        assert.equal(counted.ignored + counted.cancelled, own['neutral']);
        assert.equal(rejected, own['refused']);
        const openings = calledAt?.transitions
          .filter(({ to }) => to === 'open')
          .reduce((sum, { count }) => sum + count, 0);
        assert.equal(openings, own['openings']);
        assert.equal(calledAt?.recoveryMs.count, own['recoveries']);
        const errors = calledAt?.errors.list().reduce((sum, { count }) => sum + count, 0) ?? 0;
        // What the server answered with no is a success to a breaker, and an error all the same.
        assert.ok(errors >= counted.failure + counted.timeout + counted.ignored + counted.cancelled);
      },
    ),
    { numRuns: 60 },
  );
});

test('whether measured or not, a call comes to the same', async () => {
  const outcomes = async (measured: boolean) => {
    const random = seededRandom(7);
    const clock = new ManualClock();
    const registry = new Registry({ clock, random });
    if (measured) Measurement.of(registry);
    const breaker = new CircuitBreaker({ window: 'count', windowCalls: 10, minimumCalls: 5, resetTimeoutMs: 50 });
    const calls = registry.pipeline('calls', [retry({ baseMs: 1, jitter: 'none' }), breaker]);
    const told: string[] = [];
    for (let call = 0; call < 300; call += 1) {
      const fails = random() < 0.5;
      const done = calls.executeOutcome(() => (fails ? Promise.reject(refused()) : 1));
      await clock.advance(10);
      const { ok, attempts, stoppedBy } = await done;
      told.push(`${ok} ${attempts} ${stoppedBy} ${breaker.state}`);
    }
    return told;
  };

  assert.deepEqual(await outcomes(true), await outcomes(false));
});

test('P65: series have a bound, whatever the number of breakers, tenants and kinds of errors', async () => {
  const registry = new Registry({ clock: new ManualClock() });
  const measurement = new Measurement(registry, { maxSeries: 3 });
  const perTenant = keyedBreakers({ name: 'tenants', key: ({ attributes }) => String(attributes['tenant']) });
  const tenants = registry.pipeline('tenants', [perTenant]);
  for (let tenant = 0; tenant < 50; tenant += 1) await tenants.execute(() => 1, { attributes: { tenant } });
  for (let place = 0; place < 5; place += 1) {
    const breaker = new CircuitBreaker({ name: 'breaker', failureThreshold: 1_000 });
    const calls = registry.pipeline(`calls-${place}`, [breaker]);
    for (let code = 0; code < 60; code += 1) {
      await calls.execute(() => Promise.reject(Object.assign(new Error('x'), { status: 540 + code }))).catch(() => {});
    }
  }
  const breakers = measurement.breakers();

  assert.deepEqual([...breakers.keys()], ['tenants', 'calls-0.breaker', 'calls-1.breaker', OVERFLOW]);
  assert.equal(breakers.get('tenants')?.calls.success, 50);
  assert.equal(breakers.get(OVERFLOW)?.calls.failure, 180);
  for (const record of breakers.values()) assert.ok(record.errors.list().length <= 33);
  const types = breakers.get('calls-0.breaker')?.errors.list() ?? [];
  assert.equal(
    types.reduce((sum, { count }) => sum + count, 0),
    60,
  );
  assert.ok(types.every(({ type }) => type !== OTHER_TYPES) || types.at(-1)?.type === OTHER_TYPES);
});

test('what is removed from the registry is measured no more, and makes room', async () => {
  const registry = new Registry({ clock: new ManualClock() });
  const measurement = new Measurement(registry, { maxSeries: 1 });
  const old = registry.pipeline('old', [new CircuitBreaker()]);
  await old.execute(() => 1);
  registry.remove('old');
  assert.deepEqual([...measurement.breakers().keys()], []);
  const fresh = registry.pipeline('fresh', [new CircuitBreaker()]);
  await fresh.execute(() => 1);

  assert.deepEqual([...measurement.breakers().keys()], ['fresh.circuit-breaker']);
  assert.throws(() => registry.remove('old'), RangeError);
  await old.execute(() => 1);
});

test('a registry is measured once, by whoever asks', () => {
  const registry = new Registry({ clock: new ManualClock() });
  const measurement = Measurement.of(registry);

  assert.equal(Measurement.of(registry), measurement);
  assert.throws(() => new Measurement(registry), /already has a recorder/);
  measurement.stop();
  assert.notEqual(Measurement.of(registry), measurement);
});

test('an error is counted by class and rule, with the call it was last seen in and nothing of its message', async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const measurement = Measurement.of(registry);
  const breaker = new CircuitBreaker({ name: 'db' });
  const calls = registry.pipeline('read', [breaker]);
  const secret = Object.assign(new Error('password=hunter2'), { code: 'ECONNREFUSED', syscall: 'connect' });
  const attributes = { correlationId: 'c-1', password: 'hunter2' };
  await clock.advance(5);
  await calls.execute(() => Promise.reject(secret), { key: 'students.find', attributes }).catch(() => {});
  const errors = measurement.breaker(breaker)?.errors.list();

  assert.deepEqual(errors, [
    {
      class: 'transient',
      type: 'node.ECONNREFUSED',
      count: 1,
      firstAt: 5,
      lastAt: 5,
      sample: { at: 5, key: 'students.find', pipeline: 'read', correlationId: 'c-1' },
    },
  ]);
  assert.equal(JSON.stringify(errors).includes('hunter2'), false);
});
