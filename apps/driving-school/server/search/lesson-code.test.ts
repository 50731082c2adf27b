import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { codePatterns } from './lesson-code.ts';

test('a code is read with and without L, hyphen and capital letters', () => {
  for (const text of ['L-7K3F', 'l-7k3f', 'L 7K3F', 'l7k3f', '7k3f', ' 7K3F ', 'L–7K3F', '1-7k3f', 'I-7K3F', 'i7k3f']) {
    assert.ok(codePatterns(text).whole.includes('L-7K3F'), text);
  }
});

test('a code that begins with L may be meant with or without its mark', () => {
  assert.deepEqual(codePatterns('LK3FA').whole, ['L-K3FA', 'L-LK3FA']);
  assert.deepEqual(codePatterns('L-K3FA').whole, ['L-K3FA']);
});

test('0, O, 1 and I, which are in no code, match any character', () => {
  assert.deepEqual(codePatterns('L-7O3F').misread, ['L-7_3F']);
  assert.deepEqual(codePatterns('703F').misread, ['L-7_3F']);
  assert.deepEqual(codePatterns('L-0010').misread, [], 'too few characters are left');
});

test('the beginning of a code is searched when it can’t be a name', () => {
  assert.deepEqual(codePatterns('L-7K').beginnings, ['L-7K_%']);
  assert.deepEqual(codePatterns('7k3').beginnings, ['L-7K3_%']);
  assert.deepEqual(codePatterns('ann').beginnings, []);
});

test('other texts are not codes', () => {
  for (const text of [
    '',
    'x',
    'Tremblay',
    'zoe tremblay',
    '416-555-0123',
    'a@b',
    '7K3F%',
    'L-7K_F',
    "L-7'3F",
    'Ánna',
  ]) {
    const { whole, misread, beginnings } = codePatterns(text);
    assert.deepEqual([...whole, ...misread, ...beginnings], [], text);
  }
});

test('no text gives a pattern with wildcards of its own', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 10 }), (text) => {
      const { whole, misread, beginnings } = codePatterns(text);
      for (const pattern of whole) assert.match(pattern, /^L-[2-9A-HJ-NP-Z]{4,6}$/);
      for (const pattern of misread) assert.match(pattern, /^L-[2-9A-HJ-NP-Z_]{4,6}$/);
      for (const pattern of beginnings) assert.match(pattern, /^L-[2-9A-HJ-NP-Z]{2,5}_%$/);
    }),
  );
});
