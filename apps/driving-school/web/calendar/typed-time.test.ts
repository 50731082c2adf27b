import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tidyTime } from './typed-time.ts';

test('a time is read in the ways that people type it', () => {
  const read = ['9', '930', '9:30', '9.30', '0930', '21h30', '9:30 pm', '9p', '12am', '12 p.m.', ' 14:05 '].map(
    tidyTime,
  );
  assert.deepEqual(read, [
    '09:00',
    '09:30',
    '09:30',
    '09:30',
    '09:30',
    '21:30',
    '21:30',
    '21:00',
    '00:00',
    '12:00',
    '14:05',
  ]);
});

test('anything else is no time', () => {
  for (const text of ['', 'noon', '25', '24:00', '9:60', '13 pm', '0 am', '9:3', '12345'])
    assert.equal(tidyTime(text), undefined, text);
});

test('property: a time in its normal form stays as it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), (hour, minute) => {
      const text = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
      assert.equal(tidyTime(text), text);
    }),
  );
});
