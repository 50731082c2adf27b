import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistoryPoint, HistoryView } from '../../src/contract.ts';
import { callRates, gridOf, percentile } from './history-series.ts';
import { sparklineText } from './sparkline.tsx';
import { stretchesOf } from './state-strip.tsx';

const start = Date.UTC(2026, 10, 23, 17);
const at = (seconds: number): string => new Date(start + seconds * 1_000).toISOString();

function point(seconds: number, counts: Partial<HistoryPoint> = {}): HistoryPoint {
  return {
    at: at(seconds),
    success: 0,
    slow: 0,
    failure: 0,
    timeout: 0,
    ignored: 0,
    cancelled: 0,
    rejected_open: 0,
    rejected_override: 0,
    rejected_probe_limit: 0,
    durations: [],
    ...counts,
  };
}

test('a grid has every span: without calls it is 0, before the recording it is unknown', () => {
  const view: HistoryView = {
    breaker: 'b',
    from: at(0),
    to: at(49),
    resolution_s: 10,
    partial: true,
    bounds_ms: [10, 100],
    points: [point(20, { success: 20, failure: 10 }), point(40, { rejected_open: 5 })],
  };
  const rates = callRates(gridOf(view));

  assert.deepEqual(rates.succeeded, [null, null, 2, 0, 0]);
  assert.deepEqual(rates.failed, [null, null, 1, 0, 0]);
  assert.deepEqual(rates.blocked, [null, null, 0, 0, 0.5]);
});

test('percentiles are computed from buckets, and without calls there are none', () => {
  assert.equal(percentile([0, 0, 0], [10, 100], 0.5), null);
  assert.equal(percentile([100, 0, 0], [10, 100], 0.5), 5);
  assert.equal(percentile([50, 50, 0], [10, 100], 0.95), 91);
  assert.equal(percentile([0, 0, 7], [10, 100], 0.99), 100, 'above the last bound only that bound is known');
});

test('a strip shows each state, and what is not known', () => {
  const transitions = [
    { from: 'open', to: 'closed', at: at(80) },
    { from: 'closed', to: 'open', at: at(60) },
  ] as const;
  const seconds = (fromMs: number): number => (fromMs - start) / 1_000;
  const strip = stretchesOf(transitions, 'closed', { fromMs: start, toMs: start + 100_000, startedMs: start + 30_000 });

  assert.deepEqual(
    strip.map(({ state, fromMs, toMs }) => [state, seconds(fromMs), seconds(toMs)]),
    [
      ['unknown', 0, 30],
      ['closed', 30, 60],
      ['open', 60, 80],
      ['closed', 80, 100],
    ],
  );
});

test('a strip is unknown before the oldest retained transition', () => {
  const transitions = Array.from({ length: 20 }, (_, index) => ({
    from: index % 2 === 0 ? ('open' as const) : ('closed' as const),
    to: index % 2 === 0 ? ('closed' as const) : ('open' as const),
    at: at(90 - index),
  }));
  const strip = stretchesOf(transitions, 'closed', { fromMs: start, toMs: start + 100_000, startedMs: start });

  assert.deepEqual([strip[0]?.state, strip[0]?.toMs], ['unknown', start + 71_000]);
});

test('a sparkline has a sentence for screen readers', () => {
  assert.equal(
    sparklineText({ succeeded: [3, 0], failed: [1, 1], refused: [0, 4] }, 60),
    '9 calls in the last 60 min: 2 failed, 4 blocked.',
  );
});
