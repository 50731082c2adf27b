import { z } from 'zod';
import { studentLessonListSchema, studentLessonQuerySchema } from '../../contract/student-lessons.ts';
import { requireRole } from '../platform/http/access.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { answerLive } from '../platform/http/live-answer.ts';
import { ListCursors } from '../platform/http/list-cursor.ts';
import { noCopyProblem, ProblemError } from '../platform/http/problems.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import type { StudentAccessReader } from '../students/students.ts';
import { LessonsOfNobodyError, StudentLessonLister } from './student-lessons-list.ts';

/** Assembles the list of a student's lessons. */
export function createStudentLessons(
  { database, secrets, policies, wallClock }: SliceOptions,
  students: StudentAccessReader,
): StudentLessonLister {
  const cursors = new ListCursors(secrets, 'student-lessons');
  return new StudentLessonLister({ database: database.kysely, students, policies, cursors, wallClock });
}

/** Adds `GET /api/students/{student_id}/lessons`. */
export function registerStudentLessons(app: HttpServer, lister: StudentLessonLister): void {
  void app.register(async (inner) => {
    inner.setErrorHandler((error) => {
      if (error instanceof LessonsOfNobodyError) throw noStudent();
      throw (error instanceof ProblemError ? undefined : noCopyProblem(error)) ?? error;
    });
    registerList(inner, lister);
  });
}

function registerList(app: HttpServer, lister: StudentLessonLister): void {
  app.get(
    '/api/students/:student_id/lessons',
    {
      preHandler: requireRole('owner', 'office', 'instructor'),
      config: { isRead: true },
      schema: {
        tags: ['Lessons'],
        record: 'student',
        summary: 'List the lessons of a student',
        description: 'The latest first, with those to come. Instructors see their own lessons.',
        params: z.object({ student_id: z.uuid('This is not the ID of a student.') }),
        querystring: studentLessonQuerySchema,
        response: { 200: studentLessonListSchema },
      },
    },
    async (request, reply) => {
      const { actor, params, query, recovery } = request;
      return answerLive(await lister.list(actor, params.student_id, query, recovery), reply);
    },
  );
}

function noStudent(): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'student_not_found',
    title: 'No such student',
    detail: 'There is no such student, or you don’t have access.',
  });
}
