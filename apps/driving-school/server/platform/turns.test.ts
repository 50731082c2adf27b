import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from './turns.ts';

/** Turns on a clock that the test moves. */
function turnsAt(clock: { now: number }): Turns {
  return new Turns({ turnMs: 8, nowMs: () => clock.now });
}

test('work continues until its turn is over, then yields to everything that waits', async () => {
  const clock = { now: 0 };
  const turns = turnsAt(clock);
  const order: string[] = [];
  setImmediate(() => order.push('a request'));
  for (const now of [0, 7, 8]) {
    clock.now = now;
    await turns.rest();
    order.push(`work at ${now}`);
  }
  assert.deepEqual(order, ['work at 0', 'work at 7', 'a request', 'work at 8']);
});

test('a new turn starts after a rest', async () => {
  const clock = { now: 0 };
  const turns = turnsAt(clock);
  clock.now = 100;
  await turns.rest();
  let others = 0;
  setImmediate(() => (others += 1));
  clock.now = 107;
  await turns.rest();
  assert.equal(others, 0);
  clock.now = 108;
  await turns.rest();
  assert.equal(others, 1);
});

test('aborted work ends at its next rest', async () => {
  const clock = { now: 0 };
  const turns = turnsAt(clock);
  const caller = new AbortController();
  caller.abort(new Error('left'));
  await turns.rest(caller.signal);
  clock.now = 8;
  await assert.rejects(turns.rest(caller.signal), { message: 'left' });
});
