/// <reference types="node" />
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockTimeText, exactTimeText, relativeText } from './time-text.ts';

const zone = 'America/Toronto';
const fiveAfterTwo = Date.parse('2026-11-23T14:05:09-05:00');
const minuteMs = 60_000;

test('a relative time is the distance from now, in the past and in the future', () => {
  assert.equal(relativeText(fiveAfterTwo, fiveAfterTwo + 2_000), 'just now');
  assert.equal(relativeText(fiveAfterTwo, fiveAfterTwo + 3 * minuteMs), '3 min ago');
  assert.equal(relativeText(fiveAfterTwo, fiveAfterTwo + 125 * minuteMs), '2 h ago');
  assert.equal(relativeText(fiveAfterTwo, fiveAfterTwo + 36 * 60 * minuteMs), '1 day ago');
  assert.equal(relativeText(fiveAfterTwo, fiveAfterTwo + 200 * 24 * 60 * minuteMs), '6 months ago');
  assert.equal(relativeText(fiveAfterTwo + 70_000, fiveAfterTwo), 'in 1 min');
  assert.equal(relativeText(fiveAfterTwo + 48 * 60 * minuteMs - 1_000, fiveAfterTwo), 'in 2 days');
});

test('a clock time includes the day only when it is not today, and the year only when it is not this year', () => {
  assert.equal(clockTimeText(fiveAfterTwo, fiveAfterTwo + minuteMs, zone), '14:05');
  assert.equal(clockTimeText(fiveAfterTwo, fiveAfterTwo + 24 * 60 * minuteMs, zone), 'Nov 23, 14:05');
  assert.equal(clockTimeText(fiveAfterTwo, Date.parse('2027-01-02T12:00:00Z'), zone), 'Nov 23, 2026, 14:05');
});

test('an exact time includes seconds and the time zone', () => {
  assert.equal(exactTimeText(fiveAfterTwo, zone), 'Mon, Nov 23, 2026, 14:05:09 EST');
});
