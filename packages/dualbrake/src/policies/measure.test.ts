import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure, pipeline, retry } from '../index.ts';
import { ManualClock } from '../testing/index.ts';

test('first in a list it sees what callers see, last it sees each attempt', async () => {
  const clock = new ManualClock();
  const callers = measure({ name: 'callers' });
  const attempts = measure({ name: 'attempts' });
  const read = pipeline('read', [callers, retry({ jitter: 'none', baseMs: 100 }), attempts], { clock });
  let calls = 0;
  const running = read.execute(async () => {
    calls += 1;
    if (calls < 3) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    return 'fine';
  });
  await clock.advance(300);
  await running;

  const { calls: made, running: open, successRate, errors } = attempts.report();
  assert.deepEqual([made, open, successRate, errors], [3, 0, 1 / 3, { transient: 2 }]);
  assert.equal(callers.report()['successRate'], 1);
  assert.equal(callers.successes.snapshot().max, 300);
});

test('what still runs is told as running', async () => {
  const seen = measure();
  let end = (): void => undefined;
  const running = seen.execute(() => new Promise<void>((resolve) => (end = resolve)));

  assert.deepEqual([seen.report()['calls'], seen.report()['running'], seen.report()['successRate']], [1, 1, undefined]);
  end();
  await running;
});
