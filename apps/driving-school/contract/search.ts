import { z } from 'zod';
import { lessonTypes } from './booking/world.ts';
import { calendarDay, instant } from './field-schemas.ts';
import { lessonStatuses } from './lessons.ts';

export const searchedStudentsMax = 8;
export const searchedLessonsMax = 5;

/** `GET /api/search` and `POST /api/search`. */
export const searchQuerySchema = z.object({
  q: z
    .string('Send the text to search for.')
    .trim()
    .max(100, 'Search for at most 100 characters.')
    .meta({ description: 'A name, a telephone number or its last digits, an e-mail address, or a lesson code' }),
});
export type SearchQuery = z.infer<typeof searchQuerySchema>;

/** How well a record matches: all of a word, its beginning, or with typing errors. */
export const matchKinds = ['exact', 'prefix', 'similar'] as const;
export type MatchKind = (typeof matchKinds)[number];

const matchOf = <const Field extends string>(fields: readonly [Field, ...Field[]]) =>
  z.object({ kind: z.enum(matchKinds), field: z.enum(fields) });

export const studentMatchFields = ['name', 'phone', 'email', 'postal_code', 'licence_number'] as const;
export type StudentMatchField = (typeof studentMatchFields)[number];

export const foundStudentSchema = z.object({
  id: z.string(),
  display_name: z.string().meta({ example: 'Tremblay, Zoé' }),
  preferred_name: z.string().nullable(),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  status: z.enum(['active', 'archived']),
  instructor_name: z.string().nullable(),
  match: matchOf(studentMatchFields),
});
export type FoundStudent = z.infer<typeof foundStudentSchema>;

export const foundLessonSchema = z.object({
  id: z.string(),
  short_code: z.string().meta({ example: 'L-7K3F' }),
  student_id: z.string(),
  student_name: z.string(),
  instructor_id: z.string(),
  instructor_name: z.string(),
  type: z.enum(lessonTypes),
  status: z.enum(lessonStatuses),
  starts_at: instant,
  local_start: z.string().meta({ example: '2026-03-09T09:00' }),
  local_date: calendarDay,
  time_zone: z.string(),
  minutes: z.int(),
  match: matchOf(['short_code', 'student']),
});
export type FoundLesson = z.infer<typeof foundLessonSchema>;

/** The answer of a search, the best matches first. */
export const searchAnswerSchema = z.object({
  data: z.object({
    students: z.array(foundStudentSchema).max(searchedStudentsMax),
    lessons: z.array(foundLessonSchema).max(searchedLessonsMax),
  }),
  stale: z.boolean(),
  as_of: instant,
  complete: z.boolean().meta({ description: 'false while only local copies can be searched' }),
  isolated_until: instant.optional(),
});
export type SearchAnswer = z.infer<typeof searchAnswerSchema>;
