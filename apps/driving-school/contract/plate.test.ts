import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePlate } from './plate.ts';

const plate = (text: string): string => {
  const parsed = parsePlate(text);
  return parsed.ok ? parsed.value : parsed.code;
};

test('plates are written in capitals with single spaces, also with unusual hyphens and wide letters', () => {
  assert.equal(plate(' abcd  123 '), 'ABCD 123');
  assert.equal(plate('ab‑123'), 'AB-123');
  assert.equal(plate('ＡＢ１'), 'AB1');
  assert.equal(plate('ABCD123456'), 'ABCD123456');
});

test('other characters, too many of them and stray spaces or hyphens are problems', () => {
  assert.equal(plate('AB*1'), 'plate_characters');
  assert.equal(plate('ÀB 1'), 'plate_characters');
  assert.equal(plate('-'), 'plate_characters');
  assert.equal(plate('AB -1'), 'plate_characters');
  assert.equal(plate('AB1-'), 'plate_characters');
  assert.equal(plate('ABCD 123456'), 'too_long');
});

test('every accepted plate fits the database, and parsing it again changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'B', '1', '2', ' ', '-', '*', 'é') }), (text) => {
      const parsed = parsePlate(text);
      if (!parsed.ok) return;
      assert.match(parsed.value, /^[A-Z0-9 -]{1,10}$/);
      assert.deepEqual(parsePlate(parsed.value), parsed);
    }),
    { seed: 1 },
  );
});
