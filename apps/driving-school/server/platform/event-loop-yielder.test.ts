import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLoopYielder, runInSlices } from './event-loop-yielder.ts';

/** A yielder on a clock that the test sets. */
function yielderAt(clock: { now: number }): EventLoopYielder {
  return new EventLoopYielder({ sliceMs: 8, nowMs: () => clock.now });
}

test('work continues until its time slice is used up, then yields', async () => {
  const clock = { now: 0 };
  const yielder = yielderAt(clock);
  const order: string[] = [];
  setImmediate(() => order.push('a request'));
  for (const now of [0, 7, 8]) {
    clock.now = now;
    await yielder.yieldIfDue();
    order.push(`work at ${now}`);
  }
  assert.deepEqual(order, ['work at 0', 'work at 7', 'a request', 'work at 8']);
});

test('a new time slice starts after yielding', async () => {
  const clock = { now: 0 };
  const yielder = yielderAt(clock);
  clock.now = 100;
  await yielder.yieldIfDue();
  let others = 0;
  setImmediate(() => (others += 1));
  clock.now = 107;
  await yielder.yieldIfDue();
  assert.equal(others, 0);
  clock.now = 108;
  await yielder.yieldIfDue();
  assert.equal(others, 1);
});

test('aborted work ends when it next yields', async () => {
  const clock = { now: 0 };
  const yielder = yielderAt(clock);
  const caller = new AbortController();
  caller.abort(new Error('left'));
  await yielder.yieldIfDue(caller.signal);
  clock.now = 8;
  await assert.rejects(yielder.yieldIfDue(caller.signal), { message: 'left' });
});

test('steps run until the time slice is used up, then others have their turn', async () => {
  const clock = { now: 0 };
  const seen: number[] = [];
  let others = 0;
  setImmediate(() => (others += 1));
  const steps = (function* () {
    for (let step = 0; step < 4; step += 1) {
      seen.push(others);
      clock.now += 5;
      yield;
    }
    return 'done';
  })();
  assert.equal(await runInSlices(steps, undefined, yielderAt(clock)), 'done');
  assert.deepEqual(seen, [0, 0, 1, 1]);
});
