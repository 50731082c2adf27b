import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TryLimits } from './try-limits.ts';

test('an address has a few tries, then each failure doubles the wait', () => {
  const limits = new TryLimits();
  let now = 0;
  const waits = Array.from({ length: 9 }, () => {
    limits.failed('10.0.0.1', now);
    const waitMs = limits.waitMs('10.0.0.1', now);
    now += waitMs;
    return waitMs;
  });
  assert.deepEqual(waits, [0, 0, 0, 0, 1_000, 2_000, 4_000, 8_000, 16_000]);
  assert.equal(limits.waitMs('10.0.0.2', now), 0);
});

test('many addresses share one limit, whose wait stays short', () => {
  const limits = new TryLimits();
  let now = 0;
  for (let count = 0; count < 30; count += 1) limits.failed(`10.0.1.${count}`, now);
  assert.equal(limits.waitMs('10.0.2.1', now), 1_000);
  for (let count = 0; count < 5_000; count += 1) {
    now += limits.waitMs('10.0.2.1', now);
    limits.failed(`10.1.${count >> 8}.${count & 255}`, now);
  }
  assert.equal(limits.waitMs('10.0.2.1', now), 15_000);
  assert.ok(limits.size <= 1_000, `${limits.size} addresses are remembered`);
});

test('failures are forgotten after a quarter of an hour, and with a new token', () => {
  const limits = new TryLimits();
  for (let count = 0; count < 12; count += 1) limits.failed('10.0.0.1', 0);
  assert.ok(limits.waitMs('10.0.0.1', 0) > 0);
  limits.failed('10.0.0.1', 16 * 60_000);
  assert.equal(limits.waitMs('10.0.0.1', 16 * 60_000), 0);
  for (let count = 0; count < 40; count += 1) limits.failed('10.0.0.1', 16 * 60_000);
  limits.reset();
  assert.equal(limits.waitMs('10.0.0.1', 16 * 60_000), 0);
});
