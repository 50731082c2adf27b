import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CircuitBreaker, InvalidSettingsError, Registry, type CircuitBreakerOptions } from '../index.ts';
import { ManualClock, seededRandom } from '../testing/index.ts';
import { Measurement, replay } from './index.ts';

const failing = () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' }));

/** Traffic with a dependency that is down for a while, over and over; each call at a full tenth of a second. */
async function traffic(options: CircuitBreakerOptions, seed: number, calls = 300) {
  const random = seededRandom(seed);
  const clock = new ManualClock();
  const registry = new Registry({ clock, random });
  const measurement = new Measurement(registry, { loggedOutcomes: 65_536 });
  const breaker = new CircuitBreaker({ name: 'db', ...options });
  const pipeline = registry.pipeline('calls', [breaker]);
  let isDown = false;
  const truth = { failuresLetThrough: 0, refused: 0 };
  for (let call = 0; call < calls; call += 1) {
    if (random() < 0.05) isDown = !isDown;
    const fails = random() < (isDown ? 0.9 : 0.03);
    const outcome = await pipeline.executeOutcome(() => (fails ? failing() : 1));
    if (!outcome.ok) truth[outcome.attempts === 0 ? 'refused' : 'failuresLetThrough'] += 1;
    await clock.advance(100 * Math.floor(random() * 5));
  }
  const log = measurement.breaker(breaker)?.log;
  assert.ok(log !== undefined);
  return { breaker, clock, outcomes: [...log.from(0)], truth };
}

const shapes: CircuitBreakerOptions[] = [
  { window: 'consecutive', failureThreshold: 3, resetTimeoutMs: 2_000 },
  { window: 'count', windowCalls: 20, minimumCalls: 5, failureRatio: 0.4, resetTimeoutMs: 3_000, halfOpenCalls: 2 },
  { window: 'time', windowMs: 5_000, minimumCalls: 5, failureRatio: 0.4, resetTimeoutMs: 1_000, resetTimeoutFactor: 2 },
];

test('replayed with the settings in force, the outcomes give what really happened', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...shapes), fc.integer(), async (shape, seed) => {
      const { breaker, clock, outcomes, truth } = await traffic(shape, seed);
      const again = replay(outcomes, { window: shape.window ?? 'consecutive', settings: breaker.settings.values });
      const report = breaker.report(clock.now());

      assert.equal(again.openings, report['openings']);
      assert.equal(again.refused, truth.refused);
      assert.equal(again.assumed, truth.refused);
      assert.equal(again.failuresLetThrough, truth.failuresLetThrough);
      assert.equal(again.calls, 300);
    }),
    { numRuns: 60 },
  );
});

test('a higher threshold opens less often and lets more failures through', async () => {
  const { breaker, outcomes } = await traffic(shapes[0] ?? {}, 5, 2_000);
  const { values } = breaker.settings;
  const now = replay(outcomes, { window: 'consecutive', settings: values });
  const patient = replay(outcomes, { window: 'consecutive', settings: { ...values, failureThreshold: 30 } });

  assert.ok(now.openings > 5);
  assert.ok(patient.openings < now.openings);
  assert.ok(patient.failuresLetThrough > now.failuresLetThrough);
  assert.ok(patient.refused < now.refused);
});

test('what was slow is judged by the proposed limit', async () => {
  const calls = Array.from(
    { length: 10 },
    (_, at) => ({ at: at * 100, outcome: 'success', upToMs: 640, count: 1 }) as const,
  );
  const settings = { failureThreshold: 3, resetTimeoutMs: 10_000 };

  assert.equal(replay(calls, { window: 'consecutive', settings }).openings, 0);
  assert.equal(replay(calls, { window: 'consecutive', settings: { ...settings, slowCallMs: 500 } }).openings, 1);
  assert.equal(replay(calls, { window: 'consecutive', settings: { ...settings, slowCallMs: 700 } }).openings, 0);
});

test('many equal calls at once count as many', () => {
  const many = [
    { at: 0, outcome: 'success', upToMs: 5, count: 60_000 },
    { at: 100, outcome: 'failure', upToMs: 5, count: 30 },
    { at: 200, outcome: 'success', upToMs: 5, count: 1_000 },
  ] as const;
  const result = replay(many, {
    window: 'count',
    settings: { windowCalls: 100, minimumCalls: 20, failureRatio: 0.2, resetTimeoutMs: 500, consecutiveFailures: 0 },
  });

  assert.deepEqual(result, {
    calls: 61_030,
    openings: 1,
    refused: 1_010,
    failuresLetThrough: 20,
    successesRefused: 1_000,
    openMs: 100,
    assumed: 0,
  });
});

test('settings that make no sense are refused before anything is replayed', () => {
  assert.throws(() => replay([], { window: 'consecutive', settings: { failureThreshold: 0 } }), InvalidSettingsError);
});
