import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays } from '../parsers.ts';
import { judge } from './judge.ts';
import { lessonsBrokenBy, type VehicleDates, vehicleDateNames, vehicleDateRules } from './vehicle-dates.ts';
import type { BookingWorld, Proposal } from './world.ts';

const proposal: Proposal = {
  lesson_id: null,
  type: 'private',
  student_id: 'student',
  enrolment_id: null,
  instructor_id: 'instructor',
  vehicle_id: 'car',
  location_id: 'main',
  starts_at: 0,
  ends_at: 0,
  buffer_after_minutes: 15,
  relay_after: null,
};

/** The rules about the car's dates that refuse a lesson at noon of a day, by `judge`. */
function refusedBy(dates: VehicleDates, day: string): string[] {
  const world: BookingWorld = {
    locations: [{ id: 'main', name: 'Main', time_zone: 'America/Toronto', buffer_minutes: 15 }],
    instructors: [
      {
        id: 'instructor',
        name: 'Ines',
        licence_expires_on: '2099-12-31',
        contract_from: null,
        contract_to: null,
        transmissions: 'both',
        disabled: false,
        hours: [],
      },
    ],
    vehicles: [{ id: 'car', name: 'Car', transmission: 'automatic', dual_brake: true, ...dates }],
    students: [
      {
        id: 'student',
        name: 'Sam',
        birth_date: '2000-01-01',
        licence_class: 'G',
        licence_issued_on: null,
        licence_expires_on: null,
        instructor_id: null,
        area: null,
      },
    ],
    enrolments: [],
    rule_sets: [],
    closed_days: [],
    claims: [],
    in_vehicle: [],
    class_days: [],
    owing: [],
  };
  const starts_at = Date.parse(`${day}T17:00:00Z`);
  return judge({ ...proposal, starts_at, ends_at: starts_at + 3_600_000 }, world).map(({ rule }) => rule);
}

test('a date breaks a lesson exactly when the rule about it would refuse its booking', () => {
  const day = fc.integer({ min: 0, max: 6 }).map((days) => addDays('2026-03-02', days));
  const date = fc.option(day);
  const dates = fc.record({ insurance_expires_on: date, registration_expires_on: date, safety_expires_on: date });
  fc.assert(
    fc.property(dates, day, fc.subarray(vehicleDateNames), (vehicle, local_date, names) => {
      const lesson = { local_date };
      const refused = refusedBy(vehicle, local_date);
      const expected = names.some((name) => refused.includes(vehicleDateRules[name]));
      assert.deepEqual(lessonsBrokenBy(vehicle, names, [lesson]), expected ? [lesson] : []);
    }),
    { numRuns: 500, seed: 1 },
  );
});
