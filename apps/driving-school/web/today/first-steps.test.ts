import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CalendarRow } from '../../contract/calendar.ts';
import { missingSteps } from './first-steps.ts';

const location = { id: 'l', name: 'Main', time_zone: 'America/Toronto', status: 'active' as const };
const nine = { weekday: 1, from_minute: 540, to_minute: 1_020, valid_from: null, valid_to: null };
const row = (hours: CalendarRow['hours']): CalendarRow => ({
  instructor_id: 'i',
  vehicle_id: null,
  name: 'Ines',
  lessons: [],
  class_sessions: [],
  time_off: [],
  hours,
});
const labels = (...of: Parameters<typeof missingSteps>) => missingSteps(...of).map(({ label }) => label);

test('an empty school needs all four things, the location first', () => {
  assert.deepEqual(labels({ locations: [], data: [] }, { cars: 0, students: 0 }), [
    'Add a location',
    'Add a car',
    'Add an instructor',
    'Add a student',
  ]);
});

test('what is recorded is not asked for again', () => {
  assert.deepEqual(labels({ locations: [location], data: [row([nine])] }, { cars: 0, students: 3 }), ['Add a car']);
  assert.deepEqual(labels({ locations: [location], data: [row([nine])] }, { cars: 1, students: 1 }), []);
});

test('an instructor without working hours is not enough; one with hours is', () => {
  const have = { cars: 1, students: 1 };
  assert.deepEqual(labels({ locations: [location], data: [row([])] }, have), ['Set working hours']);
  assert.deepEqual(labels({ locations: [location], data: [row([]), row([nine])] }, have), []);
});
