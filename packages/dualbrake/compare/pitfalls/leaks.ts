import { getEventListeners, setMaxListeners } from 'node:events';
import type { Adapter, Guard } from '../adapter.ts';
import { must, offered, type Pitfall } from '../pitfall.ts';
import { deferred, down, fail, watch } from '../scene.ts';

/** What one call, breaker or listener leaves behind for others. */
export const leaks: readonly Pitfall[] = [
  {
    number: 'P18',
    title: 'Two breakers made from one options object share no state',
    remark: 'In cockatiel, these options hold the counter; a new one for each breaker avoids it.',
    async run(adapter) {
      const { first, second, isUntouched } = adapter.breakersOfOneOptionsObject(3);
      must(isUntouched(), "the constructor wrote into the caller's object");
      await fail(first, 2);
      await fail(second, 1);
      must(second.state === 'closed', 'failures of one counted for the other');
    },
  },
  {
    number: 'P31',
    title: "No listener stays on a caller's signal",
    async run(adapter) {
      offered(adapter.takesSignals || undefined);
      const { signal } = new AbortController();
      setMaxListeners(0, signal);
      for (const [name, guard] of Object.entries(guardsOf(adapter))) {
        const slow = deferred();
        for (let call = 1; call <= 100; call += 1) {
          watch(guard.execute(() => 'well', signal));
          watch(guard.execute(down, signal));
          watch(guard.execute(() => slow.promise, signal));
        }
        // One guard after the other, so that the culprit can be named.
        await adapter.time.advance(100);
        slow.resolve('at last');
        await adapter.time.advance(100);
        const left = getEventListeners(signal, 'abort').length;
        must(left === 0, `${left} listeners stayed after 300 calls of a ${name}`);
      }
    },
  },
  {
    number: 'P58',
    title: 'A listener that throws changes neither the outcome of a call nor the count',
    async run(adapter) {
      const breaker = adapter.breaker({
        onChange: () => {
          throw new Error('the listener is broken');
        },
      });
      await fail(breaker, 2);
      const error = new Error('the third failure');
      const third = watch(breaker.execute(() => Promise.reject(error)));
      // A breaker that looks at shares may be open after two.
      await fail(breaker, 1);
      must(third.status !== 'pending', 'the call that opened it never ended');
      must(messageOf(third.error) !== 'the listener is broken', "its caller got the listener's error");
      must(breaker.state === 'open', 'it did not open');
    },
  },
];

function guardsOf(adapter: Adapter): Readonly<Record<string, Guard>> {
  const found = {
    breaker: adapter.breaker({ failures: 1_000 }),
    retry: adapter.retry?.({ attempts: 2, baseMs: 5 }),
    timeout: adapter.timeout?.(50),
    bulkhead: adapter.queueingBulkhead?.({ limit: 10, queue: 100 }),
  };
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, guard]) => (guard === undefined ? [] : [[name, guard]])),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
