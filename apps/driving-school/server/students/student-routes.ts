import type { FastifyReply, FastifyRequest } from 'fastify';
import { looksLikeLicenceNumber } from '../../contract/licence-number.ts';
import { importBytesMax } from '../../contract/student-import.ts';
import {
  revealedLicenceNumberSchema,
  studentAnswerSchema,
  type StudentList,
  studentListSchema,
  type StudentQuery,
  studentQuerySchema,
} from '../../contract/students.ts';
import { requireRole } from '../platform/http/access.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { jsonParser } from '../platform/http/json-body.ts';
import type { Policies } from '../policies.ts';
import { answerStudent, studentPath } from './student-answer.ts';
import { registerStudentChanges } from './student-change-routes.ts';
import { registerStudentImport } from './student-import-routes.ts';
import { licenceNumberInUrl, studentProblem } from './student-problems.ts';
import type { StudentService } from './student-service.ts';

/** The parts of the routes. */
export interface StudentRouteParts {
  readonly students: StudentService;
  readonly policies: Pick<Policies, 'getStudent'>;
}

const tags = ['Students'];
const isRead = { isRead: true } as const;

/** Adds `/api/students`. */
export function registerStudents(app: HttpServer, parts: StudentRouteParts): void {
  // In a separate context, so that only these routes accept CSV and merge patches.
  void app.register(async (inner) => {
    inner.addContentTypeParser('text/csv', { parseAs: 'buffer', bodyLimit: importBytesMax }, (_request, body, done) => {
      done(null, body);
    });
    inner.addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, jsonParser(inner));
    inner.setErrorHandler((error, request) => {
      throw studentProblem(error, request) ?? error;
    });
    registerReads(inner, parts);
    registerStudentChanges(inner, parts.students);
    registerStudentImport(inner, parts.students);
  });
}

function registerReads(app: HttpServer, { students, policies }: StudentRouteParts): void {
  const preHandler = requireRole('owner', 'office', 'instructor');
  const list = (request: FastifyRequest, query: StudentQuery, reply: FastifyReply) =>
    students.list(request.actor, query, request.recovery).then((found) => answerList(found, reply));

  app.get(
    '/api/students',
    {
      preHandler,
      config: isRead,
      schema: {
        tags,
        summary: 'List and search students',
        description:
          'While the database is unavailable, searches the local copies; then `stale` is true and `complete` is false. ' +
          'Instructors see only the students assigned to them.',
        querystring: studentQuerySchema,
        response: { 200: studentListSchema },
      },
    },
    async (request, reply) => {
      const { q } = request.query;
      if (q !== undefined && looksLikeLicenceNumber(q)) throw licenceNumberInUrl();
      return list(request, request.query, reply);
    },
  );

  app.post(
    '/api/students/search',
    {
      preHandler,
      config: isRead,
      schema: {
        tags,
        summary: 'Search students without putting the search into a URL',
        description:
          'Like the list, with the search in the body. Required to search for a licence number, which only owner and ' +
          'office can do: at most 60 such searches an hour per user, each recorded in the audit log.',
        body: studentQuerySchema,
        response: { 200: studentListSchema },
      },
    },
    async (request, reply) => list(request, request.body, reply),
  );

  app.get(
    '/api/students/:student_id',
    {
      preHandler,
      config: isRead,
      schema: {
        tags,
        summary: 'Get a student',
        description:
          'Returns a local copy (`stale`) while the database is unavailable. 404 means that the database has no such ' +
          'student; 503 means that the database is unavailable and there is no copy.',
        params: studentPath,
        response: { 200: studentAnswerSchema },
      },
    },
    async (request, reply) => {
      const guarded = { guard: policies.getStudent, context: request.recovery };
      return answerStudent(await students.read(request.actor, request.params.student_id, guarded), request, reply);
    },
  );

  app.post(
    '/api/students/:student_id/licence-number/reveal',
    {
      preHandler: requireRole('owner', 'office'),
      config: isRead,
      schema: {
        tags,
        summary: 'Reveal the licence number',
        description:
          'At most 30 times an hour per user. Recorded in the audit log, without the number, before it is shown.',
        params: studentPath,
        response: { 200: revealedLicenceNumberSchema },
      },
    },
    async (request) => {
      const { student_id } = request.params;
      const licence_number = await students.revealLicenceNumber(request.actor, student_id, request.recovery);
      request.log.info(
        { event: 'licence_number_revealed', student_id, actor_id: request.actor.userId },
        'A licence number was revealed',
      );
      return { data: { licence_number } };
    },
  );
}

function answerList(list: StudentList, reply: FastifyReply): StudentList {
  reply.header('x-data-as-of', list.as_of).header('x-data-source', list.stale ? 'copy' : 'live');
  return list;
}
