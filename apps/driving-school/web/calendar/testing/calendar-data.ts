/** Answers of the calendar for tests. */
import type { Calendar, CalendarLesson, CalendarRow } from '../../../contract/calendar.ts';
import type { BookingWorld } from '../../../contract/booking/world.ts';
import { localTime, parseTime } from '../../../contract/local-time.ts';

const toronto = 'America/Toronto';
let lastId = 0;

/** An ID as the server makes them. */
export function someId(): string {
  lastId += 1;
  return `018f0000-0000-7000-8000-${String(lastId).padStart(12, '0')}`;
}

/** A lesson of 60 minutes. @param start wall time in Toronto */
export function lessonAt(start: string, changes: Partial<CalendarLesson> = {}): CalendarLesson {
  const time_zone = changes.time_zone ?? toronto;
  const parsed = parseTime(start, time_zone);
  if (!parsed.ok) throw new Error(`${start}: ${parsed.code}`);
  const minutes = changes.minutes ?? 60;
  const id = someId();
  return {
    id,
    short_code: `L-${(lastId + 4_096).toString(16).toUpperCase().replaceAll('0', 'Z').replaceAll('1', 'Y')}`,
    student_id: 'student-amara',
    student_name: 'Amara Osei',
    student_phone: '+14165550123',
    instructor_name: 'Ivan Petrov',
    vehicle_name: null,
    enrolment_id: null,
    instructor_id: 'ivan',
    vehicle_id: null,
    location_id: 'main',
    type: 'private',
    starts_at: new Date(parsed.epochMs).toISOString(),
    ends_at: new Date(parsed.epochMs + minutes * 60_000).toISOString(),
    local_start: start,
    local_date: localTime(parsed.epochMs, time_zone).day,
    time_zone,
    minutes,
    buffer_after_minutes: 15,
    status: 'booked',
    status_reason: null,
    cancelled_notice_at: null,
    relay_after: null,
    pickup: null,
    drop_off: null,
    notes: null,
    reference_number: null,
    cancel_by: null,
    plan_id: null,
    overrides: [],
    undo_until: null,
    version: 1,
    ...changes,
  };
}

/** A row of an instructor. */
export function rowOf(parts: Partial<CalendarRow> = {}): CalendarRow {
  return {
    instructor_id: 'ivan',
    vehicle_id: null,
    name: 'Ivan Petrov',
    lessons: [],
    class_sessions: [],
    time_off: [],
    hours: [],
    ...parts,
  };
}

/** An answer of `GET /api/calendar`. */
export function calendarOf(data: CalendarRow[]): Calendar {
  return {
    data,
    closed_days: [],
    locations: [],
    next_cursor: null,
    stale: false,
    as_of: '2026-03-09T12:00:00.000Z',
    complete: true,
  };
}

const rule_set = {
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

function instructor(id: string, name: string, weekdays: readonly number[]): BookingWorld['instructors'][number] {
  return {
    id,
    name,
    licence_expires_on: '2030-01-01',
    contract_from: null,
    contract_to: null,
    transmissions: 'both',
    disabled: false,
    hours: weekdays.map((weekday) => ({
      weekday,
      from_minute: 480,
      to_minute: 1_080,
      valid_from: null,
      valid_to: null,
    })),
  };
}

function vehicle(id: string, insurance_expires_on: string): BookingWorld['vehicles'][number] {
  return {
    id,
    name: `Car ${id}`,
    transmission: 'automatic',
    dual_brake: true,
    insurance_expires_on,
    registration_expires_on: '2030-01-01',
    safety_expires_on: null,
  };
}

/** A world with Ivan, who works from 08:00 to 18:00 on weekdays, Omar, who never works, two cars and the student Amara. */
export function someWorld(changes: Partial<BookingWorld> = {}): BookingWorld {
  return {
    locations: [
      { id: 'main', name: 'Main', time_zone: toronto, buffer_minutes: 15 },
      { id: 'kenora', name: 'Kenora', time_zone: 'America/Winnipeg', buffer_minutes: 15 },
    ],
    instructors: [instructor('ivan', 'Ivan Petrov', [1, 2, 3, 4, 5]), instructor('omar', 'Omar Haddad', [])],
    vehicles: [vehicle('red', '2030-01-01'), vehicle('blue', '2030-01-01'), vehicle('old', '2026-01-01')],
    students: [
      {
        id: 'student-amara',
        name: 'Amara Osei',
        birth_date: '2004-05-01',
        licence_class: 'G2',
        licence_issued_on: '2024-01-01',
        licence_expires_on: '2029-01-01',
        instructor_id: null,
        area: null,
      },
    ],
    enrolments: [],
    rule_sets: [{ ...rule_set, effective_from: '2000-01-01', effective_to: null }],
    closed_days: [],
    claims: [],
    in_vehicle: [],
    class_days: [],
    owing: [],
    ...changes,
  };
}
