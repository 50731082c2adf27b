import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Availability, observe, writingClosedReason } from './availability.ts';

const live: Availability = { state: 'live' };

test('an outage keeps the moment it began, also when it gets worse', () => {
  const copies = observe(live, 'database-down', 1_000);
  assert.deepEqual(copies, { state: 'copies', sinceMs: 1_000 });
  assert.deepEqual(observe(copies, 'server-unreachable', 5_000), { state: 'unreachable', sinceMs: 1_000 });
});

test('a look that shows nothing new changes nothing', () => {
  const copies = observe(live, 'database-down', 1_000);
  assert.equal(observe(copies, 'database-down', 9_000), copies);
  assert.equal(observe(live, 'live', 9_000), live);
});

test('the end of an outage is the plain live state', () => {
  assert.deepEqual(observe({ state: 'unreachable', sinceMs: 1 }, 'live', 9_000), { state: 'live' });
});

test('what is closed says why, and what is open says nothing', () => {
  assert.equal(writingClosedReason(live), undefined);
  assert.equal(
    writingClosedReason({ state: 'copies', sinceMs: 0 }),
    'Changes are closed while the database is not answering. They open again automatically.',
  );
});
