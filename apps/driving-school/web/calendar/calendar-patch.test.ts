import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lessonsOf, withLesson } from './calendar-patch.ts';
import { calendarOf, lessonAt, rowOf } from './testing/calendar-data.ts';

const moved = lessonAt('2026-03-09T09:00', { vehicle_id: 'red', vehicle_name: 'Red' });
const other = lessonAt('2026-03-09T11:00');

test('a lesson that was moved to another instructor is in that row only, with the new name', () => {
  const before = calendarOf([
    rowOf({ lessons: [moved, other] }),
    rowOf({ instructor_id: 'omar', name: 'Omar Haddad' }),
  ]);
  const after = withLesson(before, { ...moved, instructor_id: 'omar', version: 2 });
  assert.deepEqual(
    after.data.map(({ lessons }) => lessons.map(({ id, version, instructor_name: name }) => [id, version, name])),
    [[[other.id, 1, 'Ivan Petrov']], [[moved.id, 2, 'Omar Haddad']]],
  );
});

test('a lesson that was moved to another car is in that row only, and an unchanged car keeps its name', () => {
  const car = (id: string, name: string, lessons = [] as ReturnType<typeof lessonAt>[]) =>
    rowOf({ instructor_id: null, vehicle_id: id, name, lessons });
  const after = withLesson(calendarOf([car('red', 'Red', [moved]), car('blue', 'Blue')]), {
    ...moved,
    vehicle_id: 'blue',
  });
  assert.deepEqual(
    lessonsOf(after).map(({ vehicle_name: name }) => name),
    ['Blue'],
  );
  assert.equal(withLesson(calendarOf([rowOf({ lessons: [moved] })]), moved).data[0]?.lessons[0]?.vehicle_name, 'Red');
});

test('a lesson that the calendar doesn’t show changes nothing', () => {
  const before = calendarOf([rowOf({ lessons: [other] })]);
  assert.equal(withLesson(before, moved), before);
});
