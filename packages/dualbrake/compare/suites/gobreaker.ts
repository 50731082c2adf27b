import assert from 'node:assert/strict';
import { CircuitBreaker, CircuitBreakerOpenError, createClassifier, type CircuitBreakerOptions } from 'dualbrake';
import { askedBy, type Suite } from './scenario.ts';
import { breakerOn, calls, deferred, refused, rejectionOf, stage, watch } from './scene.ts';

const { same, missing } = askedBy('v2/gobreaker_test.go');

/** Opens at three of five failed calls, and closes after three tests that work. */
const custom = {
  window: 'time',
  windowMs: 30_000,
  failureRatio: 0.6,
  minimumCalls: 3,
  consecutiveFailures: 0,
  resetTimeoutMs: 90_000,
  halfOpenCalls: 3,
} as const satisfies CircuitBreakerOptions;

class Excluded extends Error {}

const classify = createClassifier({
  rules: [{ when: (error) => error instanceof Excluded, verdict: { countsAgainstBreaker: false } }],
});

async function exclude(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let call = 1; call <= times; call += 1) {
    // One after the other.
    await rejectionOf(breaker.execute(() => Promise.reject(new Excluded())));
  }
}

export const gobreaker: Suite = {
  peer: 'gobreaker',
  snapshot: 'sony/gobreaker@fed8e9e',
  scenarios: [
    same('A run of failures opens the breaker; a success resets the run', async () => {
      const breaker = new CircuitBreaker({ failureThreshold: 6 });
      await calls(breaker, 'xxxxxox');
      assert.equal(breaker.state, 'closed');
      await calls(breaker, 'xxxxx');
      assert.equal(breaker.state, 'open');
    }),
    same('The breaker stays open for its time, probes, reopens, and closes', async () => {
      const scene = stage();
      const breaker = breakerOn(scene, { failureThreshold: 1, resetTimeoutMs: 60_000 });
      await calls(breaker, 'x');
      await scene.clock.advance(59_999);
      assert.ok((await rejectionOf(breaker.execute(() => true))) instanceof CircuitBreakerOpenError);
      await scene.clock.advance(1);
      await calls(breaker, 'x');
      assert.equal(breaker.state, 'open');
      await scene.clock.advance(60_000);
      await calls(breaker, 'o');
      assert.equal(breaker.state, 'closed');
    }),
    same('A failure ratio opens the breaker', async () => {
      const scene = stage();
      const breaker = breakerOn(scene, custom);
      await calls(breaker, 'oxoxox');
      assert.equal(breaker.state, 'closed', 'three of six');
      await scene.clock.advance(31_000);
      await calls(breaker, 'xox');
      assert.equal(breaker.state, 'open', 'two of three');
    }),
    same('Calls older than the window are dropped, bucket by bucket', async () => {
      const scene = stage();
      const breaker = breakerOn(scene, { ...custom, minimumCalls: 4 });
      await calls(breaker, 'xx');
      await scene.clock.advance(29_000);
      await calls(breaker, 'o');
      await scene.clock.advance(5_000);
      await calls(breaker, 'xx');
      assert.equal(breaker.state, 'closed', 'three calls are left in the window');
    }),
    same('Excluded errors are neutral while closed', async () => {
      const scene = stage();
      const breaker = breakerOn(scene, { ...custom, classify });
      await calls(breaker, 'xx');
      await exclude(breaker, 10);
      assert.equal(breaker.state, 'closed');
      await calls(breaker, 'x');
      assert.equal(breaker.state, 'open');
    }),
    same('Excluded errors are neutral while half-open, and do not use up probes', async () => {
      const scene = stage();
      const breaker = breakerOn(scene, { ...custom, classify });
      await calls(breaker, 'xxx');
      await scene.clock.advance(90_000);
      await exclude(breaker, 4);
      assert.equal(breaker.state, 'half-open');
      await calls(breaker, 'x');
      assert.equal(breaker.state, 'open');
    }),
    same('The breaker closes after as many successes as there are probes', async () => {
      const scene = stage();
      const breaker = breakerOn(scene, custom);
      await calls(breaker, 'xxx');
      await scene.clock.advance(90_000);
      await calls(breaker, 'oo');
      assert.equal(breaker.state, 'half-open');
      await calls(breaker, 'o');
      assert.equal(breaker.state, 'closed');
    }),
    same('Probes beyond the limit are refused', async () => {
      const scene = stage();
      const breaker = breakerOn(scene, custom);
      await calls(breaker, 'xxx');
      await scene.clock.advance(90_000);
      await calls(breaker, 'oo');
      const slow = deferred();
      const third = watch(breaker.execute(() => slow.promise));
      assert.ok((await rejectionOf(breaker.execute(() => true))) instanceof CircuitBreakerOpenError);
      slow.resolve(true);
      await scene.clock.advance(0);
      assert.deepEqual([third.value, breaker.state], [true, 'closed']);
    }),
    same('A synchronous throw is a failure', async () => {
      const breaker = new CircuitBreaker();
      const error = refused();
      const call = breaker.execute(() => {
        throw error;
      });
      assert.equal(await rejectionOf(call), error);
      assert.equal(breaker.report(performance.now())['failures'], 1);
    }),
    same('A result from an earlier generation changes nothing', async () => {
      const scene = stage();
      const breaker = breakerOn(scene, { failureThreshold: 1 });
      const slow = deferred();
      const early = watch(breaker.execute(() => slow.promise));
      await calls(breaker, 'x');
      await scene.clock.advance(1_000);
      await calls(breaker, 'o');
      slow.reject(refused());
      await scene.clock.advance(0);
      assert.deepEqual([early.status, breaker.state], ['rejected', 'closed']);
    }),
    same('Errors can be classified as successes', async () => {
      const fine = createClassifier({ rules: [{ when: () => true, verdict: { countsAgainstBreaker: false } }] });
      const breaker = new CircuitBreaker({ failureThreshold: 1, classify: fine });
      await calls(breaker, 'xxxxx');
      assert.equal(breaker.state, 'closed');
    }),
    same('A hundred simultaneous calls count as a hundred', async () => {
      const breaker = new CircuitBreaker();
      await Promise.all(Array.from({ length: 100 }, () => breaker.execute(async () => true)));
      assert.equal(breaker.report(performance.now())['successes'], 100);
    }),
    same('A state change event has both states', async () => {
      const scene = stage();
      const breaker = breakerOn(scene, { failureThreshold: 1 });
      await calls(breaker, 'x');
      assert.deepEqual(
        scene.heard('transition').map(({ from, to }) => [from, to]),
        [['closed', 'open']],
      );
    }),
    missing('A function of the counts decides when to open', 'custom condition for opening (ReadyToTrip)'),
    missing('The bucket size is an option', 'configurable number of buckets'),
    missing('Successes in a row can be read', 'reading successes in a row'),
    askedBy('v2/twostep_gobreaker_test.go').missing(
      'A permit is acquired first, and its outcome recorded later',
      'manual permits (two-step calls)',
    ),
  ],
};
