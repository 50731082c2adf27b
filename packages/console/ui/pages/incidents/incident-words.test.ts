import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TimelineEntry } from '../../../src/contract.ts';
import { clockText } from '../../words/words.ts';
import { rowsOf, timeTo } from './incident-words.ts';

const start = Date.UTC(2026, 10, 23, 3, 12);
const entry = (ms: number, text: string, fold: number | null = null): TimelineEntry => ({
  at: new Date(start + ms).toISOString(),
  kind: 'transition',
  target: 'reads.database',
  text,
  actor: null,
  correlation_id: null,
  fold,
});
const timeline = [
  entry(4_000, 'closed to open'),
  entry(4_250, 'half-open', 0),
  entry(9_000, 'a note'),
  entry(9_500, 'open', 0),
  entry(20_000, 'closed'),
];
const fold = { target: 'reads.database', text: 'database: 2 × half-open/open', count: 2, from: '', to: '' };
const textsOf = (unfolded: ReadonlySet<number>): readonly string[] =>
  rowsOf(timeline, [fold], unfolded).map((row) => (row.kind === 'fold' ? row.fold.text : row.entry.text));

test('flapping is one row until it is unfolded', () => {
  assert.deepEqual(textsOf(new Set()), ['closed to open', fold.text, 'a note', 'closed']);
  assert.deepEqual(textsOf(new Set([0])), ['closed to open', fold.text, 'half-open', 'a note', 'open', 'closed']);
});

test('times have seconds, and milliseconds where adjacent rows share a second', () => {
  const times = rowsOf(timeline, [fold], new Set([0])).map((row) => (row.kind === 'entry' ? row.time : 'fold'));
  const clock = (ms: number): string => clockText(start + ms);
  assert.deepEqual(times, [
    clock(4_000),
    'fold',
    clock(4_250),
    `${clock(9_000)}.000`,
    `${clock(9_500)}.500`,
    clock(20_000),
  ]);
});

test('a number that will never be known is not shown as pending', () => {
  assert.deepEqual(
    [
      timeTo(null, 'triggered', 'Never'),
      timeTo(null, 'acknowledged', 'Never'),
      timeTo(null, 'resolved', 'Never'),
      timeTo(4_000, 'resolved', 'Never'),
    ],
    ['Not yet', 'Not yet', 'Never', '4.0 s'],
  );
});
