import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BreakerView, OverviewView } from '../../src/contract.ts';
import { sharing } from './sharing.ts';

const breaker = {
  id: 'one',
  version: 'b-1',
  calls: 4,
  running: 0,
  failures: 1,
  refused: 0,
  neutral: 0,
  since: '2026-11-23T17:00:00.000Z',
  next_test_at: null,
  drill: false,
  recovery: { count: 0 },
  failure_ratio: null,
  slow_ratio: null,
  neighbours: [],
  used_by: ['reads'],
} as unknown as BreakerView;

function report(...breakers: readonly BreakerView[]): OverviewView {
  return { breakers } as unknown as OverviewView;
}

test('unchanged breakers stay the same objects, even in another order; any change makes a new one', () => {
  const before = report(breaker, { ...breaker, id: 'two' });
  const same = sharing(before, report({ ...breaker, id: 'two' }, { ...breaker }));

  assert.equal(sharing(undefined, before), before);
  assert.equal(same.breakers[1], before.breakers[0]);
  assert.equal(same.breakers[0], before.breakers[1]);
  for (const change of [
    { version: 'b-2' },
    { calls: 5 },
    { running: 1 },
    { failures: 2 },
    { refused: 1 },
    { neutral: 1 },
    { since: '2026-11-23T17:00:01.000Z' },
    { next_test_at: '2026-11-23T17:00:01.000Z' },
    { drill: true },
    { recovery: { ...breaker.recovery, count: 1 } },
    { failure_ratio: 0.5 },
    { slow_ratio: 0.5 },
    { neighbours: ['two'] },
    { used_by: [] },
  ]) {
    const changed = { ...breaker, ...change };

    assert.equal(sharing(before, report(changed)).breakers[0], changed, JSON.stringify(change));
  }
});
