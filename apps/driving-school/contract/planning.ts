/** Finding free times and planning whole courses: requests and answers. */
import { z } from 'zod';
import { slotObstacles } from './booking/slot-grid.ts';
import { lessonTypes } from './booking/world.ts';
import { checkPeriod } from './calendar.ts';
import { calendarDay, instant } from './field-schemas.ts';
import { conflictSchema, lessonMinutesMax, lessonMinutesMin, lessonSchema } from './lessons.ts';
import { parseClock } from './local-time.ts';
import { parseCalendarDay } from './parsers.ts';
import { refusalSchema } from './rules.ts';

/** Slots per answer, at most: every slot of most searches. */
export const slotsMax = 5_000;
/** Limits of a plan. */
export const planLessonsMax = 60;
export const planWishesMax = 14;
/** How long a previewed plan can be booked, in minutes. */
export const planTokenMinutes = 60;

const lengthMessage = `A lesson lasts from ${lessonMinutesMin} to ${lessonMinutesMax} minutes.`;
const day = z
  .string('Send a calendar day such as 2026-03-09.')
  .refine((text) => parseCalendarDay(text).ok && text.length === 10, 'Send a calendar day such as 2026-03-09.')
  .meta({ description: 'Calendar day, YYYY-MM-DD', example: '2026-03-09' });
const id = (message: string) => z.uuid(message);

/** `GET /api/slots`. Days are both included. */
export const slotQuerySchema = z
  .object({
    student_id: id('Choose a student.'),
    minutes: z.coerce
      .number('Send whole minutes.')
      .int('Send whole minutes.')
      .min(lessonMinutesMin, lengthMessage)
      .max(lessonMinutesMax, lengthMessage)
      .default(60),
    from: day,
    to: day,
    location_id: id('Choose a location.')
      .optional()
      .meta({ description: 'Required when the school has more than one location' }),
    instructor_id: id('Choose an instructor.').optional(),
    vehicle_id: id('Choose a car.').optional(),
    type: z
      .enum(lessonTypes, 'Choose a type: bde_in_vehicle, private or road_test.')
      .optional()
      .meta({ description: 'Default: `bde_in_vehicle` for a student with an active BDE enrolment, else `private`' }),
    enrolment_id: id('Choose an enrolment.').optional(),
    limit: z.coerce
      .number('Enter a whole number.')
      .int('Enter a whole number.')
      .min(1, `Send a number from 1 to ${slotsMax}.`)
      .max(slotsMax, `Send a number from 1 to ${slotsMax}.`)
      .default(slotsMax),
  })
  .superRefine(checkPeriod);
export type SlotQuery = z.infer<typeof slotQuerySchema>;

const localStartText = z.string().meta({ description: 'Wall time at the location', example: '2026-03-09T09:00' });
const obstacle = {
  rule: z.enum(slotObstacles).meta({ description: 'The rule that refuses, or who or what is not free' }),
  message: z.string().meta({ description: 'A sentence for the user' }),
  until: calendarDay.nullable().meta({ description: 'The first day on which the obstacle is gone; null if unknown' }),
};

/** A start that can be booked. */
export const slotSchema = z.object({
  starts_at: instant,
  ends_at: instant,
  local_start: localStartText,
  instructor_id: z.string(),
  vehicle_id: z.string().nullable(),
  location_id: z.string(),
  score: z.number().meta({ description: 'The higher the better: own instructor, same area, little idle time' }),
});
export type OfferedSlot = z.infer<typeof slotSchema>;

/** The answer of `GET /api/slots`. */
export const slotListSchema = z.object({
  data: z.array(slotSchema).meta({ description: 'Best first' }),
  total: z.int().meta({ description: 'The number of all slots, also of those beyond the limit' }),
  refused: z
    .array(z.object({ instructor_id: z.string(), ...obstacle }))
    .meta({ description: 'Each instructor without a slot' }),
  type: z.enum(lessonTypes).meta({ description: 'The type to book the slots with' }),
  enrolment_id: z.string().nullable().meta({ description: 'The enrolment to book the slots with' }),
  next_cursor: z.null(),
  stale: z.boolean(),
  as_of: instant,
  complete: z.boolean().meta({ description: 'Whether no slot is beyond the limit' }),
});
export type SlotList = z.infer<typeof slotListSchema>;

const clock = z
  .string('Send a time such as 17:00.')
  .refine((text) => parseClock(text) !== undefined, 'Send a time from 00:00 to 24:00, such as 17:00.')
  .meta({ example: '17:00' });

/** A weekly time at which the student can come, in wall time at the location. */
export const wishSchema = z.strictObject({
  weekday: z
    .int('Send a weekday from 1 to 7.')
    .min(1, 'Send a weekday from 1 to 7.')
    .max(7, 'Send a weekday from 1 to 7.')
    .meta({ description: '1 is Monday, 7 Sunday' }),
  from: clock,
  to: clock,
  instructor_id: id('Choose an instructor.').optional().meta({ description: 'Only this instructor' }),
});
export type WishText = z.infer<typeof wishSchema>;

/** A lesson that stays when a plan is made again. */
const keptLesson = z.strictObject({
  starts_at: z.iso.datetime({ offset: true, error: 'Send an instant such as 2026-03-09T21:00:00Z.' }),
  instructor_id: id('Choose an instructor.'),
  vehicle_id: id('Choose a car.').nullable(),
});
export type KeptLessonText = z.infer<typeof keptLesson>;

