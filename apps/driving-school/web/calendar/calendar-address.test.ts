import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressOf, type CalendarView, daysOf, steppedView, viewOf } from './calendar-address.ts';

const today = '2026-03-09';
const read = (query: string): CalendarView => viewOf(new URLSearchParams(query), today);

test('an address without a query is today by instructor', () => {
  assert.deepEqual(read(''), { view: 'day', by: 'instructor', date: today, instructorId: '', locationId: '' });
});

test('the address holds view, columns and date', () => {
  assert.equal(
    addressOf(read('view=day&by=instructor&date=2026-03-09')),
    '/calendar?view=day&by=instructor&date=2026-03-09',
  );
});

test('invalid parts of an address count as omitted', () => {
  assert.deepEqual(read('view=year&by=room&date=2026-02-30&instructor=1&location=x'), read(''));
});

test('a week is Monday to Sunday, whichever of its days is in the address', () => {
  for (const date of ['2026-03-09', '2026-03-12', '2026-03-15']) {
    assert.deepEqual(daysOf({ view: 'week', date }), [
      '2026-03-09',
      '2026-03-10',
      '2026-03-11',
      '2026-03-12',
      '2026-03-13',
      '2026-03-14',
      '2026-03-15',
    ]);
  }
});

test('a step is a day in a day view and a week in a week view', () => {
  assert.equal(steppedView(read(''), 1).date, '2026-03-10');
  assert.equal(steppedView(read('view=week'), -1).date, '2026-03-02');
});

test('property: a view survives its address', () => {
  const id = fc.oneof(fc.constant(''), fc.uuid());
  fc.assert(
    fc.property(
      fc.constantFrom('day' as const, 'week' as const),
      fc.constantFrom('instructor' as const, 'vehicle' as const),
      fc.integer({ min: 0, max: 5_000 }),
      id,
      id,
      (view, by, offset, instructorId, locationId) => {
        const date = new Date(Date.UTC(2020, 0, 1 + offset)).toISOString().slice(0, 10);
        const sent: CalendarView = { view, by: view === 'week' ? 'instructor' : by, date, instructorId, locationId };
        assert.deepEqual(read(addressOf(sent).split('?')[1] ?? ''), sent);
      },
    ),
  );
});
