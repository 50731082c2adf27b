import { must, type Pitfall } from '../pitfall.ts';
import { deferred, dueBreaker, isNotFound, letsThrough, NotFound, RESET_MS, untilAborted, watch } from '../scene.ts';
import { turn } from '../time.ts';

const CALLS = 1_000;

/** What happens between open and closed. */
export const halfOpen: readonly Pitfall[] = [
  {
    number: 'P5',
    title: 'A probe that never returns does not block recovery forever',
    remark:
      "opossum uses its `timeout` option, which ends the probe. cockatiel's breaker alone does not recover; a timeout policy inside the breaker has the same effect.",
    async run(adapter) {
      const breaker = await dueBreaker(adapter, { ownLimitMs: 5 * RESET_MS });
      watch(breaker.execute(() => new Promise(() => {})));
      await turn();

      let recovered = false;
      for (let second = 1; second <= 20 && !recovered; second += 1) {
        // One after the other: this is the traffic of twenty seconds.
        await adapter.time.advance(RESET_MS);
        recovered = await letsThrough(breaker);
      }
      must(recovered, 'no call was admitted for 20 times the open time');
      must(breaker.state === 'closed', `it was ${breaker.state} after a success`);
    },
  },
  {
    number: 'P6',
    title: 'A probe whose caller aborts is neutral, and the next call probes',
    remark: 'With a filter that ignores aborts, both peers close instead.',
    async run(adapter) {
      const breaker = await dueBreaker(adapter);
      const caller = new AbortController();
      watch(breaker.execute(() => untilAborted(caller.signal), caller.signal));
      await turn();
      caller.abort();
      await turn();
      must(breaker.state !== 'closed', 'the cancelled probe closed it');
      must(await letsThrough(breaker), 'it opened again: the cancelled probe counted as a failed one');
    },
  },
  {
    number: 'P7',
    title: 'A probe that ends in an ignored error releases its permit',
    async run(adapter) {
      const breaker = await dueBreaker(adapter, { ignores: isNotFound });
      watch(breaker.execute(() => Promise.reject(new NotFound())));
      await turn();
      must(await letsThrough(breaker), 'the next call was not let through');
      must(breaker.state === 'closed', `it was ${breaker.state} after a success`);
    },
  },
  {
    number: 'P8a',
    title: 'An ignored error does not close a half-open breaker',
    async run(adapter) {
      const breaker = await dueBreaker(adapter, { ignores: isNotFound });
      watch(breaker.execute(() => Promise.reject(new NotFound())));
      await turn();
      must(breaker.state !== 'closed', 'the ignored error closed it');
    },
  },
  {
    number: 'P9',
    title: 'Of 1,000 simultaneous calls, exactly one probes',
    async run(adapter) {
      const breaker = await dueBreaker(adapter);
      const test = deferred();
      let running = 0;
      for (let call = 1; call <= CALLS; call += 1) {
        watch(
          breaker.execute(() => {
            running += 1;
            return test.promise;
          }),
        );
      }
      await turn();
      must(running === 1, `${running} calls were let through`);
      test.resolve('well');
      await turn();
    },
  },
  {
    number: 'P10',
    title: 'Calls that arrive during a probe do not hit the dependency all at once afterwards',
    async run(adapter) {
      const breaker = await dueBreaker(adapter);
      const test = deferred();
      const dependency = deferred();
      watch(breaker.execute(() => test.promise));
      await turn();
      let running = 0;
      for (let call = 1; call < CALLS; call += 1) {
        watch(
          breaker.execute(() => {
            running += 1;
            return dependency.promise;
          }),
        );
      }
      await turn();
      test.resolve('well');
      await turn();
      must(running <= 1, `${running} of ${CALLS - 1} calls ran at once after the probe`);
      dependency.resolve('well');
      await turn();
    },
  },
  {
    number: 'P11',
    title: 'A call that arrives during a probe ends when its caller aborts',
    async run(adapter) {
      const breaker = await dueBreaker(adapter);
      watch(breaker.execute(() => new Promise(() => {})));
      await turn();
      const caller = new AbortController();
      const waiting = watch(breaker.execute(() => untilAborted(caller.signal), caller.signal));
      await turn();
      caller.abort();
      await turn();
      must(waiting.status === 'rejected', 'the call kept waiting after the abort');
    },
  },
];
