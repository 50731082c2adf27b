import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BreakerView } from '../src/contract.ts';
import { countDown, durationText, isSeen, numberText, orderWords } from './words.ts';

const closed: BreakerView = {
  id: 'reads.database',
  name: 'database',
  state: 'closed',
  since: '2026-11-23T15:00:00.000Z',
  reason: '',
  next_test_at: null,
  last_failure: null,
  consecutive_failures: 2,
  calls: 0,
  successes: 0,
  failures: 0,
  neutral: 0,
  refused: 0,
  openings: 0,
  recoveries: 0,
  last_recovery_ms: null,
  used_by: [],
  settings: {},
  actions: [],
  transitions: [],
};

test('a count-down ends in words, not in a negative number', () => {
  assert.deepEqual([countDown(10_000, 7_100), countDown(10_000, 10_000)], ['in 3 s', 'at the next call']);
});

test('what was not measured is a dash, never 0', () => {
  assert.deepEqual(
    [numberText(null), numberText(0), durationText(null), durationText(340), durationText(4_240)],
    ['—', '0', '—', '340 ms', '4.2 s'],
  );
});

test('an order is seen only when the breaker shows a change by an operator since it was given', () => {
  const orderedAt = Date.parse('2026-11-23T15:00:10.000Z');
  const changed = (at: string, trigger: 'operator' | 'automatic'): BreakerView => ({
    ...closed,
    transitions: [{ from: 'closed', to: 'open', trigger, reason: '', at }],
  });

  assert.equal(isSeen('trip', closed, orderedAt), false);
  assert.equal(isSeen('trip', changed('2026-11-23T15:00:00.000Z', 'operator'), orderedAt), false);
  assert.equal(isSeen('trip', changed('2026-11-23T15:00:10.100Z', 'automatic'), orderedAt), false);
  assert.equal(isSeen('trip', changed('2026-11-23T15:00:10.100Z', 'operator'), orderedAt), true);
  assert.equal(isSeen('trip', undefined, orderedAt), false);
});

test('an order of which nothing is known keeps its name', () => {
  assert.equal(orderWords('drain').verb, 'drain');
});
