import type { SlotRequest } from '../slots.ts';
import type { BookingWorld } from '../world.ts';

const vehicle = (id: string) => ({
  id,
  name: id,
  transmission: 'automatic' as const,
  dual_brake: true,
  insurance_expires_on: '2030-01-01',
  registration_expires_on: '2030-01-01',
  safety_expires_on: null,
});

const student = (id: string, area: string) => ({
  id,
  name: id,
  birth_date: '2005-01-01',
  licence_class: 'G1' as const,
  licence_issued_on: null,
  licence_expires_on: null,
  instructor_id: 'i1',
  area,
});

/** A school with two instructors who work on weekdays, two cars, and a search for a student on a Monday. */
export function plainSchool(): { world: BookingWorld; request: SlotRequest } {
  const hours = [1, 2, 3, 4, 5].map((weekday) => ({
    weekday,
    from_minute: 480,
    to_minute: 1_200,
    valid_from: null,
    valid_to: null,
  }));
  const instructor = (id: string) => ({
    id,
    name: id,
    licence_expires_on: '2030-01-01',
    contract_from: null,
    contract_to: null,
    transmissions: 'both' as const,
    disabled: false,
    hours,
  });
  const rules = {
    in_vehicle_day_cap_minutes: 120,
    in_vehicle_class_day_cap_minutes: 60,
    student_age_min: 16,
    g1_from_minute: 300,
    g1_to_minute: 1_440,
    deadline_near_days: 14,
    in_vehicle_minutes: 600,
    classroom_minutes: 1_200,
    flexible_minutes: 600,
  };
  return {
    world: {
      locations: [{ id: 'o1', name: 'Main', time_zone: 'America/Toronto', buffer_minutes: 15 }],
      instructors: [instructor('i1'), instructor('i2')],
      vehicles: [vehicle('v1'), vehicle('v2')],
      students: [student('s1', 'M5V'), student('near', 'M5V'), student('far', 'K1A')],
      enrolments: [
        {
          id: 'e1',
          student_id: 's1',
          kind: 'bde',
          status: 'active',
          course_started_on: '2026-03-02',
          deadline_on: '2027-03-01',
          rule_set: { id: 'r', name: 'bde-2024', rules },
        },
      ],
      rule_sets: [{ id: 'r', name: 'bde-2024', rules, effective_from: '2000-01-01', effective_to: null }],
      closed_days: [],
      claims: [],
      in_vehicle: [],
      class_days: [],
      owing: [],
    },
    request: {
      type: 'private',
      student_id: 's1',
      enrolment_id: null,
      location_id: 'o1',
      minutes: 60,
      from: '2026-03-09',
      to: '2026-03-09',
      instructor_ids: ['i1', 'i2'],
      vehicle_ids: ['v1', 'v2'],
    },
  };
}
