import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';
import { forgetScheduleCopy, noteScheduleCopy, oldScheduleCopy } from './schedule-copy.ts';

const calendar = '/api/calendar?from=2026-03-09&to=2026-03-15';
const asOf = '2026-03-09T13:00:00.000Z';

afterEach(() => {
  forgetScheduleCopy();
  mock.timers.reset();
});

test('a copy of the calendar or of a day sheet that is more than an hour old is reported, until an answer is live', () => {
  noteScheduleCopy(calendar, { stale: true, as_of: asOf, copy_age_seconds: 3_601 });
  assert.equal(oldScheduleCopy.value, asOf);
  noteScheduleCopy('/api/students?q=roy', { stale: false, as_of: asOf });
  noteScheduleCopy(calendar, { code: 'unavailable' });
  assert.equal(oldScheduleCopy.value, asOf);
  noteScheduleCopy('/api/day-sheets/next', { stale: false, as_of: asOf });
  assert.equal(oldScheduleCopy.value, undefined);
});

test('a page that shows a copy for a long time reports it when the hour is over', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  noteScheduleCopy('/api/day-sheets/2026-03-10?', { stale: true, as_of: asOf, copy_age_seconds: 120 });
  mock.timers.tick(3_480_000);
  assert.equal(oldScheduleCopy.value, undefined);
  mock.timers.tick(1_000);
  assert.equal(oldScheduleCopy.value, asOf);
});

test('the end of the outage ends the report', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  noteScheduleCopy(calendar, { stale: true, as_of: asOf, copy_age_seconds: 120 });
  forgetScheduleCopy();
  mock.timers.tick(7_200_000);
  assert.equal(oldScheduleCopy.value, undefined);
});
