import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relayBefore } from './relay.ts';
import { lessonAt } from './testing/calendar-data.ts';

const first = lessonAt('2026-03-09T13:00:00Z', { buffer_after_minutes: 15 });
const booking = { instructorId: first.instructor_id, startsAt: Date.parse(first.ends_at) };

test('a booking can follow a lesson of the same instructor that ends when it starts', () => {
  assert.equal(relayBefore([lessonAt('2026-03-09T18:00:00Z'), first], booking), first);
});

test('no other lesson can be followed without a break', () => {
  assert.equal(relayBefore([first], { ...booking, instructorId: 'other' }), undefined);
  assert.equal(relayBefore([first], { ...booking, startsAt: booking.startsAt + 60_000 }), undefined);
  assert.equal(relayBefore([{ ...first, status: 'cancelled' }], booking), undefined);
  assert.equal(relayBefore([{ ...first, buffer_after_minutes: 0 }], booking), undefined, 'another one follows it');
});
