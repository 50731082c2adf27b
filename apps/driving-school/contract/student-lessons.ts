import { z } from 'zod';
import { instant } from './field-schemas.ts';
import { lessonSchema } from './lessons.ts';

/** Lessons per page: the default and the maximum. A whole course has about ten. */
export const studentLessonsMax = 200;

/** A lesson of a student, with the names that its row shows. */
export const studentLessonSchema = lessonSchema.extend({
  instructor_name: z.string(),
  vehicle_name: z.string().nullable(),
  location_name: z.string(),
});
export type StudentLesson = z.infer<typeof studentLessonSchema>;

/** A page of lessons, the latest first. */
export const studentLessonListSchema = z.object({
  data: z.array(studentLessonSchema),
  next_cursor: z.string().nullable(),
  stale: z.boolean(),
  as_of: instant,
  complete: z.boolean(),
});
export type StudentLessonList = z.infer<typeof studentLessonListSchema>;

/** `GET /api/students/{student_id}/lessons`. */
export const studentLessonQuerySchema = z.object({
  enrolment_id: z.uuid('This is not the ID of an enrolment.').optional(),
  limit: z.coerce
    .number('Enter a whole number.')
    .int('Enter a whole number.')
    .min(1, `Send a number from 1 to ${studentLessonsMax}.`)
    .max(studentLessonsMax, `Send a number from 1 to ${studentLessonsMax}.`)
    .default(50),
  cursor: z.string().max(2_000).optional().meta({ description: 'next_cursor of the previous page' }),
});
export type StudentLessonQuery = z.infer<typeof studentLessonQuerySchema>;
