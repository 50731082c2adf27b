import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bookingBody, type BookingDraft, draftTimeOf, overridesOf, proposalOf, startOf } from './booking-draft.ts';
import { someWorld } from './testing/calendar-data.ts';

const zone = 'America/Toronto';
const draft: BookingDraft = {
  date: '2026-03-09',
  time: '9:00',
  choice: '',
  minutes: 60,
  instructorId: 'ivan',
  vehicleId: '',
  locationId: 'main',
  type: 'private',
  pickup: ' 1 Example Street ',
  dropOff: '',
  notes: '',
  referenceNumber: '123',
};

test('a typed time is wall time at the location', () => {
  assert.deepEqual(startOf(draft, zone), {
    ok: true,
    epochMs: Date.parse('2026-03-09T13:00Z'),
    text: '2026-03-09T09:00',
    choices: [],
  });
  const [, kenora] = someWorld().locations;
  const identity = {
    lesson_id: null,
    type: 'private',
    student_id: 'a',
    enrolment_id: null,
    relay_after: null,
  } as const;
  assert.equal(proposalOf(draft, identity, kenora)?.starts_at, Date.parse('2026-03-09T14:00Z'));
});

test('B8: a time that occurs twice offers its two instants, and the chosen one counts', () => {
  const autumn = { ...draft, date: '2026-11-01', time: '1:30' };
  const start = startOf(autumn, zone);
  assert.deepEqual(start.ok ? [] : start.choices, ['2026-11-01T01:30:00-04:00', '2026-11-01T01:30:00-05:00']);
  const chosen = startOf({ ...autumn, choice: '2026-11-01T01:30:00-05:00' }, zone);
  assert.deepEqual(chosen, {
    ok: true,
    epochMs: Date.parse('2026-11-01T06:30Z'),
    text: '2026-11-01T01:30:00-05:00',
    choices: ['2026-11-01T01:30:00-04:00', '2026-11-01T01:30:00-05:00'],
  });
});

test('B8: a skipped time names the next one', () => {
  const start = startOf({ ...draft, date: '2026-03-08', time: '2:30' }, zone);
  assert.match(start.ok ? '' : start.message, /skips this time\. The next one is 03:00/);
});

test('a day or a time that can’t be read says which, and makes no proposal', () => {
  for (const [changes, field] of [
    [{ date: '' }, 'date'],
    [{ time: 'soon' }, 'time'],
  ] as const) {
    const start = startOf({ ...draft, ...changes }, zone);
    assert.equal(start.ok ? undefined : start.field, field);
  }
});

test('an instant in the calendar becomes date, time and, in the repeated hour, the choice', () => {
  assert.deepEqual(draftTimeOf(Date.parse('2026-03-09T13:15Z'), zone), {
    date: '2026-03-09',
    time: '09:15',
    choice: '',
  });
  const second = Date.parse('2026-11-01T06:15Z');
  const time = draftTimeOf(second, zone);
  assert.equal(time.choice, '2026-11-01T01:15:00-05:00');
  const start = startOf({ ...draft, ...time }, zone);
  assert.equal(start.ok && start.epochMs, second);
});

test('only soft refusals with a reason become overrides', () => {
  const refusal = (rule: 'closed_day' | 'g1_night' | 'deadline_near', kind: 'soft' | 'hard') => ({
    rule,
    kind,
    message: '',
    facts: {},
    source: 'school',
  });
  const refusals = [refusal('closed_day', 'soft'), refusal('g1_night', 'hard'), refusal('deadline_near', 'soft')];
  assert.deepEqual(overridesOf(refusals, { closed_day: ' Make-up ', g1_night: 'No', deadline_near: ' ' }), [
    { rule: 'closed_day', reason: 'Make-up' },
  ]);
});

test('the request has texts without spaces around them, and a reference number only for a road test', () => {
  const identity = {
    lesson_id: null,
    type: 'private',
    student_id: 'a',
    enrolment_id: null,
    relay_after: null,
  } as const;
  const body = bookingBody(draft, identity, '2026-03-09T09:00', []);
  assert.deepEqual(
    ['lesson_id' in body, 'relay_after' in body],
    [false, false],
    'members of the proposal that the request must not have',
  );
  const relay = bookingBody(draft, { ...identity, relay_after: 'before' }, '2026-03-09T10:00', []);
  assert.equal(relay.relay_after, 'before');
  assert.deepEqual(
    [body.pickup, body.drop_off, 'reference_number' in body, 'overrides' in body],
    ['1 Example Street', null, false, false],
  );
});
