import { must, type Pitfall } from '../pitfall.ts';
import { deferred, down, fail, letsThrough, RESET_MS, watch } from '../scene.ts';
import { turn } from '../time.ts';

/** Results that come when the breaker is no longer in the state in which their calls were admitted. */
export const breakerLateResults: readonly Pitfall[] = [
  {
    number: 'P1',
    title: 'A failure from before the outage does not end the probe',
    async run(adapter) {
      const slow = deferred();
      const breaker = adapter.breaker();
      watch(breaker.execute(() => slow.promise));
      await fail(breaker, 3);
      await adapter.time.advance(RESET_MS);
      const test = deferred();
      watch(breaker.execute(() => test.promise));
      await turn();
      must(breaker.state === 'half-open', 'no probe was let through');

      slow.reject(new Error('late'));
      await turn();
      must(breaker.state === 'half-open', `the late failure made it ${breaker.state} while the probe ran`);

      test.resolve('well');
      await turn();
      must(breaker.state === 'closed', 'the successful probe did not close it');
    },
  },
  {
    number: 'P2',
    title: 'A success from before the outage does not close a half-open breaker',
    async run(adapter) {
      const slow = deferred();
      const breaker = adapter.breaker();
      watch(breaker.execute(() => slow.promise));
      await fail(breaker, 3);
      await adapter.time.advance(RESET_MS);
      const test = deferred();
      watch(breaker.execute(() => test.promise));
      await turn();

      slow.resolve('late');
      await turn();
      must(breaker.state === 'half-open', `the late success made it ${breaker.state} before the probe ended`);

      test.reject(new Error('still down'));
      await turn();
      must(breaker.state === 'open', 'the failed probe did not open it');
    },
  },
  {
    number: 'P4',
    title: 'A late result does not admit a second call beside the probe',
    async run(adapter) {
      const slow = deferred();
      const breaker = adapter.breaker();
      watch(breaker.execute(() => slow.promise));
      await fail(breaker, 3);
      await adapter.time.advance(RESET_MS);
      const test = deferred();
      watch(breaker.execute(() => test.promise));
      await turn();

      slow.resolve('late');
      await turn();
      must(!(await letsThrough(breaker)), 'a second call ran beside the probe');
      test.resolve('well');
      await turn();
    },
  },
  {
    number: 'P21',
    title: 'Failures that arrive while the breaker is open do not extend the open time',
    async run(adapter) {
      const slow = deferred();
      const breaker = adapter.breaker();
      watch(breaker.execute(() => slow.promise));
      await fail(breaker, 3);
      await adapter.time.advance(RESET_MS - 100);
      slow.reject(new Error('late'));
      await adapter.time.advance(100);
      must(await letsThrough(breaker), 'no probe was let through when the open time was over');
    },
  },
  {
    number: 'P27',
    title: 'A call that began before an outage does not count after it',
    async run(adapter) {
      const slow = deferred();
      const breaker = adapter.breaker({ failures: 1 });
      watch(breaker.execute(() => slow.promise));
      // Two, because one of two calls is no more than half for a breaker that opens above half.
      watch(breaker.execute(down));
      watch(breaker.execute(down));
      await turn();
      must(breaker.state === 'open', 'it did not open');
      await adapter.time.advance(RESET_MS);
      must(await letsThrough(breaker), 'no probe was let through');
      must(breaker.state === 'closed', 'the successful probe did not close it');

      slow.reject(new Error('late'));
      await turn();
      must(breaker.state === 'closed', `the late failure made a recovered breaker ${breaker.state}`);
    },
  },
];
