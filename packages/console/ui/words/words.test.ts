import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capital, countDown, durationText, limitText, numberText, sentence, shareText } from './words.ts';

test('a countdown ends in words, not in a negative number', () => {
  assert.deepEqual(
    [countDown(10_000, 7_100), countDown(10_000, 10_000), countDown(600_000, 1)],
    ['in 3 s', 'at the next call', 'in 10 min'],
  );
});

test('a missing measurement is a dash, never 0', () => {
  assert.deepEqual(
    [numberText(null), numberText(0), durationText(null), durationText(340), durationText(4_240)],
    ['—', '0', '—', '340 ms', '4.2 s'],
  );
});

test('a configured duration is exact, without an empty decimal', () => {
  assert.deepEqual([400, 1_000, 1_500, 60_000, 90_000, 600_000, 0].map(limitText), [
    '400 ms',
    '1 s',
    '1.5 s',
    '60 s',
    '90 s',
    '10 min',
    '0 ms',
  ]);
});

test('a share of nothing is a dash, and a small share is not 0', () => {
  assert.deepEqual(
    [shareText(0, 0), shareText(0, 10), shareText(1, 4_000), shareText(1, 80), shareText(1, 2)],
    ['—', '0 %', '< 0.1 %', '1.3 %', '50 %'],
  );
});

test('a clause becomes a sentence once', () => {
  assert.deepEqual([capital('it is down'), capital('')], ['It is down.', '']);
  assert.deepEqual([sentence('it is down'), sentence('It is down.'), sentence('')], ['it is down.', 'It is down.', '']);
});
