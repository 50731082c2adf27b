import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsByField } from './problem-fields.ts';

const names = ['phone', 'address/street'] as const;

test('a problem is mapped to the field of its pointer', () => {
  assert.deepEqual(
    problemsByField(
      [
        { pointer: '/phone', message: 'Enter ten digits.' },
        { pointer: '/address/street', message: 'Enter a street.' },
      ],
      names,
    ),
    { fields: { phone: 'Enter ten digits.', 'address/street': 'Enter a street.' }, rest: [] },
  );
});

test('a problem of a query is mapped to the field of its parameter', () => {
  const errors = [{ pointer: '?phone', message: 'Enter ten digits.' }];
  assert.deepEqual(problemsByField(errors, names), { fields: { phone: 'Enter ten digits.' }, rest: [] });
});

test('each field gets its first problem', () => {
  const errors = [
    { pointer: '/phone', message: 'First.' },
    { pointer: '/phone', message: 'Second.' },
  ];
  assert.deepEqual(problemsByField(errors, names), { fields: { phone: 'First.' }, rest: [] });
});

test('a problem without a field is returned separately', () => {
  const errors = [
    { pointer: '', message: 'Send a JSON object.' },
    { pointer: '/shoe~1size', message: 'This field cannot be set.' },
    { pointer: '?limit', message: 'Ask for less.' },
  ];
  assert.deepEqual(problemsByField(errors, names), {
    fields: {},
    rest: ['Send a JSON object.', 'This field cannot be set.', 'Ask for less.'],
  });
});
