import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CalendarLesson, CalendarRow } from '../../contract/calendar.ts';
import { dayState, wallText } from './today-lessons.ts';

const zone = 'America/Toronto';
const at = (wall: string): number => Temporal.PlainDateTime.from(wall).toZonedDateTime(zone).epochMilliseconds;

function lesson(instructor: string, start: string, minutes = 60, fields: Partial<CalendarLesson> = {}): CalendarLesson {
  const startsAt = at(start);
  return {
    id: `${instructor} ${start}`,
    short_code: 'L-2222',
    student_id: 's',
    enrolment_id: null,
    instructor_id: instructor,
    vehicle_id: null,
    location_id: 'l',
    type: 'private',
    starts_at: new Date(startsAt).toISOString(),
    ends_at: new Date(startsAt + minutes * 60_000).toISOString(),
    local_start: start,
    local_date: start.slice(0, 10),
    time_zone: zone,
    minutes,
    buffer_after_minutes: 15,
    status: 'booked',
    status_reason: null,
    cancelled_notice_at: null,
    relay_after: null,
    pickup: null,
    drop_off: null,
    notes: null,
    reference_number: null,
    cancel_by: null,
    plan_id: null,
    overrides: [],
    undo_until: null,
    version: 1,
    student_name: 'Zoé Tremblay',
    student_phone: null,
    instructor_name: instructor,
    vehicle_name: null,
    ...fields,
  };
}

const row = (id: string, lessons: CalendarLesson[], fields: Partial<CalendarRow> = {}): CalendarRow => ({
  instructor_id: id,
  vehicle_id: null,
  name: id,
  lessons,
  class_sessions: [],
  time_off: [],
  hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({
    weekday,
    from_minute: 540,
    to_minute: 1_020,
    valid_from: null,
    valid_to: null,
  })),
  ...fields,
});

const day = '2026-03-09';
const stateAt = (now: string, rows: readonly CalendarRow[]) =>
  dayState({ data: [...rows] }, { day, now: at(now), zone });

test('a lesson is current from its start until its end, and each instructor has one next lesson', () => {
  const rows = [
    row('a', [lesson('a', `${day}T09:00`), lesson('a', `${day}T10:15`), lesson('a', `${day}T13:00`)]),
    row('b', [lesson('b', `${day}T09:30`, 90), lesson('b', `${day}T12:00`, 60, { status: 'cancelled' })]),
  ];
  const ids = (lessons: readonly CalendarLesson[]) => lessons.map(({ id }) => id.replace(`${day}T`, ''));

  assert.deepEqual(ids(stateAt(`${day}T08:59`, rows).current), []);
  assert.deepEqual(ids(stateAt(`${day}T09:00`, rows).current), ['a 09:00']);
  assert.deepEqual(ids(stateAt(`${day}T09:30`, rows).current), ['a 09:00', 'b 09:30']);
  assert.deepEqual(ids(stateAt(`${day}T10:00`, rows).current), ['b 09:30']);
  assert.deepEqual(ids(stateAt(`${day}T08:00`, rows).next), ['a 09:00', 'b 09:30']);
  assert.deepEqual(ids(stateAt(`${day}T10:15`, rows).next), ['a 13:00']);
  assert.deepEqual(stateAt(`${day}T10:15`, rows).counts, { lessons: 4, ended: 1, cancelled: 1, instructors: 2 });
});

test('free time lies within working hours, after buffers, from the next quarter of an hour on, and is at least an hour', () => {
  const rows = [row('a', [lesson('a', `${day}T10:00`), lesson('a', `${day}T12:00`), lesson('a', `${day}T16:00`, 45)])];
  const gaps = (now: string) =>
    stateAt(now, rows).gaps.map(({ from, to }) => `${wallText(from, zone)}-${wallText(to, zone)}`);

  assert.deepEqual(gaps(`${day}T08:00`), ['13:15-16:00', '09:00-10:00']);
  assert.deepEqual(gaps(`${day}T13:20`), ['13:30-16:00']);
  assert.deepEqual(gaps(`${day}T15:01`), []);
});

test('time off and days without hours leave no free time', () => {
  const off = {
    id: 'o',
    from: new Date(at(`${day}T00:00`)).toISOString(),
    to: new Date(at(`${day}T14:00`)).toISOString(),
  };
  const away = row('a', [], { time_off: [{ ...off, reason: null }] });

  assert.deepEqual(
    stateAt(`${day}T08:00`, [away]).gaps.map(({ from }) => wallText(from, zone)),
    ['14:00'],
  );
  assert.deepEqual(stateAt(`${day}T08:00`, [row('a', [], { hours: [] })]).gaps, []);
});

test('working hours keep the wall clock on the day on which it changes', () => {
  const changeDay = '2026-03-08';
  const { gaps } = dayState({ data: [row('a', [])] }, { day: changeDay, now: at(`${changeDay}T00:00`), zone });

  assert.deepEqual(
    gaps.map(({ from, to }) => [wallText(from, zone), wallText(to, zone)]),
    [['09:00', '17:00']],
  );
});
