import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildAxis } from './calendar-axis.ts';
import { firstRow, inLanes, layOut, offHours } from './calendar-layout.ts';
import { calendarOf, lessonAt, rowOf } from './testing/calendar-data.ts';

const zone = 'America/Toronto';
const monday = '2026-03-09';
const axis = buildAxis([monday], zone);
const works = (weekday: number, from: number, to: number) => ({
  weekday,
  from_minute: from * 60,
  to_minute: to * 60,
  valid_from: null,
  valid_to: null,
});

function layOutOne(...parts: Parameters<typeof rowOf>) {
  const [column] = layOut({ calendar: calendarOf([rowOf(...parts)]), axis, locationId: '' });
  assert.ok(column !== undefined);
  return column;
}

test('a lesson is a box at its time, with its buffer as a tail', () => {
  const [box] = layOutOne({
    lessons: [lessonAt('2026-03-09T09:00', { minutes: 60, buffer_after_minutes: 15 })],
  }).lessons;
  assert.deepEqual([box?.top, box?.bottom, box?.tail, box?.lane, box?.lanes], [36, 40, 1, 0, 1]);
});

test('a lesson over midnight is drawn on both days, each with its part', () => {
  const both = buildAxis(['2026-03-09', '2026-03-10'], zone);
  const lesson = lessonAt('2026-03-09T23:30', { minutes: 60, buffer_after_minutes: 15 });
  const columns = layOut({
    calendar: calendarOf([rowOf({ lessons: [lesson] })]),
    axis: both,
    locationId: '',
  });
  assert.deepEqual(
    columns.map(({ lessons }) => lessons.map(({ top, bottom, tail }) => [top, bottom, tail])),
    [[[94, 96, 0]], [[0, 2, 1]]],
  );
});

test('a cancelled lesson takes no place from the lesson that was booked in its time', () => {
  const column = layOutOne({
    lessons: [lessonAt('2026-03-09T09:00', { status: 'cancelled' }), lessonAt('2026-03-09T09:00')],
  });
  assert.deepEqual([column.lessons.map(({ lane, lanes }) => [lane, lanes]), column.cancelled.length], [[[0, 1]], 1]);
});

test('of lessons cancelled at the same time, the one booked last is at the edge, because only a few are drawn', () => {
  const cancelledAt = (id: string) => lessonAt('2026-03-09T09:00', { id, status: 'cancelled' });
  const { cancelled } = layOutOne({ lessons: [cancelledAt('01'), cancelledAt('03'), cancelledAt('02')] });

  assert.deepEqual(
    cancelled.map(({ lesson, lane }) => [lesson.id, lane]),
    [
      ['03', 0],
      ['02', 1],
      ['01', 2],
    ],
  );
});

test('B8: on both days of a clock change a lesson at 09:00 lies at 09:00 and is as long as it lasts', () => {
  for (const day of ['2026-03-08', '2026-11-01']) {
    const changed = buildAxis([day], zone);
    const [column] = layOut({
      calendar: calendarOf([rowOf({ lessons: [lessonAt(`${day}T09:00`, { minutes: 60 })] })]),
      axis: changed,
      locationId: '',
    });
    const box = column?.lessons[0];
    assert.ok(box !== undefined);
    assert.equal(changed.rows[box.top]?.minute, 540);
    assert.equal(box.bottom - box.top, 4);
  }
});

test('B8: a lesson through the skipped hour covers it, and one through the repeated hour covers both', () => {
  const through = (day: string) => {
    const [column] = layOut({
      calendar: calendarOf([rowOf({ lessons: [lessonAt(`${day}T00:30`, { minutes: 180, buffer_after_minutes: 0 })] })]),
      axis: buildAxis([day], zone),
      locationId: '',
    });
    const box = column?.lessons[0];
    return [box?.top, box?.bottom];
  };
  assert.deepEqual(through('2026-03-08'), [2, 18], '00:30 to 04:30 by the wall clock');
  assert.deepEqual(through('2026-11-01'), [2, 14], '00:30 to 02:30 by the wall clock');
});

test('rows outside the working hours of an instructor are shaded; cars have none', () => {
  assert.deepEqual(offHours([works(1, 8, 12), works(1, 13, 18)], monday, axis.rows), [
    { top: 0, bottom: 32 },
    { top: 48, bottom: 52 },
    { top: 72, bottom: 96 },
  ]);
  assert.deepEqual(offHours([works(2, 8, 18)], monday, axis.rows), [{ top: 0, bottom: 96 }]);
  assert.deepEqual(layOutOne({ hours: [works(1, 8, 18)] }).offHours.length, 2);
  assert.deepEqual(layOutOne({ instructor_id: null, vehicle_id: 'red' }).offHours, []);
});

test('time off, classes and closed days are drawn on the days that they touch', () => {
  const column = layOutOne({
    time_off: [{ id: 'off', from: '2026-03-09T12:00:00Z', to: '2026-03-12T04:00:00Z', reason: 'Holiday' }],
    class_sessions: [{ id: 'class', from: '2026-03-10T22:00:00Z', to: '2026-03-11T00:00:00Z', name: 'Module 3' }],
  });
  assert.deepEqual(column.blocks, [{ id: 'off', kind: 'away', label: 'Holiday', top: 32, bottom: 96 }]);

  const calendar = {
    ...calendarOf([rowOf({})]),
    closed_days: [{ day: monday, name: 'Civic holiday', location_id: 'kenora' }],
  };
  const closed = (locationId: string) => layOut({ calendar, axis, locationId })[0]?.closed;
  assert.equal(closed('kenora'), 'Civic holiday');
  assert.equal(closed(''), undefined, 'a day closed at one location is open at the others');
});

test('a view begins shortly before the first lesson, at the latest before eight', () => {
  const at = (start: string) => firstRow([layOutOne({ lessons: [lessonAt(start)] })], axis.rows);
  assert.deepEqual([at('2026-03-09T06:00'), at('2026-03-09T15:00'), at('2026-03-09T00:00')], [22, 30, 0]);
});

test('property: boxes never overlap within a lane, and a box alone has the whole width', () => {
  const span = fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 14 }), (spans) => {
      const boxes = spans.map(([top, length]) => ({ top, bottom: top + length })).toSorted((a, b) => a.top - b.top);
      const placed = inLanes(boxes);
      assert.equal(placed.length, boxes.length);
      const overlap = (a: { top: number; bottom: number }, b: { top: number; bottom: number }) =>
        a.top < b.bottom && b.top < a.bottom;
      for (const [index, box] of placed.entries()) {
        const others = placed.filter((_, other) => other !== index);
        assert.ok(box.lane < box.lanes);
        for (const other of others) {
          if (!overlap(box, other)) continue;
          assert.notEqual(box.lane, other.lane);
          assert.equal(box.lanes, other.lanes);
        }
        if (!others.some((other) => overlap(box, other))) assert.equal(box.lanes, 1);
      }
      // As few as possible: no more than overlap at one time.
      for (const box of placed) {
        const group = placed.filter(({ lanes }) => lanes === box.lanes);
        const most = Math.max(
          ...group.map(({ top }) => group.filter((each) => each.top <= top && top < each.bottom).length),
        );
        assert.ok(box.lanes <= most);
      }
    }),
  );
});
