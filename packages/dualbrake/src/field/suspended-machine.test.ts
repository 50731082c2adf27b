import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker, InvalidSettingsError, StaleCache, systemClock, timeout, type Clock } from '../index.ts';
import { ManualClock } from '../testing/index.ts';

const HOUR_MS = 3_600_000;
const down = (): Promise<never> => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));

test('F15: a copy grows old while the machine is suspended', async () => {
  const clock = new ManualClock();
  const cache = new StaleCache<string>({ key: () => 'k', freshMs: 1_000, maxAgeMs: 10 * HOUR_MS, clock });
  let calls = 0;
  const read = (): string => `answer ${(calls += 1)}`;
  await cache.execute(read);

  await clock.advance(500);
  clock.suspend(9 * HOUR_MS);

  assert.deepEqual(await cache.execute(down), { stale: true, value: 'answer 1', ageMs: 9 * HOUR_MS + 500 });
  assert.equal(await cache.execute(read), 'answer 2', 'no longer fresh');
  clock.suspend(10 * HOUR_MS);
  assert.equal(((await cache.execute(down)) as { ageMs: number }).ageMs, 10 * HOUR_MS);
  clock.suspend(1);
  await assert.rejects(cache.execute(down), { code: 'ECONNREFUSED' }, 'too old to be given');
});

test('F15: a wall clock that is set back does not make copies younger', async () => {
  const clock = new ManualClock();
  const cache = new StaleCache<string>({ key: () => 'k', freshMs: 1_000, clock });
  await cache.execute(() => 'first');
  await clock.advance(1_000);
  clock.setWallClock(clock.wallNow() - 24 * HOUR_MS);

  assert.deepEqual(await cache.execute(down), { stale: true, value: 'first', ageMs: 1_000 });
  assert.equal(await cache.execute(() => 'second'), 'second');
});

test('F15: with a clock that knows no wall time, ages follow the monotonic one', async () => {
  const manual = new ManualClock();
  const clock: Clock = { now: () => manual.now(), after: (delayMs, callback) => manual.after(delayMs, callback) };
  const cache = new StaleCache<string>({ key: () => 'k', clock });
  await cache.execute(() => 'a');
  manual.suspend(HOUR_MS);
  await manual.advance(5);

  assert.deepEqual(await cache.execute(down), { stale: true, value: 'a', ageMs: 5 });
});

test('F15: breakers, their overrides and limits keep to the monotonic clock', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1, resetTimeoutMs: 60_000, clock });
  const limit = timeout({ limitMs: 500, clock });
  await assert.rejects(breaker.execute(down), { code: 'ECONNREFUSED' });
  const other = new CircuitBreaker({ clock });
  other.isolate('maintenance', 60_000);
  const running = limit.execute(() => new Promise(() => {}));
  const failing = assert.rejects(running, { code: 'CALL_TIMEOUT' });

  clock.suspend(9 * HOUR_MS);
  assert.deepEqual([breaker.state, other.state, clock.pending], ['open', 'open', 1]);
  await clock.advance(500);
  await failing;
  await clock.advance(59_500);

  assert.deepEqual([breaker.state, other.state], ['half-open', 'closed']);
});

test('F15: ManualClock shows the time of day, moves it with advance and alone with suspend', async () => {
  const clock = new ManualClock(5, Date.UTC(2030, 0, 1));
  assert.equal(new Date(clock.wallNow()).toISOString(), '2030-01-01T00:00:00.000Z');
  let rang = false;
  clock.after(10, () => (rang = true));

  clock.suspend(20);
  assert.deepEqual([clock.now(), clock.wallNow() - Date.UTC(2030, 0, 1), rang], [5, 20, false]);
  await clock.advance(10);
  assert.deepEqual([clock.now(), clock.wallNow() - Date.UTC(2030, 0, 1), rang], [15, 30, true]);
  clock.setWallClock(0);
  assert.deepEqual([clock.now(), clock.wallNow()], [15, 0]);
  assert.equal(new Date(new ManualClock().wallNow()).toISOString(), '2026-01-01T00:00:00.000Z');
  for (const ms of [-1, Number.NaN, Infinity]) {
    assert.throws(() => clock.suspend(ms), {
      name: 'RangeError',
      message: `suspend(ms) takes 0 or more milliseconds, got ${ms}.`,
    });
  }
  assert.throws(() => clock.setWallClock(Number.NaN), RangeError);
});

test('F15: the system clock knows the time of day; a clock with a wrong wallNow is refused', () => {
  const before = Date.now();
  const shown = systemClock.wallNow?.() ?? assert.fail();
  assert.ok(shown >= before && shown <= Date.now());
  const clock = { now: () => 0, after: () => () => undefined, wallNow: 7 } as unknown as Clock;
  assert.throws(
    () => new CircuitBreaker({ clock }),
    (error: Error) => {
      return (
        error instanceof InvalidSettingsError &&
        error.issues[0] === 'clock.wallNow must be a function or left out, got 7'
      );
    },
  );
});

test('F10, F15: a wall clock that throws, or tells no time, costs no call; ages follow the monotonic clock then', async () => {
  for (const wallNow of [
    () => {
      throw new Error('no wall clock');
    },
    () => Promise.reject(new Error('no wall clock')) as never,
    () => 'noon' as never,
    () => Number.NaN,
  ] satisfies (() => number)[]) {
    const hand = new ManualClock();
    const clock: Clock = { now: () => hand.now(), after: (ms, callback) => hand.after(ms, callback), wallNow };
    const cache = new StaleCache<string>({ key: () => 'k', maxAgeMs: 1_000, clock });

    assert.equal(await cache.execute(() => 'live'), 'live');
    await hand.advance(500);
    assert.deepEqual(await cache.execute(down), { stale: true, value: 'live', ageMs: 500 });
    await hand.advance(501);
    await assert.rejects(cache.execute(down), { code: 'ECONNREFUSED' });
  }
});
