import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationText } from './duration-text.ts';

const minuteMs = 60_000;

test('a duration is shown in its two largest units', () => {
  assert.equal(durationText(-5), '0 s');
  assert.equal(durationText(59_999), '59 s');
  assert.equal(durationText(3 * minuteMs), '3 min');
  assert.equal(durationText(125 * minuteMs), '2 h 5 min');
  assert.equal(durationText(120 * minuteMs), '2 h');
  assert.equal(durationText(50 * 60 * minuteMs), '2 d 2 h');
});
