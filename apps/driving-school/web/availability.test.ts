import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Availability, observe, savingDisabledReason } from './availability.ts';

const live: Availability = { state: 'live' };
const clockText = (instantMs: number): string => new Date(instantMs).toISOString().slice(11, 16);

test('an outage keeps its start time when it gets worse', () => {
  const copies = observe(live, 'database-down', 1_000);
  assert.deepEqual(copies, { state: 'copies', sinceMs: 1_000 });
  assert.deepEqual(observe(copies, 'server-unreachable', 5_000), { state: 'unreachable', sinceMs: 1_000 });
});

test('a check with the same result returns the same object', () => {
  const copies = observe(live, 'database-down', 1_000);
  assert.equal(observe(copies, 'database-down', 9_000), copies);
  assert.equal(observe(live, 'live', 9_000), live);
});

test('the state is live after an outage', () => {
  assert.deepEqual(observe({ state: 'unreachable', sinceMs: 1 }, 'live', 9_000), { state: 'live' });
});

test('saving is disabled with a reason only during an outage', () => {
  assert.equal(savingDisabledReason(live, clockText), undefined);
  assert.equal(
    savingDisabledReason({ state: 'copies', sinceMs: 0 }, clockText),
    'You can’t save changes while the database is not answering. Saving resumes automatically.',
  );
});

test('an isolation has an end, which is updated when the operator extends it', () => {
  const now = Date.UTC(2026, 10, 23, 14, 0);
  const until = Date.UTC(2026, 10, 23, 14, 30);
  const isolated = observe(live, { isolatedUntilMs: until }, now);

  assert.deepEqual(isolated, { state: 'isolated', sinceMs: now, untilMs: until });
  assert.equal(
    savingDisabledReason(isolated, clockText),
    'An operator has isolated the database until 14:30. You can save changes after that.',
  );
  assert.equal(
    observe(isolated, { isolatedUntilMs: until + 800 }, now + 2_000),
    isolated,
    'the same end, computed again',
  );
  const longer = observe(isolated, { isolatedUntilMs: until + 600_000 }, now + 2_000);
  assert.deepEqual(longer, { state: 'isolated', sinceMs: now, untilMs: until + 600_000 });
  assert.deepEqual(observe(longer, 'database-down', now + 3_000), { state: 'copies', sinceMs: now });
  assert.deepEqual(observe(longer, 'live', now + 3_000), live);
});
