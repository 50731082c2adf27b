import { z } from 'zod';
import { calendarDay, instant } from './field-schemas.ts';
import { affectedLessonsSchema } from './preview.ts';
import { soldMinutesMax } from './products.ts';
import { existingDay } from './rule-sets.ts';

export const enrolmentKinds = ['bde', 'lesson_pack'] as const;
export type EnrolmentKind = (typeof enrolmentKinds)[number];
export const enrolmentStatuses = [
  'active',
  'complete',
  'certifiable',
  'reported',
  'confirmed',
  'withdrawn',
  'expired',
  'transferred',
] as const;
export type EnrolmentStatus = (typeof enrolmentStatuses)[number];

/** The longest reason of a withdrawal, in characters. */
export const withdrawReasonLengthMax = 200;

/** One course of one student. */
export const enrolmentSchema = z.object({
  id: z.string(),
  student_id: z.string(),
  kind: z.enum(enrolmentKinds),
  product_id: z.string().nullable(),
  product_name: z.string().nullable(),
  rule_set: z
    .object({ id: z.string(), name: z.string() })
    .meta({ description: 'The rules of the first day, which the course keeps' }),
  course_started_on: calendarDay,
  deadline_on: calendarDay
    .nullable()
    .meta({ description: 'The last day on which lessons count; null for lesson packs' }),
  rule_deadline_on: calendarDay.nullable().meta({ description: 'The latest possible deadline' }),
  days_left: z.int().nullable().meta({ description: 'Days until the deadline; 0 on that day, negative after it' }),
  in_vehicle_minutes_bought: z.int(),
  in_vehicle_minutes_required: z
    .int()
    .meta({ description: 'In-car time that the course needs: by its rules, or as bought' }),
  in_vehicle_minutes_booked: z.int().meta({ description: 'In lessons of the course, given and to come' }),
  status: z.enum(enrolmentStatuses),
  status_reason: z.string().nullable(),
  version: z.int(),
  created_at: instant,
  updated_at: instant,
});
export type Enrolment = z.infer<typeof enrolmentSchema>;

export const enrolmentAnswerSchema = z.object({ data: enrolmentSchema, stale: z.boolean(), as_of: instant });
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswerSchema>;

/** The answer to a change of dates. With `?preview=true`, `data` is the record as it stays. */
export const enrolmentChangeAnswerSchema = enrolmentAnswerSchema.extend({ affected_lessons: affectedLessonsSchema });
export type EnrolmentChangeAnswer = z.infer<typeof enrolmentChangeAnswerSchema>;

/** All courses of a student, the latest first. There are few, so there is one page. */
export const enrolmentListSchema = z.object({
  data: z.array(enrolmentSchema),
  next_cursor: z.string().nullable(),
  stale: z.boolean(),
  as_of: instant,
  complete: z.boolean(),
});
export type EnrolmentList = z.infer<typeof enrolmentListSchema>;

const boughtMinutes = z
  .int('Send whole minutes.')
  .min(0, 'Send whole minutes, 0 or more.')
  .max(soldMinutesMax, `Send at most ${soldMinutesMax} minutes.`);

/** `POST /api/students/{student_id}/enrolments`. */
export const enrolmentCreateSchema = z.strictObject({
  kind: z.enum(enrolmentKinds),
  course_started_on: existingDay.optional().meta({ description: 'Default: today' }),
  deadline_on: existingDay.optional().meta({ description: 'Earlier than the rules demand. Not for lesson packs' }),
  product_id: z.uuid('This is not the ID of a product.').nullable().optional(),
  in_vehicle_minutes_bought: boughtMinutes
    .optional()
    .meta({ description: 'Default: as in the product, or for a BDE course as in its rules' }),
});
export type EnrolmentCreate = z.input<typeof enrolmentCreateSchema>;

/** `PATCH /api/enrolments/{id}`. Omitted members stay the same; `deadline_on: null` is the deadline of the rules. */
export const enrolmentChangesSchema = z.strictObject({
  course_started_on: existingDay.optional(),
  deadline_on: existingDay.nullable().optional(),
  in_vehicle_minutes_bought: boughtMinutes.optional(),
});
export type EnrolmentChanges = z.input<typeof enrolmentChangesSchema>;

/** `POST /api/enrolments/{id}/withdraw` and `/reinstate`. */
export const enrolmentStepSchema = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .max(withdrawReasonLengthMax, `Enter at most ${withdrawReasonLengthMax} characters.`)
      .optional(),
  })
  .nullish();