/** `POST /api/lesson-plans/preview`. */
export const planPreviewSchema = z
  .strictObject({
    enrolment_id: id('Choose an enrolment.'),
    location_id: id('Choose a location.')
      .optional()
      .meta({ description: 'Required when the school has more than one location' }),
    wishes: z
      .array(wishSchema)
      .min(1, 'Choose at least one day of the week.')
      .max(planWishesMax, `Send at most ${planWishesMax} wishes.`),
    lesson_minutes: z
      .int('Send whole minutes.')
      .min(lessonMinutesMin, lengthMessage)
      .max(lessonMinutesMax, lengthMessage)
      .default(60),
    lessons: z
      .int('Send a whole number of lessons.')
      .min(1, 'Plan at least one lesson.')
      .max(planLessonsMax, `Plan at most ${planLessonsMax} lessons at once.`)
      .optional()
      .meta({ description: 'Default: as many as the course still needs' }),
    from: day.optional().meta({ description: 'The first day. Default: today' }),
    instructor_id: id('Choose an instructor.').optional().meta({ description: 'Only this instructor' }),
    vehicle_id: id('Choose a car.').optional().meta({ description: 'Only this car' }),
    keep: z
      .array(keptLesson)
      .max(planLessonsMax)
      .optional()
      .meta({ description: 'Lessons of an earlier preview, or chosen by hand, that stay if they are still free' }),
  })
  .superRefine(({ wishes, lesson_minutes }, context) => {
    for (const [index, { from, to }] of wishes.entries()) {
      if ((parseClock(to) ?? 0) - (parseClock(from) ?? 0) >= lesson_minutes) continue;
      const message = `A lesson of ${lesson_minutes} minutes does not fit between ${from} and ${to}.`;
      context.addIssue({ code: 'custom', path: ['wishes', index, 'to'], message });
    }
  });
export type PlanPreviewRequest = z.input<typeof planPreviewSchema>;
export type PlanPreviewBody = z.infer<typeof planPreviewSchema>;

/** A lesson of a preview: like a booked one, without what only booking gives it. */
export const plannedLessonSchema = lessonSchema
  .pick({
    student_id: true,
    enrolment_id: true,
    instructor_id: true,
    vehicle_id: true,
    location_id: true,
    type: true,
    starts_at: true,
    ends_at: true,
    local_start: true,
    local_date: true,
    time_zone: true,
    minutes: true,
    buffer_after_minutes: true,
  })
  .extend({ kept: z.boolean().meta({ description: 'Whether it was in `keep`' }) });
export type PlannedLessonAnswer = z.infer<typeof plannedLessonSchema>;

/** The answer of `POST /api/lesson-plans/preview`. */
export const planPreviewAnswerSchema = z.object({
  data: z.object({
    lessons: z.array(plannedLessonSchema),
    unplaced: z.array(
      z.object({
        index: z.int().meta({ description: 'Position in the course, from 0' }),
        reasons: z.array(
          z.object({ day: calendarDay.nullable().meta({ description: 'null: the end of the plan' }), ...obstacle }),
        ),
      }),
    ),
    ends_on: calendarDay.nullable(),
    deadline_on: calendarDay.nullable(),
    plan_token: z
      .string()
      .nullable()
      .meta({ description: `Books exactly these lessons, for ${planTokenMinutes} minutes. null without lessons` }),
  }),
  stale: z.boolean(),
  as_of: instant,
});
export type PlanPreview = z.infer<typeof planPreviewAnswerSchema>['data'];

/** `POST /api/lesson-plans`. */
export const planCreateSchema = z.strictObject({
  plan_token: z.string('Send the plan_token of a preview.').min(1, 'Send the plan_token of a preview.').max(60_000),
});

/** A booked plan. */
export const lessonPlanAnswerSchema = z.object({
  data: z.object({
    id: z.string(),
    enrolment_id: z.string(),
    wishes: z.array(wishSchema),
    lessons: z.array(lessonSchema),
  }),
  stale: z.boolean(),
  as_of: instant,
});
export type LessonPlan = z.infer<typeof lessonPlanAnswerSchema>['data'];

/** The members of the problem `plan_outdated`. */
export const planOutdatedSchema = z.object({
  expired: z.boolean().meta({ description: 'The plan is too old; preview it again' }),
  conflicts: z.array(conflictSchema),
  refusals: z.array(refusalSchema),
  lost: z.array(keptLesson).meta({ description: 'The lessons that can no longer be booked' }),
});
export type PlanOutdated = z.infer<typeof planOutdatedSchema>;

/** `GET /api/lesson-plans/defaults`: everything that the pages need to begin. */
export const planDefaultsSchema = z.object({
  data: z.object({
    today: calendarDay,
    student: z.object({ id: z.string(), name: z.string(), instructor_id: z.string().nullable() }),
    enrolments: z
      .array(
        z.object({
          id: z.string(),
          kind: z.enum(['bde', 'lesson_pack']),
          course_started_on: calendarDay,
          deadline_on: calendarDay.nullable(),
          required_minutes: z.int(),
          booked_minutes: z.int(),
        }),
      )
      .meta({ description: 'Active ones, the BDE course first' }),
    lesson_minutes: z.int().meta({ description: 'As in the last lesson, else 60' }),
    wishes: z.array(wishSchema).meta({ description: 'From the last lessons of the student' }),
    location_id: z.string().nullable().meta({ description: 'Of the last lesson, else the first location' }),
    locations: z.array(z.object({ id: z.string(), name: z.string() })),
    instructors: z.array(z.object({ id: z.string(), name: z.string() })),
    vehicles: z.array(z.object({ id: z.string(), name: z.string() })),
  }),
  stale: z.boolean(),
  as_of: instant,
});
export type PlanDefaults = z.infer<typeof planDefaultsSchema>['data'];
