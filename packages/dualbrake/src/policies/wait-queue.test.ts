import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { bulkhead, rateLimit } from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';
import { WaitQueue } from './wait-queue.ts';

test('nobody is let in where nobody waits', () => {
  const line = new WaitQueue({ areLeft: () => true, take: () => assert.fail('nobody is there to take it') });

  line.admit(0);

  assert.equal(line.size, 0);
});

test('who was let in has no listener and no timer left, while he runs', async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  const slots = bulkhead({ limit: 1, queue: 1, maxWaitMs: 1_000, clock });
  const [first, second] = [deferred<string>(), deferred<string>()];
  const running = slots.execute(() => first.promise);
  const waiting = slots.execute(() => second.promise, { signal: caller.signal });
  assert.equal(getEventListeners(caller.signal, 'abort').length, 1);
  assert.equal(clock.pending, 1);

  first.resolve('first');
  await running;
  await clock.advance(0);

  assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
  assert.equal(clock.pending, 0);
  second.resolve('second');
  assert.equal(await waiting, 'second');
});

test('of several who leave at once each has his own reason, and the others go on waiting', async () => {
  const clock = new ManualClock();
  const pace = rateLimit({ limit: 1, perMs: 100, queue: 4, clock });
  await pace.execute(() => 'first');
  const caller = new AbortController();
  const other = new AbortController();
  const leaving = [1, 2].map(() => pace.execute(() => 'never', { signal: caller.signal }));
  const alone = pace.execute(() => 'never', { signal: other.signal });
  const staying = pace.execute(() => 'stayed');
  const reasons = Promise.allSettled([...leaving, alone]);

  caller.abort('one');
  other.abort('other');
  await clock.advance(100);

  assert.deepEqual(
    (await reasons).map((settled) => settled.status === 'rejected' && (settled.reason as string)),
    ['one', 'one', 'other'],
  );
  assert.equal(await staying, 'stayed');
});
