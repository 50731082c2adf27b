import type { Guard } from '../adapter.ts';
import { must, offered, type Pitfall } from '../pitfall.ts';
import { deferred, down, watch } from '../scene.ts';
import { turn, type Time } from '../time.ts';

const LIMIT_MS = 50;

/** Limits on how many calls run at once. */
export const bulkhead: readonly Pitfall[] = [
  {
    number: 'P48a',
    title: 'A timeout around a bulkhead does not free the slot while the work goes on',
    remark: 'opossum has a fixed order.',
    run: async ({ timeoutAroundBulkhead, time }) => atMostOneRuns(offered(timeoutAroundBulkhead?.(1, LIMIT_MS)), time),
  },
  {
    number: 'P48b',
    title: 'A timeout inside a bulkhead does not free the slot while the work goes on',
    run: async ({ bulkheadAroundTimeout, time }) => atMostOneRuns(offered(bulkheadAroundTimeout?.(1, LIMIT_MS)), time),
  },
  {
    number: 'P51',
    title: 'A queued call that is aborted leaves the queue',
    async run(adapter) {
      const guard = offered(adapter.queueingBulkhead?.({ limit: 1, queue: 1 }));
      const running = deferred();
      watch(guard.execute(() => running.promise));
      const caller = new AbortController();
      const waiting = watch(guard.execute(() => 'never', caller.signal));
      await turn();
      caller.abort();
      await turn();
      const leftAtOnce = waiting.status === 'rejected';
      const next = watch(guard.execute(() => 'well'));
      await turn();
      running.resolve('done');
      await turn();
      must(next.status === 'fulfilled', 'the next call was refused: the place stayed taken');
      must(leftAtOnce, 'the call kept waiting after the abort');
    },
  },
  {
    number: 'P52',
    title: 'A queued call is not dropped when new calls arrive',
    async run(adapter) {
      // Newcomers come some microtasks after the running call has ended, wherever its place changes hands.
      for (let depth = 0; depth <= 8; depth += 1) {
        const guard = offered(adapter.queueingBulkhead?.({ limit: 1, queue: 1 }));
        const running = deferred();
        watch(guard.execute(() => running.promise));
        const waiting = watch(guard.execute(() => 'waited'));
        let moment: Promise<unknown> = running.promise;
        for (let step = 0; step < depth; step += 1) moment = moment.then(() => undefined);
        void moment.then(() => {
          for (let newcomer = 1; newcomer <= 3; newcomer += 1) watch(guard.execute(() => turn()));
        });
        running.resolve('done');
        // One depth after the other, each with a bulkhead of its own.
        await turn();
        await turn();
        must(waiting.status === 'fulfilled', 'a call that waited was refused when others came');
      }
    },
  },
  {
    number: 'F18',
    title: 'Calls queued while the breaker around the queue opens do not run',
    async run(adapter) {
      const guard = offered(adapter.breakerAroundQueue?.(1, { limit: 1, queue: 4 }));
      const running = deferred();
      watch(guard.execute(() => running.promise));
      let made = 0;
      for (let waiting = 1; waiting <= 4; waiting += 1) {
        watch(
          guard.execute(() => {
            made += 1;
            return down();
          }),
        );
      }
      await turn();
      running.reject(new Error('connect ECONNREFUSED'));
      await turn();
      await turn();
      must(made === 0, `${made} of four waiting calls went to a dependency known to be down`);
    },
  },
];

/** Five calls that come one after the other, each when the one before has timed out; the work hears nothing of it. */
async function atMostOneRuns(guard: Guard, time: Time): Promise<void> {
  let running = 0;
  for (let call = 1; call <= 5; call += 1) {
    watch(
      guard.execute(() => {
        running += 1;
        return new Promise(() => {});
      }),
    );
    await time.advance(LIMIT_MS + 10);
  }
  must(running === 1, `${running} ran at once where 1 may`);
}
