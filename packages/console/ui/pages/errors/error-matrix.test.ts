import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorList } from '../../../src/contract.ts';
import { matrixOf, strength } from './error-matrix.ts';

const entry = (type: string, source: string, count: number): ErrorList['errors'][number] => ({
  class: 'transient',
  kind: 'breaker',
  type,
  source,
  count,
  first_seen_at: '2026-11-23T17:00:00.000Z',
  last_seen_at: '2026-11-23T17:00:00.000Z',
  sample: null,
});

test('types and locations with the most errors come first, and repeated entries are added up', () => {
  const matrix = matrixOf([
    entry('a', 'mail', 3),
    entry('b', 'database', 10),
    entry('a', 'mail', 4),
    entry('b', 'mail', 1),
  ]);

  assert.deepEqual([matrix.types, matrix.sources, matrix.most], [['b', 'a'], ['database', 'mail'], 10]);
  assert.deepEqual([matrix.count('a', 'mail'), matrix.count('a', 'database')], [7, 0]);
  assert.ok(strength(1, 1_000) > strength(0, 1_000));
  assert.ok(strength(1_000, 1_000) <= 0.62);
});
