import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildAxis, instantAt } from './calendar-axis.ts';
import { layOut } from './calendar-layout.ts';
import { changeOf, type Direction, placeOf, proposalAt, stepped, utcText } from './calendar-move.ts';
import { calendarOf, lessonAt, rowOf } from './testing/calendar-data.ts';

const zone = 'America/Toronto';

function columnsOf(day: string, lesson = lessonAt(`${day}T09:00`)) {
  const rows = [
    rowOf({ lessons: [lesson] }),
    rowOf({ instructor_id: 'omar', name: 'Omar Haddad' }),
    rowOf({ instructor_id: 'zoe', name: 'Zoé Roy' }),
  ];
  const columns = layOut({
    calendar: calendarOf(rows),
    axis: buildAxis([day], zone),
    locationId: '',
  });
  return { lesson, columns };
}

test('B16: arrows move a lifted lesson by a quarter hour and to the next instructor', () => {
  const { lesson, columns } = columnsOf('2026-03-09');
  const start = placeOf(lesson.id, columns);
  assert.deepEqual(start, { column: 0, row: 36 });
  const moved = stepped(stepped(start, 'down', columns), 'right', columns);
  const proposal = proposalAt(lesson, moved, columns);
  assert.ok(proposal !== undefined);
  assert.deepEqual(changeOf(lesson, proposal), { starts_at: '2026-03-09T13:15Z', instructor_id: 'omar' });
});

test('a lesson put back where it was is no change', () => {
  const { lesson, columns } = columnsOf('2026-03-09');
  const proposal = proposalAt(lesson, { column: 0, row: 36 }, columns);
  assert.ok(proposal !== undefined);
  assert.deepEqual(changeOf(lesson, proposal), {});
});

test('between cars a move changes the car and keeps the instructor', () => {
  const lesson = lessonAt('2026-03-09T09:00', { vehicle_id: 'red' });
  const rows = ['red', 'blue'].map((id) => rowOf({ instructor_id: null, vehicle_id: id, name: id }));
  const columns = layOut({
    calendar: calendarOf(rows),
    axis: buildAxis(['2026-03-09'], zone),
    locationId: '',
  });
  const proposal = proposalAt(lesson, { column: 1, row: 36 }, columns);
  assert.ok(proposal !== undefined);
  assert.deepEqual(changeOf(lesson, proposal), { vehicle_id: 'blue' });
});

test('B8: a step over the skipped hour is one step, and a lesson can’t be put into it', () => {
  const { lesson, columns } = columnsOf('2026-03-08');
  assert.deepEqual(stepped({ column: 0, row: 7 }, 'down', columns), { column: 0, row: 12 });
  assert.deepEqual(stepped({ column: 0, row: 12 }, 'up', columns), { column: 0, row: 7 });
  assert.equal(proposalAt(lesson, { column: 0, row: 9 }, columns), undefined);
});

test('B8: the two passes of the repeated hour are different instants, an hour apart', () => {
  const { lesson, columns } = columnsOf('2026-11-01');
  const at = (row: number) => proposalAt(lesson, { column: 0, row }, columns)?.starts_at ?? Number.NaN;
  assert.equal(utcText(at(4)), '2026-11-01T05:00Z');
  assert.equal(utcText(at(8)), '2026-11-01T06:00Z');
});

test('property: steps stay in the calendar, reach only times that exist, and the opposite step returns', () => {
  const opposite: Readonly<Record<Direction, Direction>> = { up: 'down', down: 'up', left: 'right', right: 'left' };
  fc.assert(
    fc.property(
      fc.constantFrom('2026-03-09', '2026-03-08', '2026-11-01'),
      fc.array(fc.constantFrom<Direction>('up', 'down', 'left', 'right'), { maxLength: 150 }),
      (day, steps) => {
        const { columns } = columnsOf(day);
        let place = { column: 0, row: 36 };
        for (const step of steps) {
          const next = stepped(place, step, columns);
          const track = columns[next.column]?.track;
          assert.ok(track !== undefined);
          assert.notEqual(instantAt(track, next.row), null);
          const isSame = next.column === place.column && next.row === place.row;
          if (!isSame) assert.deepEqual(stepped(next, opposite[step], columns), place);
          place = next;
        }
      },
    ),
  );
});
