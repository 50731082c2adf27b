import { z } from 'zod';
import { calendarDay, instant } from './field-schemas.ts';
import { lessonSchema } from './lessons.ts';

/** The longest period of one calendar request, in days. */
export const calendarDaysMax = 42;

const day = z.iso.date('Send a calendar day such as 2026-03-09.');
const thing = (name: string) => z.uuid(`Send the ID of ${name}.`);

/** Checks that a period, with both its days, has at least one day and at most 42. */
export function checkPeriod(
  { from, to }: { readonly from: string; readonly to: string },
  context: z.RefinementCtx<unknown>,
): void {
  // Not a number unless both are days; their own checks have reported that already.
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
  const message =
    days < 1
      ? 'Send a last day that is not before the first.'
      : days > calendarDaysMax && `Send a period of at most ${calendarDaysMax} days.`;
  if (message !== false) context.addIssue({ code: 'custom', path: ['to'], message });
}

/** `GET /api/calendar`. Days are both included. */
export const calendarQuerySchema = z
  .object({
    from: day,
    to: day,
    by: z.enum(['instructor', 'vehicle']).default('instructor'),
    instructor_id: thing('an instructor').optional(),
    location_id: thing('a location').optional(),
    include: z.enum(['cancelled']).optional().meta({ description: '`cancelled`: also cancelled lessons' }),
  })
  .superRefine(checkPeriod);
export type CalendarQuery = z.infer<typeof calendarQuerySchema>;

/** A lesson in the calendar, with the names that its box shows. */
export const calendarLessonSchema = lessonSchema.extend({
  student_name: z.string(),
  student_phone: z.string().nullable(),
  instructor_name: z.string(),
  vehicle_name: z.string().nullable(),
});
export type CalendarLesson = z.infer<typeof calendarLessonSchema>;

/** A period in which an instructor or a vehicle is away. */
export const busyPeriodSchema = z.object({ id: z.string(), from: instant, to: instant, reason: z.string().nullable() });

/** Weekly working hours, in minutes of the wall clock. */
export const workingHoursSchema = z.object({
  weekday: z.int().meta({ description: '1 is Monday, 7 Sunday' }),
  from_minute: z.int(),
  to_minute: z.int(),
  valid_from: calendarDay.nullable(),
  valid_to: calendarDay.nullable(),
});

/** One row of the calendar: an instructor, or with `by=vehicle` a vehicle. */
export const calendarRowSchema = z.object({
  instructor_id: z.string().nullable().meta({ description: 'null in rows of vehicles' }),
  vehicle_id: z.string().nullable().meta({ description: 'null in rows of instructors' }),
  name: z.string(),
  lessons: z.array(calendarLessonSchema),
  class_sessions: z.array(z.object({ id: z.string(), from: instant, to: instant, name: z.string() })),
  time_off: z.array(busyPeriodSchema),
  hours: z.array(workingHoursSchema).meta({ description: 'Empty in rows of vehicles' }),
});
export type CalendarRow = z.infer<typeof calendarRowSchema>;

const dated = {
  stale: z.boolean(),
  as_of: instant,
  complete: z.boolean(),
  isolated_until: instant.optional(),
  copy_age_seconds: z.int().optional().meta({ description: 'Only of copies: by the school’s clock' }),
};

/** The answer of `GET /api/calendar`. `complete`: every lesson of the period is there, also in a copy. */
export const calendarSchema = z.object({
  data: z.array(calendarRowSchema),
  closed_days: z.array(z.object({ day: calendarDay, name: z.string(), location_id: z.string().nullable() })),
  /** Also archived ones, because lessons may name them. */
  locations: z.array(
    z.object({ id: z.string(), name: z.string(), time_zone: z.string(), status: z.enum(['active', 'archived']) }),
  ),
  next_cursor: z.null(),
  ...dated,
});
export type Calendar = z.infer<typeof calendarSchema>;

/** `GET /api/day-sheets/{date}`. */
export const daySheetQuerySchema = z.object({
  instructor_id: thing('an instructor').optional(),
  location_id: thing('a location').optional(),
});
export type DaySheetQuery = z.infer<typeof daySheetQuerySchema>;

/** The student of a lesson on the day sheet. */
export const daySheetStudentSchema = z.object({
  id: z.string(),
  name: z.string(),
  phone: z.string().nullable().meta({ description: 'E.164', example: '+14165550123' }),
  phone_extension: z.string().nullable(),
  licence_class: z.enum(['none', 'G1', 'G2', 'G']),
  emergency_contact: z.object({ name: z.string(), telephone: z.string(), relation: z.string().nullable() }).nullable(),
});

/** A lesson on the day sheet, with everything that the instructor needs in the car. */
export const daySheetLessonSchema = lessonSchema.extend({
  student: daySheetStudentSchema,
  instructor_name: z.string(),
  vehicle_name: z.string().nullable(),
  location_name: z.string(),
  course: z
    .object({
      booked_minutes: z.int().meta({ description: 'In-vehicle minutes booked before this lesson' }),
      required_minutes: z.int().nullable(),
      deadline_on: calendarDay.nullable(),
    })
    .nullable(),
});
export type DaySheetLesson = z.infer<typeof daySheetLessonSchema>;

/** The answer of `GET /api/day-sheets/{date}`. Lessons are sorted by instructor and time, without cancelled ones. */
export const daySheetSchema = z.object({
  data: z.object({
    date: calendarDay,
    lessons: z.array(daySheetLessonSchema),
    /** Whose sheets the user can choose on this day. */
    instructors: z.array(z.object({ id: z.string(), name: z.string() })),
  }),
  ...dated,
});
export type DaySheet = z.infer<typeof daySheetSchema>;
