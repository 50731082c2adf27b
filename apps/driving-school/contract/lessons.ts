import { z } from 'zod';
import { claimSources, lessonTypes, resourceKinds } from './booking/world.ts';
import { calendarDay, instant } from './field-schemas.ts';
import { overrideSchema, refusalSchema } from './rules.ts';

export const lessonStatuses = ['booked', 'cancelled', 'done', 'no_show'] as const;
export const cancelReasons = ['student', 'instructor', 'weather', 'illness', 'test_delay'] as const;
export type CancelReason = (typeof cancelReasons)[number];

/** The length of a lesson, in minutes. */
export const lessonMinutesMin = 15;
export const lessonMinutesMax = 480;
/** Time during which a change can be undone, in minutes. */
export const undoMinutes = 10;

/** A time of day in answers: the wall time at the lesson's location. */
const localTimeText = z.string().meta({ description: 'Wall time at the location', example: '2026-03-09T09:00' });

/** A lesson, in every answer. */
export const lessonSchema = z.object({
  id: z.string(),
  short_code: z.string().meta({ example: 'L-7K3F' }),
  student_id: z.string(),
  enrolment_id: z.string().nullable(),
  instructor_id: z.string(),
  vehicle_id: z.string().nullable(),
  location_id: z.string(),
  type: z.enum(lessonTypes),
  starts_at: instant,
  ends_at: instant,
  local_start: localTimeText,
  local_date: calendarDay,
  time_zone: z.string(),
  minutes: z.int(),
  buffer_after_minutes: z.int(),
  status: z.enum(lessonStatuses),
  status_reason: z.string().nullable(),
  cancelled_notice_at: instant.nullable(),
  /** The lesson after which this one begins without a buffer. */
  relay_after: z.string().nullable(),
  pickup: z.string().nullable(),
  drop_off: z.string().nullable(),
  notes: z.string().nullable(),
  reference_number: z.string().nullable(),
  cancel_by: instant.nullable(),
  plan_id: z.string().nullable(),
  overrides: z.array(overrideSchema),
  /** Until when the last change can be undone; null when it can't. */
  undo_until: instant.nullable(),
  version: z.int(),
});
export type Lesson = z.infer<typeof lessonSchema>;

/** `GET /api/lessons/{id}` and the answers to changes. */
export const lessonAnswerSchema = z.object({ data: lessonSchema, stale: z.boolean(), as_of: instant });
export type LessonAnswer = z.infer<typeof lessonAnswerSchema>;

/** A text of a lesson. Empty ones are none. */
const note = (max: number) =>
  z
    .string('Send a text.')
    .trim()
    .max(max, `Enter at most ${max.toLocaleString('en')} characters.`)
    .transform((text) => (text === '' ? null : text))
    .nullable()
    .optional();
const lengthMessage = `A lesson lasts from ${lessonMinutesMin} to ${lessonMinutesMax} minutes.`;
const minutes = z.int('Send whole minutes.').min(lessonMinutesMin, lengthMessage).max(lessonMinutesMax, lengthMessage);
/** Wall time at the location, or with an offset. Parsed by `parseTime`. */
const startText = z
  .string('Send a time such as 2026-03-09T09:00.')
  .max(40, 'Send a time such as 2026-03-09T09:00.')
  .meta({
    description: 'Without offset: wall time at the location. With offset: that instant',
    example: '2026-03-09T09:00',
  });

/** `POST /api/lessons`. */
export const lessonCreateSchema = z.strictObject({
  student_id: z.uuid('Choose a student.'),
  enrolment_id: z.uuid('Choose an enrolment.').nullable().optional(),
  instructor_id: z.uuid('Choose an instructor.'),
  vehicle_id: z.uuid('Choose a car.').nullable().optional(),
  location_id: z.uuid('Choose a location.'),
  type: z.enum(lessonTypes, 'Choose a type: bde_in_vehicle, private or road_test.'),
  starts_at: startText,
  minutes,
  relay_after: z.uuid('This is not the ID of a lesson.').nullable().optional(),
  pickup: note(200),
  drop_off: note(200),
  notes: note(4_000),
  reference_number: note(40),
  overrides: z.array(overrideSchema).max(10).optional(),
});
export type LessonCreate = z.infer<typeof lessonCreateSchema>;

/** `POST /api/lessons/{id}/move`. Omitted members stay the same. */
export const lessonMoveSchema = z.strictObject({
  starts_at: startText.optional(),
  minutes: minutes.optional(),
  instructor_id: z.uuid('Choose an instructor.').optional(),
  vehicle_id: z.uuid('Choose a car.').nullable().optional(),
  location_id: z.uuid('Choose a location.').optional(),
  overrides: z.array(overrideSchema).max(10).optional(),
});
export type LessonMove = z.infer<typeof lessonMoveSchema>;

const noticeMessage = 'Send a time such as 2026-03-09T09:00, or 2026-03-09T13:00:00Z.';

/** `POST /api/lessons/{id}/cancel`. `notice_at`: when the notice was received; default now. */
export const lessonCancelSchema = z.strictObject({
  reason: z.enum(cancelReasons),
  notice_at: z
    .union([z.iso.datetime({ offset: true }), z.iso.datetime({ local: true })], noticeMessage)
    .optional()
    .meta({
      description:
        'When the notice was received. Without offset: wall time at the location. With offset: that instant. Default: now',
      example: '2026-03-09T13:00:00Z',
    }),
});
export type LessonCancel = z.infer<typeof lessonCancelSchema>;

/** `PATCH /api/lessons/{id}`. Omitted members stay the same; null clears one. */
export const lessonPatchSchema = z.strictObject({
  pickup: note(200),
  drop_off: note(200),
  notes: note(4_000),
  reference_number: note(40),
});
export type LessonPatch = z.infer<typeof lessonPatchSchema>;

/** `POST /api/lessons/check`: the body of a booking, or of a move with the lesson's ID. */
export const lessonCheckSchema = z.union([
  lessonCreateSchema,
  lessonMoveSchema.extend({ lesson_id: z.uuid('This is not the ID of a lesson.') }),
]);
export type LessonCheck = z.infer<typeof lessonCheckSchema>;

/** A period that a booking overlaps, in `409 slot_taken`. */
export const conflictSchema = z.object({
  resource_kind: z.enum(resourceKinds),
  resource_id: z.string(),
  name: z.string(),
  from: instant,
  to: instant,
  source_kind: z.enum(claimSources),
  source_id: z.string(),
});
export type Conflict = z.infer<typeof conflictSchema>;

/** A free time near a taken one. */
export const nearestSlotSchema = z.object({
  starts_at: instant,
  instructor_id: z.string(),
  vehicle_id: z.string().nullable(),
});
export type NearestSlot = z.infer<typeof nearestSlotSchema>;

/** The members of the problem `slot_taken`, besides those of every problem. */
export const slotTakenSchema = z.object({
  conflicts: z.array(conflictSchema),
  nearest: z.array(nearestSlotSchema).max(3),
});
/** The members of the problem `rules_refuse`. */
export const rulesRefuseSchema = z.object({ refusals: z.array(refusalSchema) });

/** The answer of `POST /api/lessons/check`. The booking is possible without overrides when both lists are empty. */
export const lessonVerdictSchema = z.object({
  data: z.object({
    /** Of all kinds, including advice. */
    refusals: z.array(refusalSchema),
    conflicts: z.array(conflictSchema),
    starts_at: instant,
    ends_at: instant,
    local_start: localTimeText,
  }),
});
export type LessonVerdict = z.infer<typeof lessonVerdictSchema>['data'];
