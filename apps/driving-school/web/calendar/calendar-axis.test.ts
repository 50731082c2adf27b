import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dayBounds, localTime } from '../../contract/local-time.ts';
import { buildAxis, clockChange, instantAt, rowAt } from './calendar-axis.ts';

const zone = 'America/Toronto';
const ordinary = '2026-03-09';
const spring = '2026-03-08';
const autumn = '2026-11-01';

function trackOf(day: string, week: readonly string[] = [day]) {
  const axis = buildAxis(week, zone);
  const track = axis.days.find((each) => each.day === day);
  assert.ok(track !== undefined);
  return { axis, track };
}

test('an ordinary day has 96 rows, and 09:00 lies on row 36', () => {
  const { axis, track } = trackOf(ordinary);
  assert.equal(axis.rows.length, 96);
  assert.equal(rowAt(track, Date.parse('2026-03-09T13:00:00Z')), 36);
  assert.equal(instantAt(track, 36), Date.parse('2026-03-09T13:00:00Z'));
  assert.equal(clockChange(axis), undefined);
});

test('B8: on the day of 23 hours the skipped hour has rows without a time, and 09:00 stays on row 36', () => {
  const { axis, track } = trackOf(spring);
  assert.equal(track.to - track.from, 23 * 3_600_000);
  assert.deepEqual(
    axis.rows.flatMap(({ minute }, row) => (instantAt(track, row) === null ? [minute] : [])),
    [120, 135, 150, 165],
  );
  assert.equal(rowAt(track, Date.parse('2026-03-08T13:00:00Z')), 36);
  assert.deepEqual(clockChange(axis), { kind: 'skipped', minute: 120 });
});

test('B8: a lesson that ends when the clock is set forward ends above the skipped hour, and the next begins below it', () => {
  const { track } = trackOf(spring);
  const change = Date.parse('2026-03-08T07:00:00Z');
  assert.equal(rowAt(track, change, 'end'), 8);
  assert.equal(rowAt(track, change, 'start'), 12);
});

test('B8: on the day of 25 hours the repeated hour has rows of its own, and 09:00 lies four rows lower', () => {
  const { axis, track } = trackOf(autumn);
  assert.equal(track.to - track.from, 25 * 3_600_000);
  assert.equal(axis.rows.length, 100);
  assert.deepEqual(
    axis.rows.flatMap(({ minute, isRepeated }, row) => (isRepeated ? [[row, minute]] : [])),
    [
      [8, 60],
      [9, 75],
      [10, 90],
      [11, 105],
    ],
  );
  assert.equal(instantAt(track, 4), Date.parse('2026-11-01T05:00:00Z'), '01:00 EDT');
  assert.equal(instantAt(track, 8), Date.parse('2026-11-01T06:00:00Z'), '01:00 EST');
  assert.equal(rowAt(track, Date.parse('2026-11-01T14:00:00Z')), 40);
  assert.deepEqual(clockChange(axis), { kind: 'repeated', minute: 60 });
});

test('in a week, 09:00 lies on one line on all days, and days without the repeated hour have no time there', () => {
  const week = Array.from({ length: 7 }, (_, day) => `2026-10-${26 + day}`.replace('2026-10-32', autumn));
  const days = [...week.slice(0, 6), autumn];
  const axis = buildAxis(days, zone);
  const rows = axis.days.map((track) => rowAt(track, nineOClock(track.day)));
  assert.deepEqual(new Set(rows), new Set([40]));
  assert.deepEqual(axis.days[0]?.instants.slice(8, 12), [null, null, null, null]);

  function nineOClock(day: string): number {
    const { from, to } = dayBounds(day, zone);
    for (let instant = from; instant < to; instant += 900_000)
      if (localTime(instant, zone).minute === 540) return instant;
    throw new Error(`No 09:00 on ${day}`);
  }
});

test('an instant outside the day lies at its beginning or end', () => {
  const { track } = trackOf(ordinary);
  assert.equal(rowAt(track, track.from - 1), 0);
  assert.equal(rowAt(track, track.to + 1), 96);
});

test('property: each row of each day is where the wall clock shows its time, and positions grow with time', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(ordinary, spring, autumn, '2026-07-01', '2027-03-14'),
      fc.constantFrom('America/Toronto', 'America/Winnipeg', 'America/Atikokan'),
      fc.integer({ min: 0, max: 25 * 60 - 1 }),
      (day, inZone, minutes) => {
        const axis = buildAxis([day], inZone);
        const track = axis.days[0];
        assert.ok(track !== undefined);
        const instant = Math.min(track.from + minutes * 60_000, track.to - 60_000);
        const row = Math.floor(rowAt(track, instant));
        const wall = localTime(instant, inZone);
        assert.equal(axis.rows[row]?.minute, wall.minute - (wall.minute % 15));
        assert.ok(rowAt(track, instant + 60_000, 'end') > rowAt(track, instant));
      },
    ),
  );
});
