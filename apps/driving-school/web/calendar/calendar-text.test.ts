import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clocksDiffer,
  longDay,
  monthDay,
  shortDay,
  spokenLesson,
  timesOf,
  weekText,
  zoneLong,
  zoneShort,
} from './calendar-text.ts';
import { lessonAt } from './testing/calendar-data.ts';

test('days are written as text', () => {
  assert.equal(longDay('2026-03-09'), 'Monday, March 9, 2026');
  assert.equal(monthDay('2026-03-09'), 'Mon, Mar 9');
  assert.equal(shortDay('2026-03-09'), 'Mon 9');
});

test('a week names its month and its year once, or both of them', () => {
  assert.equal(weekText(['2026-03-09', '2026-03-15']), 'March 9–15, 2026');
  assert.equal(weekText(['2026-03-30', '2026-04-05']), 'March 30 – April 5, 2026');
  assert.equal(weekText(['2026-12-28', '2027-01-03']), 'December 28, 2026 – January 3, 2027');
});

test('a lesson shows the wall time of its location', () => {
  assert.equal(timesOf(lessonAt('2026-03-09T09:00', { time_zone: 'America/Winnipeg' })), '09:00–10:00');
});

test('zones are named only where clocks differ', () => {
  const winter = Date.parse('2026-01-09T12:00:00Z');
  const summer = Date.parse('2026-07-09T12:00:00Z');
  assert.equal(clocksDiffer(winter, 'America/Toronto', 'America/Atikokan'), false);
  assert.equal(clocksDiffer(summer, 'America/Toronto', 'America/Atikokan'), true);
  assert.equal(clocksDiffer(summer, 'America/Toronto', 'America/Thunder_Bay'), false);
  assert.equal(zoneShort(summer, 'America/Toronto'), 'EDT');
  assert.equal(zoneLong(summer, 'America/Winnipeg'), 'Central Time');
});

test('screen readers hear time, student, type, column and code of a lesson, and a status that is not the usual one', () => {
  const lesson = lessonAt('2026-03-09T09:00', { short_code: 'L-7K3F' });
  assert.equal(spokenLesson(lesson, 'Ivan Petrov'), '09:00 to 10:00, Amara Osei, Private lesson, Ivan Petrov, L-7K3F');
  assert.match(spokenLesson({ ...lesson, status: 'cancelled' }, 'Ivan Petrov'), /Private lesson, cancelled, Ivan/);
});
