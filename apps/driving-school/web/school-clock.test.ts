import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { noteCopyAge, schoolAheadMs, setSchoolClock } from './school-clock.ts';

beforeEach(() => {
  schoolAheadMs.value = 0;
});

test('the school’s clock follows the server, and not the few seconds that an answer takes', () => {
  setSchoolClock(Date.now() + 4_000);
  assert.equal(schoolAheadMs.value, 0);
  setSchoolClock(new Date(Date.now() + 3_600_000).toISOString());
  assert.ok(Math.abs(schoolAheadMs.value - 3_600_000) < 1_000);
});

test('the age of a copy tells the school’s time; a live answer without one does not', () => {
  const asOf = new Date(Date.now() + 3_600_000).toISOString();
  noteCopyAge({ as_of: asOf, stale: false });
  noteCopyAge(undefined);
  assert.equal(schoolAheadMs.value, 0);
  noteCopyAge({ as_of: asOf, stale: true, copy_age_seconds: 120 });
  assert.ok(Math.abs(schoolAheadMs.value - 3_720_000) < 1_000);
});
