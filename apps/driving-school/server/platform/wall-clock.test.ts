import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettableWallClock, systemWallClock } from './wall-clock.ts';

test('the day is that of the given zone, not of the machine', () => {
  const clock = new SettableWallClock('2026-03-01T03:30:00Z');
  assert.equal(clock.today('America/Toronto').toString(), '2026-02-28');
  assert.equal(clock.today('UTC').toString(), '2026-03-01');
});

test('the day changes at midnight even on the night of a clock change', () => {
  const clock = new SettableWallClock('2026-11-01T03:59:59Z');
  assert.equal(clock.today('America/Toronto').toString(), '2026-10-31');
  clock.advance({ seconds: 1 });
  assert.equal(clock.today('America/Toronto').toString(), '2026-11-01');
});

test('an unknown zone is an error, not a default', () => {
  assert.throws(() => systemWallClock.today('Ontario/Nowhere'), RangeError);
});
