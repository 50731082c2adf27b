import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdempotencyKeys } from './idempotency-keys.ts';

test('the same content has the same key; other content has a new one', () => {
  const keys = new IdempotencyKeys();
  const first = keys.for({ name: 'Zoé' });
  assert.equal(keys.for({ name: 'Zoé' }), first);
  const second = keys.for({ name: 'Zoë' });
  assert.notEqual(second, first);
  assert.match(second, /^[\da-f]{32}$/);
});

test('after a success, the same content has a new key', () => {
  const keys = new IdempotencyKeys();
  const first = keys.for({ name: 'Zoé' });
  keys.clear();
  assert.notEqual(keys.for({ name: 'Zoé' }), first);
});
