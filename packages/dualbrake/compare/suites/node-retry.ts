import assert from 'node:assert/strict';
import { attemptsOf, retry } from 'dualbrake';
import { askedBy, type Suite } from './scenario.ts';
import { atOnce, on, rejectionOf, script, settledOn, stage } from './scene.ts';

const operations = askedBy('test/integration/test-retry-operation.js');
const timeouts = askedBy('test/integration/test-timeouts.js');
const wraps = askedBy('test/integration/test-retry-wrap.js');
const broken = new Error('some error');

async function delays(options: Parameters<typeof retry>[0]): Promise<number[]> {
  const scene = stage();
  await rejectionOf(settledOn(scene.clock, retry({ ...on(scene), ...options }).execute(script(broken))));
  return scene.heard('retry').map(({ delayMs }) => delayMs);
}

export const nodeRetry: Suite = {
  peer: 'node-retry',
  snapshot: 'tim-kos/node-retry@11efd6e',
  scenarios: [
    operations.same('All errors of a call are available, in order', async () => {
      const [first, second] = [new Error('one'), new Error('two')];
      const error = await rejectionOf(retry({ ...atOnce, maxAttempts: 3 }).execute(script(first, second, broken)));
      assert.deepEqual(
        attemptsOf(error)?.map((attempt) => attempt.error),
        [first, second, broken],
      );
    }),
    operations.missing(
      'The most frequent error of a call is available',
      'most frequent error (`attemptsOf` has all of them)',
    ),
    operations.same('The operation receives the attempt number', async () => {
      const seen: number[] = [];
      const call = retry({ ...atOnce, maxAttempts: 3 }).execute(({ attempt }) => {
        seen.push(attempt);
        throw broken;
      });
      await rejectionOf(call);
      assert.deepEqual(seen, [1, 2, 3]);
    }),
    operations.same('The operation runs as often as configured, and no more', async () => {
      const operation = script(broken);
      assert.equal(await rejectionOf(retry({ ...atOnce, maxAttempts: 4 }).execute(operation)), broken);
      assert.equal(operation.calls, 4);
    }),
    operations.missing('Unlimited attempts', 'unlimited attempts (the maximum is 1,000)'),
    operations.same('A retry can be used again, starting at the first attempt', async () => {
      const guard = retry({ ...atOnce, maxAttempts: 3 });
      for (let round = 1; round <= 2; round += 1) {
        const operation = script(broken);
        // One call after the other.
        await rejectionOf(guard.execute(operation));
        assert.equal(operation.calls, 3);
      }
    }),
    operations.same('Stopping ends the attempts', async () => {
      const scene = stage();
      const caller = new AbortController();
      const operation = script(broken);
      const call = rejectionOf(retry({ ...on(scene), maxAttempts: 5 }).execute(operation, { signal: caller.signal }));
      await scene.clock.advance(0);
      caller.abort();
      await call;
      assert.equal(operation.calls, 1);
    }),
    timeouts.same('Delays grow from attempt to attempt', async () => {
      const found = await delays({ maxAttempts: 11, baseMs: 1_000, factor: 2, maxMs: 1e9, jitter: 'none' });
      assert.deepEqual(
        found,
        Array.from({ length: 10 }, (_, place) => 1_000 * 2 ** place),
      );
    }),
    timeouts.same('With jitter, each delay keeps its range', async () => {
      const found = await delays({ maxAttempts: 11, baseMs: 1_000, factor: 2, maxMs: 1e9, jitter: 'equal' });
      assert.ok(found.every((delayMs, place) => delayMs >= 500 * 2 ** place && delayMs <= 1_000 * 2 ** place));
    }),
    timeouts.same('Delays stay between minimum and maximum', async () => {
      const found = await delays({ maxAttempts: 11, baseMs: 1_000, factor: 2, maxMs: 10_000, jitter: 'none' });
      assert.ok(found.every((delayMs) => delayMs >= 1_000 && delayMs <= 10_000));
    }),
    timeouts.missing('Delays are a list', 'delays as a list'),
    timeouts.same('There is one delay per retry', async () => {
      assert.equal((await delays({ maxAttempts: 3, jitter: 'none' })).length, 2);
    }),
    wraps.missing(
      'All methods of an object can be wrapped',
      '`wrap` for functions and objects (methods have decorators)',
    ),
  ],
};
