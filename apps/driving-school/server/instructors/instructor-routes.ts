import type { FastifyReply } from 'fastify';
import { visibleRecord } from '../../contract/fields.ts';
import { instructorFields } from '../../contract/instructor-fields.ts';
import {
  type InstructorAnswer,
  instructorAddedSchema,
  instructorAnswerSchema,
  instructorChangedSchema,
  instructorChangesSchema,
  instructorCreateSchema,
  instructorListSchema,
  instructorQuerySchema,
  previewQuerySchema,
} from '../../contract/instructors.ts';
import type { Actor } from '../../contract/session.ts';
import { linkFor } from '../platform/auth/auth.ts';
import { assertRecentAuthentication, requireRole } from '../platform/http/access.ts';
import {
  bodyParsedByService,
  changeHeaders,
  changeRequestOf,
  createHeaders,
  etagOf,
  versionedChangeOf,
} from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { dated } from '../platform/http/live-answer.ts';
import { jsonParser } from '../platform/http/json-body.ts';
import { instructorPath } from './instructor-answer.ts';
import { registerInstructorHours } from './instructor-hours-routes.ts';
import { instructorProblem } from './instructor-problems.ts';
import type { InstructorRecord } from './instructor-repository.ts';
import type { Dated, InstructorService } from './instructor-service.ts';
import { answerOf, summaryOf } from './instructor.ts';
import { registerTimeOff } from './time-off-routes.ts';
import type { TimeOffService } from './time-off-service.ts';

/** The parts of the routes. */
export interface InstructorRouteParts {
  readonly instructors: InstructorService;
  readonly timeOff: TimeOffService;
}

const tags = ['Instructors'];
const isRead = { isRead: true } as const;

/** Adds `/api/instructors`. */
export function registerInstructors(app: HttpServer, parts: InstructorRouteParts): void {
  // In a separate context, so that only these routes accept merge patches.
  void app.register(async (inner) => {
    inner.addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, jsonParser(inner));
    inner.setErrorHandler((error, request) => {
      throw instructorProblem(error, request) ?? error;
    });
    registerReads(inner, parts.instructors);
    registerChanges(inner, parts.instructors);
    registerInstructorHours(inner, parts.instructors);
    registerTimeOff(inner, parts.timeOff);
  });
}

function registerReads(app: HttpServer, instructors: InstructorService): void {
  app.get(
    '/api/instructors',
    {
      preHandler: requireRole('owner', 'office'),
      config: isRead,
      schema: {
        tags,
        summary: 'List the instructors',
        description: 'By name. Without `status`, only those that can be booked and that students can be assigned to.',
        querystring: instructorQuerySchema,
        response: { 200: instructorListSchema },
      },
    },
    async (request, reply) => {
      const { value, today, asOf } = await instructors.list(request.actor, request.recovery);
      const { status } = request.query;
      const shown = value.filter(({ disabled }) => status === 'all' || disabled === (status === 'disabled'));
      return {
        data: shown.map((record) => summaryOf(record, today)),
        next_cursor: null,
        ...dated(asOf, reply),
        complete: true as const,
      };
    },
  );

  app.get(
    '/api/instructors/:instructor_id',
    {
      preHandler: requireRole('owner', 'office', 'instructor'),
      config: isRead,
      schema: {
        tags,
        record: 'instructor',
        summary: 'Get an instructor',
        description: 'Instructors see only themselves.',
        params: instructorPath,
        response: { 200: instructorAnswerSchema },
      },
    },
    async (request, reply) =>
      answer(
        await instructors.read(request.actor, request.params.instructor_id, request.recovery),
        request.actor,
        reply,
      ),
  );
}

function registerChanges(app: HttpServer, instructors: InstructorService): void {
  const shared = { preHandler: requireRole('owner', 'office'), validatorCompiler: bodyParsedByService };

  app.post(
    '/api/instructors',
    {
      ...shared,
      schema: {
        tags,
        refusals: {
          403: {
            reauthentication_required:
              'An invitation requires a recent password: confirm your identity, then send it again.',
          },
        },
        summary: 'Add an instructor',
        description:
          'Adds a user with the role instructor. With `email`, the answer has a one-time link to pass on; that requires a ' +
          'recent password. Without, the owner can invite them later under People.',
        headers: createHeaders,
        body: instructorCreateSchema,
        response: { 201: instructorAddedSchema },
      },
    },
    async (request, reply) => {
      if (hasEmail(request.body)) assertRecentAuthentication(request);
      const { value, ...rest } = await instructors.create(request.body, changeRequestOf(request));
      const { record, link } = value;
      reply.code(201).header('location', `/api/instructors/${record.id}`);
      request.log.info(
        { event: 'instructor.added', actor_id: request.actor.userId, user_id: record.id },
        'An instructor was added',
      );
      return {
        ...answer({ value: record, ...rest }, request.actor, reply),
        ...(link === undefined ? {} : { link: linkFor(request, link) }),
      };
    },
  );

  app.patch(
    '/api/instructors/:instructor_id',
    {
      ...shared,
      schema: {
        tags,
        record: 'instructor',
        summary: 'Change an instructor',
        description:
          'JSON merge patch (RFC 7396): omitted fields are kept, null clears a field. If-Match is required: "0" for a user ' +
          'without a record. `affected_lessons` are the booked lessons that the new dates break; they stay booked. With ' +
          '`preview=true` nothing is changed.',
        consumes: ['application/merge-patch+json', 'application/json'],
        params: instructorPath,
        querystring: previewQuerySchema,
        headers: changeHeaders,
        body: instructorChangesSchema,
        response: { 200: instructorChangedSchema },
      },
    },
    async (request, reply) => {
      const { instructor_id: id } = request.params;
      const change = versionedChangeOf(request);
      const { value, ...rest } = await (request.query.preview === 'true'
        ? instructors.preview(id, request.body, change)
        : instructors.change(id, request.body, change));
      return {
        ...answer({ value: value.record, ...rest }, request.actor, reply),
        affected_lessons: value.affected.map((lesson) => lesson.id),
        lesson_times: [...value.affected],
      };
    },
  );
}

function answer(
  { value: record, today, asOf }: Dated<InstructorRecord>,
  { role }: Actor,
  reply: FastifyReply,
): InstructorAnswer {
  reply.header('etag', etagOf(record));
  return { data: visibleRecord(instructorFields, answerOf(record, today), role), ...dated(asOf, reply) };
}

function hasEmail(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'email' in body && body.email !== null && body.email !== '';
}
