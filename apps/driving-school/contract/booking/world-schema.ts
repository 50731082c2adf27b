/** The Zod schema of `BookingWorld`, for the answer of `GET /api/booking-world`. */
import { z } from 'zod';
import { calendarDay } from '../field-schemas.ts';
import { type BookingWorld, claimSources, resourceKinds } from './world.ts';

const instantMs = z.int().meta({ description: 'Milliseconds since 1970 (UTC)' });
const day = calendarDay;
const openDay = calendarDay.nullable();

const ruleSetSchema = z.object({
  id: z.string(),
  name: z.string(),
  rules: z.object({
    in_vehicle_day_cap_minutes: z.int(),
    in_vehicle_class_day_cap_minutes: z.int(),
    student_age_min: z.int(),
    g1_from_minute: z.int(),
    g1_to_minute: z.int(),
    deadline_near_days: z.int(),
    in_vehicle_minutes: z.int(),
    classroom_minutes: z.int(),
    flexible_minutes: z.int(),
  }),
});

/** Everything known when a booking is judged. */
export const bookingWorldSchema: z.ZodType<BookingWorld, BookingWorld> = z.object({
  locations: z.array(z.object({ id: z.string(), name: z.string(), time_zone: z.string(), buffer_minutes: z.int() })),
  instructors: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      licence_expires_on: openDay,
      contract_from: openDay,
      contract_to: openDay,
      transmissions: z.enum(['automatic', 'manual', 'both']),
      disabled: z.boolean(),
      hours: z.array(
        z.object({
          weekday: z.int(),
          from_minute: z.int(),
          to_minute: z.int(),
          valid_from: openDay,
          valid_to: openDay,
        }),
      ),
    }),
  ),
  vehicles: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      transmission: z.enum(['automatic', 'manual']),
      dual_brake: z.boolean(),
      insurance_expires_on: openDay,
      registration_expires_on: openDay,
      safety_expires_on: openDay,
    }),
  ),
  students: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      birth_date: day,
      licence_class: z.enum(['none', 'G1', 'G2', 'G']),
      licence_issued_on: openDay,
      licence_expires_on: openDay,
      instructor_id: z.string().nullable(),
      area: z.string().nullable(),
    }),
  ),
  enrolments: z.array(
    z.object({
      id: z.string(),
      student_id: z.string(),
      kind: z.enum(['bde', 'lesson_pack']),
      status: z.string(),
      course_started_on: day,
      deadline_on: openDay,
      rule_set: ruleSetSchema,
    }),
  ),
  rule_sets: z.array(ruleSetSchema.extend({ effective_from: day, effective_to: openDay })),
  closed_days: z.array(z.object({ day, location_id: z.string().nullable(), name: z.string() })),
  claims: z.array(
    z.object({
      source_kind: z.enum(claimSources),
      source_id: z.string(),
      resource_kind: z.enum(resourceKinds),
      resource_id: z.string(),
      from: instantMs,
      to: instantMs,
    }),
  ),
  in_vehicle: z.array(z.object({ lesson_id: z.string(), student_id: z.string(), local_date: day, minutes: z.int() })),
  class_days: z.array(z.object({ student_id: z.string(), day })),
  owing: z.array(z.object({ student_id: z.string(), cents: z.int() })),
});
