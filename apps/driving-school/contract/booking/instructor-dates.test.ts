import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dayBounds } from '../local-time.ts';
import { isLicensedOn, isUnderContractOn, lessonsBrokenBy } from './instructor-dates.ts';
import { judge } from './judge.ts';
import type { BookingWorld } from './world.ts';

const zone = 'America/Toronto';
const days = Array.from({ length: 12 }, (_, index) => `2026-03-${String(index + 1).padStart(2, '0')}`);
const anyDay = fc.constantFrom(...days);
const anyDates = fc.record({
  licence_expires_on: fc.option(anyDay),
  contract_from: fc.option(anyDay),
  contract_to: fc.option(anyDay),
});

test('a day is allowed exactly when the rules about licence and contract do not refuse a lesson on it', () => {
  fc.assert(
    fc.property(anyDates, anyDay, (dates, day) => {
      const starts_at = dayBounds(day, zone).from + 9 * 3_600_000;
      const world: BookingWorld = {
        locations: [{ id: 'location', name: 'Main', time_zone: zone, buffer_minutes: 0 }],
        instructors: [{ id: 'instructor', name: 'Ines', ...dates, transmissions: 'both', disabled: false, hours: [] }],
        vehicles: [],
        students: [
          {
            id: 'student',
            name: 'Sam',
            birth_date: '2000-01-01',
            licence_class: 'G2',
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
      const refused = new Set(
        judge(
          {
            lesson_id: null,
            type: 'private',
            student_id: 'student',
            enrolment_id: null,
            instructor_id: 'instructor',
            vehicle_id: null,
            location_id: 'location',
            starts_at,
            ends_at: starts_at + 3_600_000,
            buffer_after_minutes: 0,
            relay_after: null,
          },
          world,
        ).map(({ rule }) => rule),
      );
      assert.equal(isLicensedOn(dates, day), !refused.has('instructor_licence'));
      assert.equal(isUnderContractOn(dates, day), !refused.has('instructor_contract'));
      const broken = lessonsBrokenBy(dates, [{ local_date: day }]);
      assert.equal(broken.length, refused.has('instructor_licence') || refused.has('instructor_contract') ? 1 : 0);
    }),
  );
});
