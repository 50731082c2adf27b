import { z } from 'zod';
import { calendarDay, instant } from './field-schemas.ts';
import { lessonSchema } from './lessons.ts';

/** The longest period of one calendar request, in days. */
export const calendarDaysMax = 42;

/** `GET /api/calendar`. Days are both included. */
export const calendarQuerySchema = z.object({
  from: z.iso.date('Send a calendar day.'),
  to: z.iso.date('Send a calendar day.'),
  by: z.enum(['instructor', 'vehicle']).default('instructor'),
  instructor_id: z.uuid().optional(),
  location_id: z.uuid().optional(),
});
export type CalendarQuery = z.infer<typeof calendarQuerySchema>;

/** A lesson in the calendar, with the names that its box shows. */
export const calendarLessonSchema = lessonSchema.extend({
  student_name: z.string(),
  student_phone: z.string().nullable(),
});
export type CalendarLesson = z.infer<typeof calendarLessonSchema>;

/** A period in which an instructor or a vehicle is away. */
export const busyPeriodSchema = z.object({ id: z.string(), from: instant, to: instant, reason: z.string().nullable() });

/** One row of the calendar: an instructor, or with `by=vehicle` a vehicle. */
export const calendarRowSchema = z.object({
  instructor_id: z.string().nullable().meta({ description: 'null in rows of vehicles' }),
  vehicle_id: z.string().nullable().meta({ description: 'null in rows of instructors' }),
  name: z.string(),
  lessons: z.array(calendarLessonSchema),
  class_sessions: z.array(z.object({ id: z.string(), from: instant, to: instant, name: z.string() })),
  time_off: z.array(busyPeriodSchema),
});
export type CalendarRow = z.infer<typeof calendarRowSchema>;

const dated = { stale: z.boolean(), as_of: instant, complete: z.boolean(), isolated_until: instant.optional() };

/** The answer of `GET /api/calendar`. `complete`: every lesson of the period is there, also in a copy. */
export const calendarSchema = z.object({
  data: z.array(calendarRowSchema),
  closed_days: z.array(z.object({ day: calendarDay, name: z.string(), location_id: z.string().nullable() })),
  ...dated,
});
export type Calendar = z.infer<typeof calendarSchema>;

/** A lesson on the day sheet, with everything that the instructor needs in the car. */
export const daySheetLessonSchema = lessonSchema.extend({
  student: z.object({
    id: z.string(),
    name: z.string(),
    phone: z.string().nullable(),
    licence_class: z.string(),
    emergency_contact: z.string().nullable(),
  }),
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

/** The answer of `GET /api/day-sheets/{date}`. */
export const daySheetSchema = z.object({
  data: z.object({ date: calendarDay, lessons: z.array(daySheetLessonSchema) }),
  ...dated,
});
export type DaySheet = z.infer<typeof daySheetSchema>;
