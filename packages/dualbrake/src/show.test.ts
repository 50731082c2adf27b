import assert from 'node:assert/strict';
import { test } from 'node:test';
import { show } from './show.ts';

test('messages show a value briefly, and nothing of what is inside of an object', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const [value, shown] of [
    ['a text', "'a text'"],
    ['x'.repeat(50), `'${'x'.repeat(40)}'`],
    [7, '7'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 'a secret', 'a function'],
    [['a secret'], 'an array'],
    [{ a: 'secret' }, 'an object'],
    [Object.create(null), 'an object'],
    [new Date(0), 'an object of Date'],
    [proxy, 'an object'],
  ] as const) {
    assert.equal(show(value), shown);
  }
});
