import { previewQuerySchema } from '../../contract/preview.ts';
import {
  studentAnswerSchema,
  studentChangeAnswerSchema,
  studentChangesSchema,
  studentWriteSchema,
} from '../../contract/students.ts';
import { requireRole } from '../platform/http/access.ts';
import {
  bodyParsedByService,
  changeHeaders,
  changeRequestOf,
  createHeaders,
  versionedChangeOf,
} from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { answerStudent, studentPath } from './student-answer.ts';
import type { StudentService } from './student-service.ts';

const tags = ['Students'];

/** Adds the routes that add, change, archive and restore a student. */
export function registerStudentChanges(app: HttpServer, students: StudentService): void {
  const shared = { preHandler: requireRole('owner', 'office'), validatorCompiler: bodyParsedByService };

  app.post(
    '/api/students',
    {
      ...shared,
      schema: {
        tags,
        summary: 'Add a student',
        headers: createHeaders,
        body: studentWriteSchema,
        response: { 201: studentAnswerSchema },
      },
    },
    async (request, reply) => {
      const reading = await students.create(request.body, changeRequestOf(request));
      reply.code(201).header('location', `/api/students/${reading.student.id}`);
      return answerStudent(reading, request, reply);
    },
  );

  app.patch(
    '/api/students/:student_id',
    {
      ...shared,
      schema: {
        tags,
        summary: 'Change a student',
        description:
          'JSON merge patch (RFC 7396): omitted fields are kept, null clears a field. If-Match is required. A change of the ' +
          'birth date or of the licence answers the booked lessons that it breaks; `?preview=true` changes nothing.',
        consumes: ['application/merge-patch+json', 'application/json'],
        params: studentPath,
        querystring: previewQuerySchema,
        headers: changeHeaders,
        body: studentChangesSchema,
        response: { 200: studentChangeAnswerSchema },
      },
    },
    async (request, reply) => {
      const change = versionedChangeOf(request);
      const { student_id } = request.params;
      const changed = request.query.preview
        ? await students.preview(student_id, request.body, change)
        : await students.change(student_id, request.body, change);
      return { ...answerStudent(changed, request, reply), affected_lessons: [...changed.affectedLessons] };
    },
  );

  for (const [action, status, summary] of [
    ['archive', 'archived', 'Archive a student'],
    ['restore', 'active', 'Restore an archived student'],
  ] as const) {
    app.post(
      `/api/students/:student_id/${action}`,
      {
        ...shared,
        schema: {
          tags,
          summary,
          description: 'If-Match is required.',
          params: studentPath,
          headers: changeHeaders,
          response: { 200: studentAnswerSchema },
        },
      },
      async (request, reply) => {
        const change = versionedChangeOf(request);
        return answerStudent(await students.setStatus(request.params.student_id, status, change), request, reply);
      },
    );
  }
}
