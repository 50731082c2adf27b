import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaySheetLesson } from '../../contract/calendar.ts';
import { courseLines, lengthText, longDayText, phoneText, sheetsOf, timesText, totalText } from './day-sheet-text.ts';

const lesson = (fields: Partial<DaySheetLesson>): DaySheetLesson => ({ minutes: 60, ...fields }) as DaySheetLesson;

test('times are those of the location’s wall clock, also when the clock changes during a lesson', () => {
  const times = (starts_at: string, ends_at: string, time_zone = 'America/Toronto') =>
    timesText({ starts_at, ends_at, time_zone });
  assert.equal(times('2026-03-09T13:00:00Z', '2026-03-09T14:30:00Z'), '09:00–10:30');
  assert.equal(times('2026-03-09T13:00:00Z', '2026-03-09T14:30:00Z', 'America/Winnipeg'), '08:00–09:30');
  assert.equal(times('2026-03-08T06:30:00Z', '2026-03-08T07:30:00Z'), '01:30–03:30');
  assert.equal(times('2026-03-10T03:30:00Z', '2026-03-10T04:00:00Z'), '23:30–00:00');
});

test('lengths are in hours and minutes', () => {
  assert.deepEqual([0, 45, 60, 90, 600].map(lengthText), ['0 min', '45 min', '1 h', '1 h 30 min', '10 h']);
});

test('the course says how much of it there is so far, and the days to its deadline', () => {
  const lines = (course: DaySheetLesson['course']) => courseLines({ course, local_date: '2026-03-10' });
  assert.deepEqual(lines(null), []);
  const course = { booked_minutes: 150, required_minutes: 600, deadline_on: '2026-03-11' };
  assert.deepEqual(lines(course), ['2 h 30 min of 10 h so far', '1 day to the deadline']);
  assert.deepEqual(lines({ ...course, deadline_on: '2026-03-10' }).at(-1), '0 days to the deadline');
  assert.deepEqual(lines({ ...course, deadline_on: '2026-03-09' }).at(-1), 'Course ended Mar 9, 2026');
  assert.deepEqual(lines({ ...course, required_minutes: null, deadline_on: null }), ['2 h 30 min so far']);
});

test('sheets are in the order of the instructors’ lessons, with their totals', () => {
  const lessons = [
    lesson({ instructor_id: 'b', instructor_name: 'Bea' }),
    lesson({ instructor_id: 'a', instructor_name: 'Al', minutes: 45 }),
    lesson({ instructor_id: 'b', instructor_name: 'Bea' }),
  ];
  assert.deepEqual(
    sheetsOf(lessons).map((sheet) => [sheet.name, totalText(sheet.lessons)]),
    [
      ['Bea', '2 lessons, 2 h'],
      ['Al', '1 lesson, 45 min'],
    ],
  );
});

test('days and telephone numbers are as people write them', () => {
  assert.equal(longDayText('2026-03-09'), 'Monday, March 9, 2026');
  assert.equal(phoneText('+14165550123', '12'), '416-555-0123 ext. 12');
  assert.equal(phoneText(null), 'No phone number');
});
