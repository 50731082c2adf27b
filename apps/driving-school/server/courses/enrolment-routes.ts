import { z } from 'zod';
import {
  enrolmentAnswerSchema,
  enrolmentChangeAnswerSchema,
  enrolmentChangesSchema,
  enrolmentCreateSchema,
  enrolmentListSchema,
  enrolmentStepSchema,
} from '../../contract/enrolments.ts';
import { previewQuerySchema } from '../../contract/preview.ts';
import { requireRole } from '../platform/http/access.ts';
import { changeHeaders, changeRequestOf, createHeaders, versionedChangeOf } from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { answerLive } from '../platform/http/live-answer.ts';
import type { EnrolmentService } from './enrolment-service.ts';

const tags = ['Courses'];
const ofStudent = z.object({ student_id: z.uuid('This is not the ID of a student.') });
const path = z.object({ enrolment_id: z.uuid('This is not the ID of an enrolment.') });

/** Adds the routes of enrolments. */
export function registerEnrolments(app: HttpServer, service: EnrolmentService): void {
  app.get(
    '/api/students/:student_id/enrolments',
    {
      preHandler: requireRole('owner', 'office', 'instructor'),
      config: { isRead: true },
      schema: {
        tags,
        record: 'student',
        summary: 'List the courses of a student',
        params: ofStudent,
        response: { 200: enrolmentListSchema },
      },
    },
    async (request, reply) => {
      return answerLive(await service.list(request.actor, request.params.student_id, request.recovery), reply);
    },
  );

  app.post(
    '/api/students/:student_id/enrolments',
    {
      preHandler: requireRole('owner', 'office'),
      schema: {
        tags,
        record: 'student',
        refusals: {
          409: {
            already_enrolled: 'The student has a BDE course that is not over.',
            student_archived: 'Restore the student first.',
          },
        },
        summary: 'Enrol a student',
        description:
          'A BDE course ends on the day before its first anniversary; a student has one at a time. A lesson pack has no ' +
          'deadline.',
        params: ofStudent,
        headers: createHeaders,
        body: enrolmentCreateSchema,
        response: { 201: enrolmentAnswerSchema },
      },
    },
    async (request, reply) => {
      const answer = await service.create(request.params.student_id, request.body, changeRequestOf(request));
      reply.code(201).header('location', `/api/enrolments/${answer.data.id}`);
      return answerLive(answer, reply);
    },
  );

  app.get(
    '/api/enrolments/:enrolment_id',
    {
      preHandler: requireRole('owner', 'office', 'instructor'),
      config: { isRead: true },
      schema: {
        tags,
        record: 'enrolment',
        summary: 'Get a course',
        params: path,
        response: { 200: enrolmentAnswerSchema },
      },
    },
    async (request, reply) =>
      answerLive(await service.read(request.actor, request.params.enrolment_id, request.recovery), reply),
  );

  app.patch(
    '/api/enrolments/:enrolment_id',
    {
      preHandler: requireRole('owner', 'office'),
      schema: {
        tags,
        record: 'enrolment',
        refusals: { 409: { enrolment_step_refused: 'The course is over.' } },
        summary: 'Change the dates of a course, or what was bought',
        description:
          'If-Match is required. Answers the booked lessons that lie outside the new dates; `?preview=true` changes nothing.',
        params: path,
        querystring: previewQuerySchema,
        headers: changeHeaders,
        body: enrolmentChangesSchema,
        response: { 200: enrolmentChangeAnswerSchema },
      },
    },
    async (request, reply) => {
      const { preview } = request.query;
      const change = { ...versionedChangeOf(request), preview };
      return answerLive(await service.change(request.params.enrolment_id, request.body, change), reply);
    },
  );

  for (const [action, summary, description] of [
    ['withdraw', 'End a course that the student leaves', 'Its booked lessons are answered, not cancelled.'],
    ['reinstate', 'Make a withdrawn or expired course active again', 'Answers the booked lessons outside its dates.'],
  ] as const) {
    app.post(
      `/api/enrolments/:enrolment_id/${action}`,
      {
        preHandler: requireRole('owner', 'office'),
        schema: {
          tags,
          record: 'enrolment',
          refusals: {
            409: {
              enrolment_step_refused: 'The course has another state.',
              already_enrolled: 'The student has another BDE course that is not over.',
            },
          },
          summary,
          description: `If-Match is required. ${description} \`?preview=true\` changes nothing.`,
          params: path,
          querystring: previewQuerySchema,
          headers: changeHeaders,
          body: enrolmentStepSchema,
          response: { 200: enrolmentChangeAnswerSchema },
        },
      },
      async (request, reply) => {
        const { preview } = request.query;
        const change = { ...versionedChangeOf(request), preview };
        return answerLive(await service[action](request.params.enrolment_id, request.body?.reason, change), reply);
      },
    );
  }
}
