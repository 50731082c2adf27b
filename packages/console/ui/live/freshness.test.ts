import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshnessOf } from './freshness.ts';

test('values are connecting before the first message, then live, lagging after 15 s, stale after 30 s', () => {
  assert.deepEqual(
    [undefined, 100_000, 85_001, 85_000, 70_001, 70_000].map((sign) => freshnessOf(sign, 100_000)),
    ['connecting', 'live', 'live', 'lagging', 'lagging', 'stale'],
  );
});
