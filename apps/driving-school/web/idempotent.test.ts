import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyPerIntent } from './idempotent.ts';

test('the same content keeps its key, other content gets another', () => {
  const keyFor = keyPerIntent();
  const first = keyFor({ name: 'Zoé' });
  assert.equal(keyFor({ name: 'Zoé' }), first);
  const second = keyFor({ name: 'Zoë' });
  assert.notEqual(second, first);
  assert.match(second, /^[\da-f]{32}$/);
});
