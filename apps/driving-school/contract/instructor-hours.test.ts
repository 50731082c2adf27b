import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { WorkingHours } from './booking/world.ts';
import { hoursSummary, hoursText, overlap, parseHours, weeklyMinutes } from './instructor-hours.ts';

const day = fc.constantFrom('2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04');
const anyPeriod: fc.Arbitrary<WorkingHours> = fc
  .record({
    weekday: fc.integer({ min: 1, max: 2 }),
    from_minute: fc.integer({ min: 0, max: 5 }),
    length: fc.integer({ min: 1, max: 3 }),
    valid_from: fc.option(day),
    valid_to: fc.option(day),
  })
  .filter(({ valid_from, valid_to }) => valid_from === null || valid_to === null || valid_from <= valid_to)
  .map(({ length, ...period }) => ({ ...period, to_minute: period.from_minute + length }));

/** Every minute of every day that a period covers. */
function covered({ weekday, from_minute, to_minute, valid_from, valid_to }: WorkingHours): Set<string> {
  const found = new Set<string>();
  for (const date of ['2026-02-28', '2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05']) {
    if ((valid_from !== null && date < valid_from) || (valid_to !== null && date > valid_to)) continue;
    for (let minute = from_minute; minute < to_minute; minute += 1) found.add(`${weekday} ${date} ${minute}`);
  }
  return found;
}

test('two periods overlap exactly when they share a minute of a day', () => {
  fc.assert(
    fc.property(anyPeriod, anyPeriod, (one, other) => {
      const shared = [...covered(one)].some((minute) => covered(other).has(minute));
      assert.equal(overlap(one, other), shared);
    }),
  );
});

test('hours are accepted exactly when no two overlap, and their text is parsed back', () => {
  fc.assert(
    fc.property(fc.array(anyPeriod, { maxLength: 4 }), (periods) => {
      const parsed = parseHours({ hours: periods.map(hoursText) });
      const clash = periods.some((one, index) => periods.slice(0, index).some((other) => overlap(one, other)));
      assert.equal(parsed.ok, !clash);
      if (parsed.ok) {
        const key = (period: WorkingHours): string => JSON.stringify(hoursText(period));
        assert.deepEqual(parsed.hours.map(key).toSorted(), periods.map(key).toSorted());
      }
    }),
  );
});

test('the summary joins days with the same hours and leaves out hours that do not hold', () => {
  const period = (weekday: number, from: number, to: number, valid_to: string | null = null): WorkingHours => ({
    weekday,
    from_minute: from * 60,
    to_minute: to * 60,
    valid_from: null,
    valid_to,
  });
  const hours = [
    ...[1, 2, 3].map((weekday) => period(weekday, 9, 17)),
    period(5, 9, 12),
    period(5, 13, 17),
    period(6, 8, 24),
    period(7, 8, 12, '2026-01-31'),
  ];
  assert.equal(
    hoursSummary(hours, '2026-03-02'),
    'Mon–Wed 09:00–17:00, Fri 09:00–12:00 & 13:00–17:00, Sat 08:00–24:00',
  );
  assert.equal(weeklyMinutes(hours, '2026-03-02'), (24 + 7 + 16) * 60);
  assert.match(hoursSummary(hours, '2026-01-31'), /Sun 08:00–12:00$/);
  assert.equal(hoursSummary([], '2026-03-02'), '');
});
