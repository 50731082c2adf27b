import { must, offered, type Pitfall } from '../pitfall.ts';
import { deferred, down, watch } from '../scene.ts';
import { turn } from '../time.ts';

/** When a call is made again, and when no more. */
export const retry: readonly Pitfall[] = [
  {
    number: 'P29',
    title: 'An abort during the wait ends the call at once, without another attempt',
    async run(adapter) {
      const guard = offered(adapter.retry?.({ attempts: 3, baseMs: 300 }));
      const caller = new AbortController();
      const reason = new Error('the caller left');
      let calls = 0;
      const call = watch(
        guard.execute(() => {
          calls += 1;
          return down();
        }, caller.signal),
      );
      await adapter.time.advance(100);
      caller.abort(reason);
      await turn();
      const endedAtOnce = call.status !== 'pending';
      await adapter.time.advance(1_000);
      must(calls === 1, `it waited on and called ${calls - 1} more times`);
      must(endedAtOnce, 'it waited for the whole delay');
      must(call.error === reason, "it did not reject with the caller's reason");
    },
  },
  {
    number: 'P30',
    title: 'A call with an aborted signal does not run',
    async run(adapter) {
      const guard = offered(adapter.retry?.({ attempts: 3, baseMs: 10 }));
      let calls = 0;
      const call = watch(
        guard.execute(() => {
          calls += 1;
          return 'well';
        }, AbortSignal.abort()),
      );
      await adapter.time.advance(100);
      must(calls === 0, 'the operation was called');
      must(call.status === 'rejected', 'the call was not rejected');
    },
  },
  {
    number: 'P32',
    title: 'Delays stay finite and within their maximum for 400 attempts with a factor of ten',
    async run(adapter) {
      const maxMs = 30_000;
      const delays: number[] = [];
      const onDelay = (delayMs: number): void => void delays.push(delayMs);
      const guard = offered(adapter.retry?.({ attempts: 400, baseMs: 100, factor: 10, maxMs, jitter: true, onDelay }));
      const call = watch(guard.execute(down));
      for (let wait = 1; wait <= 400 && call.status === 'pending'; wait += 1) {
        // One after the other: the next wait begins when the last one is over.
        await adapter.time.advance(maxMs);
      }
      must(call.status === 'rejected', 'it did not come to an end');
      must(delays.length === 399, `it waited ${delays.length} times`);
      const odd = delays.find((delayMs) => !(delayMs >= 0 && delayMs <= maxMs));
      must(odd === undefined, `a delay was ${odd}`);
    },
  },
  {
    number: 'P34',
    title: 'The backoff factor also applies without jitter',
    async run(adapter) {
      const delays: number[] = [];
      const onDelay = (delayMs: number): void => void delays.push(delayMs);
      const guard = offered(adapter.retry?.({ attempts: 4, baseMs: 100, factor: 3, onDelay }));
      watch(guard.execute(down));
      await adapter.time.advance(5_000);
      must(delays.join() === '100,300,900', `delays of ${delays.join(', ')} ms instead of 100, 300, 900`);
    },
  },
  {
    number: 'P36',
    title: 'No attempt starts after the limit for all attempts has passed',
    remark: 'cockatiel uses a timeout around a retry.',
    async run(adapter) {
      const guard = offered(adapter.retryWithin?.(500, { attempts: 5, baseMs: 200 }));
      let calls = 0;
      const call = watch(
        guard.execute(() => {
          calls += 1;
          return down();
        }),
      );
      await adapter.time.advance(500);
      const inTime = calls;
      must(call.status === 'rejected', 'the caller still waited');
      await adapter.time.advance(2_000);
      must(calls === inTime, `${calls - inTime} more after the caller had its error`);
    },
  },
  {
    number: 'P37',
    title: 'Three nested retries of three attempts do not make 27 calls',
    remark: 'In cockatiel attempts multiply by design; in dualbrake with `repeatRetried`.',
    async run(adapter) {
      const options = { attempts: 3, baseMs: 1 };
      const guards = [1, 2, 3].map(() => offered(adapter.retry?.(options)));
      let calls = 0;
      const nested = guards.reduceRight<() => unknown>(
        (inner, guard) => () => guard.execute(inner),
        () => {
          calls += 1;
          return down();
        },
      );
      const call = watch(Promise.resolve(nested()));
      await adapter.time.advance(200);
      must(call.status === 'rejected', 'it did not come to an end');
      must(calls <= 3, `${calls} calls`);
    },
  },
  {
    number: 'F7a',
    title: 'Calls that fail with the same error object each get all their attempts',
    async run(adapter) {
      const guard = offered(adapter.retry?.({ attempts: 4, baseMs: 10 }));
      const counts: number[] = [];
      // All callers wait for one connection, as with a pool: each failure of it is one error for all of them.
      let connecting = deferred();
      watch(connecting.promise);
      for (let round = 0; round < 40; round += 1) {
        // One failure after the other; those who try again come before who is new.
        await adapter.time.advance(12);
        if (round < 20) {
          counts[round] = 0;
          watch(guard.execute(() => failsWith(connecting.promise, () => (counts[round]! += 1))));
        }
        await adapter.time.advance(3);
        const { reject } = connecting;
        connecting = deferred();
        watch(connecting.promise);
        reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
        await turn();
      }
      const short = counts.filter((count) => count !== 4);
      must(short.length === 0, `of 20 calls ${short.length} did not get four attempts: ${short.join(', ')}`);
    },
  },
  {
    number: 'F7b',
    title: 'An error that one call has given up on can be retried by the next',
    async run(adapter) {
      const guard = offered(adapter.retry?.({ attempts: 3, baseMs: 10 }));
      const cached = Object.assign(new Error('the connection of the module failed'), { code: 'ECONNREFUSED' });
      for (let call = 1; call <= 2; call += 1) {
        let attempts = 0;
        watch(guard.execute(() => failsWith(Promise.reject(cached), () => (attempts += 1))));
        // One call after the other.
        await adapter.time.advance(100);
        must(attempts === 3, `call ${call} had ${attempts} attempts`);
      }
    },
  },
];

function failsWith(failure: Promise<unknown>, count: () => void): Promise<unknown> {
  count();
  return failure;
}
