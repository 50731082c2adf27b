import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep, systemClock } from '../index.ts';
import { ManualClock, seededRandom } from './index.ts';

const never = { canAbort: false, signal: new AbortController().signal };

test('fires what is due, in order of time and then of setting, and lets promises settle in between', async () => {
  const clock = new ManualClock();
  const notes: string[] = [];
  clock.after(200, () => notes.push(`b at ${clock.now()}`));
  clock.after(100, () => {
    notes.push(`a at ${clock.now()}`);
    void Promise.resolve().then(() => notes.push(`promise at ${clock.now()}`));
  });
  clock.after(200, () => notes.push(`c at ${clock.now()}`));
  clock.after(301, () => notes.push('too late'));

  await clock.advance(300);

  assert.deepEqual(notes, ['a at 100', 'promise at 100', 'b at 200', 'c at 200']);
  assert.equal(clock.now(), 300);
});

test('a loop that waits again and again gets through in one advance', async () => {
  const clock = new ManualClock();
  let rounds = 0;
  const loop = (async () => {
    for (; rounds < 5; rounds += 1) await sleep(clock, 100, never);
  })();

  await clock.advance(500);
  await loop;

  assert.equal(rounds, 5);
});

test('a cancelled timer does not fire', async () => {
  const clock = new ManualClock();
  let fired = false;
  const cancel = clock.after(100, () => (fired = true));
  cancel();
  cancel();

  await clock.advance(1_000);

  assert.equal(fired, false);
});

test('does not go back', async () => {
  await assert.rejects(new ManualClock().advance(-1), RangeError);
  await assert.rejects(new ManualClock().advance(Number.NaN), RangeError);
});

test('the same seed draws the same numbers, in [0, 1)', () => {
  const first = Array.from({ length: 1_000 }, seededRandom(42));

  assert.deepEqual(Array.from({ length: 1_000 }, seededRandom(42)), first);
  assert.ok(first.every((number) => number >= 0 && number < 1));
  const mean = first.reduce((sum, number) => sum + number, 0) / first.length;
  assert.ok(Math.abs(mean - 0.5) < 0.05);
});

test('the system clock never fires early', async () => {
  const before = systemClock.now();

  await sleep(systemClock, 3.4, never);

  assert.ok(systemClock.now() - before >= 3.4);
});
