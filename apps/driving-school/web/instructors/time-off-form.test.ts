import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TimeOffForm, timeOffProblems, timeOffRequest } from './time-off-form.ts';

const form: TimeOffForm = {
  fromDay: '2026-03-09',
  toDay: '',
  wholeDays: true,
  fromTime: '',
  toTime: '',
  reason: ' ',
};
const problemNames = (changes: Partial<TimeOffForm>): string[] =>
  Object.entries(timeOffProblems({ ...form, ...changes })).flatMap(([name, problem]) =>
    problem === undefined ? [] : [name],
  );

test('whole days are sent as days, one day without a last one', () => {
  assert.deepEqual(timeOffRequest(form), { from: '2026-03-09', to: '2026-03-09', reason: null });
  assert.deepEqual(timeOffRequest({ ...form, toDay: '2026-03-13', reason: 'Holiday' }), {
    from: '2026-03-09',
    to: '2026-03-13',
    reason: 'Holiday',
  });
});

test('times are sent as wall time, and 24:00 as the next midnight', () => {
  const timed = { ...form, wholeDays: false, fromTime: '1pm', toTime: '17' };
  assert.deepEqual(timeOffRequest(timed), { from: '2026-03-09T13:00', to: '2026-03-09T17:00', reason: null });
  assert.equal(timeOffRequest({ ...timed, toTime: '24:00' }).to, '2026-03-10T00:00');
});

test('each problem is at its input', () => {
  assert.deepEqual(problemNames({}), []);
  assert.deepEqual(problemNames({ fromDay: '' }), ['fromDay']);
  assert.deepEqual(problemNames({ toDay: '2026-03-08' }), ['toDay']);
  assert.deepEqual(problemNames({ wholeDays: false }), ['fromTime', 'toTime']);
  assert.deepEqual(problemNames({ wholeDays: false, fromTime: '13', toTime: '12' }), ['toTime']);
  assert.deepEqual(problemNames({ wholeDays: false, fromTime: '13', toTime: '12', toDay: '2026-03-10' }), []);
});
