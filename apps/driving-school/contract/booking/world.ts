/**
 * The facts that decide about a booking, as plain data: no database, no clock, no methods. The server loads them in the
 * transaction of the change, the slot search loads them for weeks, and the calendar page loads them before a drop.
 * Instants are milliseconds since 1970 (UTC).
 */
import type { CalendarDay } from '../parsers.ts';

export const lessonTypes = ['bde_in_vehicle', 'private', 'road_test'] as const;
export type LessonType = (typeof lessonTypes)[number];

export const resourceKinds = ['student', 'instructor', 'vehicle', 'room'] as const;
export type ResourceKind = (typeof resourceKinds)[number];
export const claimSources = ['lesson', 'class_session', 'time_off', 'outage', 'road_test'] as const;
export type ClaimSource = (typeof claimSources)[number];

/** A period during which someone or something is busy: [from, to). */
export interface Claim {
  readonly source_kind: ClaimSource;
  readonly source_id: string;
  readonly resource_kind: ResourceKind;
  readonly resource_id: string;
  readonly from: number;
  readonly to: number;
}

export interface LocationFacts {
  readonly id: string;
  readonly name: string;
  readonly time_zone: string;
  readonly buffer_minutes: number;
}

/** Weekly working hours, in minutes of the wall clock of the lesson's location: [from_minute, to_minute). */
export interface WorkingHours {
  /** 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  readonly from_minute: number;
  readonly to_minute: number;
  /** Days on which the hours hold, both included; null is open. */
  readonly valid_from: CalendarDay | null;
  readonly valid_to: CalendarDay | null;
}

export interface InstructorFacts {
  readonly id: string;
  readonly name: string;
  readonly licence_expires_on: CalendarDay | null;
  readonly contract_from: CalendarDay | null;
  readonly contract_to: CalendarDay | null;
  readonly transmissions: 'automatic' | 'manual' | 'both';
  /** Disabled users can't be booked: as if the contract had ended. */
  readonly disabled: boolean;
  readonly hours: readonly WorkingHours[];
}

export interface VehicleFacts {
  readonly id: string;
  /** The plate, and what the office calls the car. */
  readonly name: string;
  readonly transmission: 'automatic' | 'manual';
  readonly dual_brake: boolean;
  /** Null: not recorded, which refuses for insurance and registration. */
  readonly insurance_expires_on: CalendarDay | null;
  readonly registration_expires_on: CalendarDay | null;
  /** Null: no safety certificate is required. */
  readonly safety_expires_on: CalendarDay | null;
}

export interface StudentFacts {
  readonly id: string;
  readonly name: string;
  readonly birth_date: CalendarDay;
  readonly licence_class: 'none' | 'G1' | 'G2' | 'G';
  readonly licence_issued_on: CalendarDay | null;
  readonly licence_expires_on: CalendarDay | null;
  /** The instructor assigned to the student. */
  readonly instructor_id: string | null;
  /** First half of the postal code, for ranking slots. */
  readonly area: string | null;
}

/** The numbers of a rule set. */
export interface RuleNumbers {
  /** In-vehicle minutes of a student a day. */
  readonly in_vehicle_day_cap_minutes: number;
  /** The same on a day with a class. */
  readonly in_vehicle_class_day_cap_minutes: number;
  readonly student_age_min: number;
  /** G1 students drive between these minutes of the wall clock. */
  readonly g1_from_minute: number;
  readonly g1_to_minute: number;
  /** Days before the deadline on which a booking is questioned. */
  readonly deadline_near_days: number;
  readonly in_vehicle_minutes: number;
  readonly classroom_minutes: number;
  readonly flexible_minutes: number;
}

export interface RuleSetFacts {
  readonly id: string;
  readonly name: string;
  readonly rules: RuleNumbers;
}

/** A rule set with the days on which it holds, both included. */
export interface DatedRuleSet extends RuleSetFacts {
  readonly effective_from: CalendarDay;
  /** Null: no later set is known. */
  readonly effective_to: CalendarDay | null;
}

export interface EnrolmentFacts {
  readonly id: string;
  readonly student_id: string;
  readonly kind: 'bde' | 'lesson_pack';
  readonly status: string;
  readonly course_started_on: CalendarDay;
  readonly deadline_on: CalendarDay | null;
  readonly rule_set: RuleSetFacts;
}

export interface ClosedDayFacts {
  readonly day: CalendarDay;
  /** Null: all locations. */
  readonly location_id: string | null;
  readonly name: string;
}

/** Minutes that count towards a student's day cap: an active `bde_in_vehicle` lesson. */
export interface InVehicleLesson {
  readonly lesson_id: string;
  readonly student_id: string;
  readonly local_date: CalendarDay;
  readonly minutes: number;
}

/** Everything known when a booking is judged. Lists may contain more than is needed. */
export interface BookingWorld {
  readonly locations: readonly LocationFacts[];
  readonly instructors: readonly InstructorFacts[];
  readonly vehicles: readonly VehicleFacts[];
  readonly students: readonly StudentFacts[];
  readonly enrolments: readonly EnrolmentFacts[];
  /** Rules for lessons without an enrolment, by the lesson's day. See `ruleSetOfLesson` for days without any. */
  readonly rule_sets: readonly DatedRuleSet[];
  readonly closed_days: readonly ClosedDayFacts[];
  readonly claims: readonly Claim[];
  readonly in_vehicle: readonly InVehicleLesson[];
  /** Days on which a student has a class. */
  readonly class_days: readonly { readonly student_id: string; readonly day: CalendarDay }[];
  /** Cents that a student owes; empty until the school keeps accounts. */
  readonly owing: readonly { readonly student_id: string; readonly cents: number }[];
}

/** A lesson that someone wants to book, or to move. */
export interface Proposal {
  /** The lesson that is moved: its own claims and minutes don't count. Null for a new lesson. */
  readonly lesson_id: string | null;
  readonly type: LessonType;
  readonly student_id: string;
  readonly enrolment_id: string | null;
  readonly instructor_id: string;
  readonly vehicle_id: string | null;
  readonly location_id: string;
  readonly starts_at: number;
  readonly ends_at: number;
  /** Minutes that instructor and vehicle stay busy afterwards. */
  readonly buffer_after_minutes: number;
  /** The lesson that ends where this one begins: its buffer doesn't count. */
  readonly relay_after: string | null;
}
