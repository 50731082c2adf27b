import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { Repeat } from './repeat.ts';
import { deferred } from './testing/deferred.ts';
import { ManualClock } from './testing/index.ts';

test('work is repeated on an interval, never twice at once, until it is stopped', async () => {
  const clock = new ManualClock();
  const first = deferred<void>();
  let times = 0;
  const repeat = new Repeat(clock, 100, () => ((times += 1) === 1 ? first.promise : Promise.resolve()), undefined);
  repeat.start();
  repeat.start();

  await clock.advance(300);
  assert.equal(times, 1, 'the first one still works');
  first.resolve();
  await clock.advance(100);
  assert.equal(times, 2);
  repeat.stop();
  await clock.advance(1_000);
  assert.deepEqual([times, clock.pending], [2, 0]);
});

test('work that fails is tried again, and nothing that hears of it can end that', async () => {
  const clock = new ManualClock();
  const told: unknown[] = [];
  let times = 0;
  const fails = async (): Promise<void> => {
    times += 1;
    throw new Error(`time ${times}`);
  };
  const onError = (error: unknown): never => {
    told.push(String(error));
    throw new Error('a listener that fails, too');
  };
  new Repeat(clock, 100, fails, onError).start();
  new Repeat(clock, 100, fails, undefined).start();

  await clock.advance(200);

  assert.deepEqual(told, ['Error: time 1', 'Error: time 3']);
  assert.equal(times, 4);
});

test('F2: work is done in the async context in which it was started', async () => {
  const user = new AsyncLocalStorage<string>();
  const clock = new ManualClock();
  let seen: string | undefined;
  const repeat = new Repeat(clock, 100, async () => void (seen = user.getStore()), undefined);
  user.run('ana', () => repeat.start());

  await clock.advance(100);

  assert.equal(seen, 'ana');
});
