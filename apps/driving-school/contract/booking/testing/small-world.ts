import { parseTime } from '../../local-time.ts';
import type {
  BookingWorld,
  EnrolmentFacts,
  InstructorFacts,
  Proposal,
  RuleSetFacts,
  StudentFacts,
  VehicleFacts,
} from '../world.ts';

/** The rule set of every new school. */
export const ruleSet: RuleSetFacts = {
  id: 'rules',
  name: 'bde-2024',
  rules: {
    in_vehicle_day_cap_minutes: 120,
    in_vehicle_class_day_cap_minutes: 60,
    student_age_min: 16,
    g1_from_minute: 300,
    g1_to_minute: 1_440,
    deadline_near_days: 14,
    in_vehicle_minutes: 600,
    classroom_minutes: 1_200,
    flexible_minutes: 600,
  },
};

interface SmallWorld {
  readonly student?: Partial<StudentFacts>;
  readonly instructor?: Partial<InstructorFacts>;
  readonly vehicle?: Partial<VehicleFacts>;
  readonly enrolment?: Partial<EnrolmentFacts>;
  readonly world?: Partial<BookingWorld>;
}

/** A world of one student, instructor, vehicle and course, in which every rule agrees. */
export function smallWorld({ student, instructor, vehicle, enrolment, world }: SmallWorld = {}): BookingWorld {
  return {
    locations: [
      { id: 'main', name: 'Main', time_zone: 'America/Toronto', buffer_minutes: 15 },
      { id: 'kenora', name: 'Kenora', time_zone: 'America/Winnipeg', buffer_minutes: 15 },
    ],
    instructors: [
      {
        id: 'ines',
        name: 'Ines',
        licence_expires_on: '2026-12-31',
        contract_from: '2026-01-01',
        contract_to: '2026-12-31',
        transmissions: 'both',
        disabled: false,
        hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({
          weekday,
          from_minute: 0,
          to_minute: 1_440,
          valid_from: null,
          valid_to: null,
        })),
        ...instructor,
      },
    ],
    vehicles: [
      {
        id: 'car',
        name: 'AAAA 111',
        transmission: 'automatic',
        dual_brake: true,
        insurance_expires_on: '2026-12-31',
        registration_expires_on: '2026-12-31',
        safety_expires_on: null,
        ...vehicle,
      },
    ],
    students: [
      {
        id: 'zoe',
        name: 'Zoé',
        birth_date: '2000-01-31',
        licence_class: 'G1',
        licence_issued_on: '2026-01-02',
        licence_expires_on: '2026-12-31',
        instructor_id: null,
        area: null,
        ...student,
      },
    ],
    enrolments: [
      {
        id: 'course',
        student_id: 'zoe',
        kind: 'bde',
        status: 'active',
        course_started_on: '2026-03-02',
        deadline_on: '2026-12-31',
        rule_set: ruleSet,
        ...enrolment,
      },
    ],
    rule_sets: [{ ...ruleSet, effective_from: '2000-01-01', effective_to: null }],
    closed_days: [],
    claims: [],
    in_vehicle: [],
    class_days: [],
    owing: [],
    ...world,
  };
}

/** The instant of a wall time in Toronto, or of a time with an offset. */
export function instant(text: string, zone = 'America/Toronto'): number {
  const parsed = parseTime(text, zone);
  if (!parsed.ok) throw new RangeError(`${text}: ${parsed.code}`);
  return parsed.epochMs;
}

/** A lesson in the small world. @param start wall time in Toronto */
export function proposal(start = '2026-05-04T09:00', minutes = 60, fields: Partial<Proposal> = {}): Proposal {
  const starts_at = instant(start);
  return {
    lesson_id: null,
    type: 'bde_in_vehicle',
    student_id: 'zoe',
    enrolment_id: 'course',
    instructor_id: 'ines',
    vehicle_id: 'car',
    location_id: 'main',
    starts_at,
    ends_at: starts_at + minutes * 60_000,
    buffer_after_minutes: 15,
    relay_after: null,
    ...fields,
  };
}
