import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BreakerView } from '../src/contract.ts';
import { countDown, durationText, isSeen, numberText, orderWords, sentence, shareText } from './words.ts';

const closed: BreakerView = {
  id: 'reads.database',
  name: 'database',
  version: 'b-1',
  state: 'closed',
  circuit: 'closed',
  override: null,
  window: 'consecutive',
  failure_ratio: null,
  slow_ratio: null,
  running: 0,
  recovery: { count: 0, mean_ms: null, p95_ms: null, longest_ms: null, flaps: 0 },
  drill: false,
  tags: [],
  description: '',
  neighbours: [],
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
  assert.deepEqual(
    [countDown(10_000, 7_100), countDown(10_000, 10_000), countDown(600_000, 1)],
    ['in 3 s', 'at the next call', 'in 10 min'],
  );
});

test('what was not measured is a dash, never 0', () => {
  assert.deepEqual(
    [numberText(null), numberText(0), durationText(null), durationText(340), durationText(4_240)],
    ['—', '0', '—', '340 ms', '4.2 s'],
  );
});

test('an order is seen only in a newer report, and only when the breaker is as ordered', () => {
  const before = { at: '2026-11-23T15:00:10.000Z', since: '2026-11-23T15:00:00.000Z' };
  const later = '2026-11-23T15:00:11.000Z';
  const open: BreakerView = { ...closed, state: 'open' };

  assert.equal(isSeen('trip', open, before.at, before), false, 'an old report');
  assert.equal(isSeen('trip', closed, later, before), false, 'not open yet');
  assert.equal(isSeen('trip', open, later, before), true);
  assert.equal(isSeen('reset', open, later, before), false);
  assert.equal(isSeen('reset', closed, later, before), true);
  assert.equal(isSeen('probe', open, later, before), false, 'still waiting');
  assert.equal(isSeen('probe', { ...open, since: later }, later, before), true, 'tested, and open again');
  assert.equal(isSeen('probe', { ...closed, state: 'half-open' }, later, before), true);
  assert.equal(isSeen('trip', undefined, later, before), false);
});

test('a share of nothing is a dash, and a small share is not called none', () => {
  assert.deepEqual(
    [shareText(0, 0), shareText(0, 10), shareText(1, 4_000), shareText(1, 80), shareText(1, 2)],
    ['—', '0 %', '< 0.1 %', '1.3 %', '50 %'],
  );
});

test('a clause becomes a sentence once', () => {
  assert.deepEqual([sentence('it is down'), sentence('It is down.'), sentence('')], ['it is down.', 'It is down.', '']);
});

test('an order of which nothing is known keeps its name', () => {
  assert.equal(orderWords('drain').verb, 'drain');
});
