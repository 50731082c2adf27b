import { z } from 'zod';
import {
  guardianAnswerSchema,
  guardianChangesSchema,
  guardianCreateSchema,
  guardianListSchema,
  guardianQuerySchema,
  studentGuardianAnswerSchema,
  studentGuardianChangesSchema,
  studentGuardianListSchema,
} from '../../contract/guardians.ts';
import { requireRole } from '../platform/http/access.ts';
import {
  bodyParsedByService,
  changeHeaders,
  changeRequestOf,
  createHeaders,
  versionedChangeOf,
} from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { answerLive } from '../platform/http/live-answer.ts';
import { jsonParser } from '../platform/http/json-body.ts';
import { guardianProblem } from './guardian-problems.ts';
import type { GuardianService } from './guardian-service.ts';

const tags = ['Guardians'];
const studentId = z.uuid('This is not the ID of a student.');
const guardianId = z.uuid('This is not the ID of a guardian.');
const ofStudent = z.object({ student_id: studentId });
const path = z.object({ guardian_id: guardianId });
const linkPath = z.object({ student_id: studentId, guardian_id: guardianId });

/** Adds the routes of guardians. */
export function registerGuardians(app: HttpServer, { service }: { readonly service: GuardianService }): void {
  void app.register(async (inner) => {
    inner.addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, jsonParser(inner));
    inner.setErrorHandler((error, request) => {
      throw guardianProblem(error, request) ?? error;
    });
    registerReads(inner, service);
    registerChanges(inner, service);
  });
}

function registerReads(app: HttpServer, service: GuardianService): void {
  app.get(
    '/api/students/:student_id/guardians',
    {
      preHandler: requireRole('owner', 'office', 'instructor'),
      config: { isRead: true },
      schema: {
        tags,
        record: 'student',
        summary: 'List the guardians of a student',
        description: 'The primary one first. Visible to everyone who may see the student.',
        params: ofStudent,
        response: { 200: studentGuardianListSchema },
      },
    },
    async (request, reply) =>
      answerLive(await service.ofStudent(request.actor, request.params.student_id, request.recovery), reply),
  );

  app.get(
    '/api/guardians',
    {
      preHandler: requireRole('owner', 'office'),
      config: { isRead: true },
      schema: {
        tags,
        summary: 'Search guardians, to add one to a sibling',
        querystring: guardianQuerySchema,
        response: { 200: guardianListSchema },
      },
    },
    async (request, reply) => answerLive(await service.search(request.actor, request.query.q, request.recovery), reply),
  );

  app.get(
    '/api/guardians/:guardian_id',
    {
      preHandler: requireRole('owner', 'office', 'instructor'),
      config: { isRead: true },
      schema: {
        tags,
        record: 'guardian',
        summary: 'Get a guardian with their students',
        params: path,
        response: { 200: guardianAnswerSchema },
      },
    },
    async (request, reply) =>
      answerLive(await service.read(request.actor, request.params.guardian_id, request.recovery), reply),
  );
}

function registerChanges(app: HttpServer, service: GuardianService): void {
  const shared = { preHandler: requireRole('owner', 'office'), validatorCompiler: bodyParsedByService };

  app.post(
    '/api/students/:student_id/guardians',
    {
      ...shared,
      schema: {
        tags,
        record: 'student',
        refusals: { 409: { already_guardian: 'The person is already a guardian of this student.' } },
        summary: 'Add a guardian to a student',
        description:
          'The first guardian becomes the primary one. With `guardian_id`, adds one whom the school knows, such as of a sibling.',
        params: ofStudent,
        headers: createHeaders,
        body: guardianCreateSchema,
        response: { 201: studentGuardianAnswerSchema },
      },
    },
    async (request, reply) => {
      const answer = await service.add(request.params.student_id, request.body, changeRequestOf(request));
      reply.code(201).header('location', `/api/guardians/${answer.data.id}`);
      return answerLive(answer, reply);
    },
  );

  app.patch(
    '/api/guardians/:guardian_id',
    {
      ...shared,
      schema: {
        tags,
        record: 'guardian',
        summary: 'Change a guardian for all their students',
        description: 'JSON merge patch (RFC 7396). If-Match is required.',
        consumes: ['application/merge-patch+json', 'application/json'],
        params: path,
        headers: changeHeaders,
        body: guardianChangesSchema,
        response: { 200: guardianAnswerSchema },
      },
    },
    async (request, reply) => {
      const change = versionedChangeOf(request);
      return answerLive(await service.change(request.params.guardian_id, request.body, change), reply);
    },
  );

  app.patch(
    '/api/students/:student_id/guardians/:guardian_id',
    {
      ...shared,
      schema: {
        tags,
        record: 'guardian',
        summary: 'Change a guardian and the relation to a student',
        description: 'JSON merge patch (RFC 7396). If-Match is required.',
        consumes: ['application/merge-patch+json', 'application/json'],
        params: linkPath,
        headers: changeHeaders,
        body: studentGuardianChangesSchema,
        response: { 200: studentGuardianAnswerSchema },
      },
    },
    async (request, reply) => {
      const { student_id, guardian_id } = request.params;
      const change = versionedChangeOf(request);
      const link = { studentId: student_id, guardianId: guardian_id };
      return answerLive(await service.changeOf(link, request.body, change), reply);
    },
  );

  app.post(
    '/api/students/:student_id/guardians/:guardian_id/primary',
    {
      ...shared,
      schema: {
        tags,
        record: 'guardian',
        refusals: { 409: { primary_taken: 'Someone else has just chosen another primary guardian.' } },
        summary: 'Make a guardian the primary one',
        description: 'The former primary guardian stays a guardian. If-Match is required.',
        params: linkPath,
        headers: changeHeaders,
        response: { 200: studentGuardianAnswerSchema },
      },
    },
    async (request, reply) => {
      const { student_id, guardian_id } = request.params;
      const change = versionedChangeOf(request);
      return answerLive(await service.makePrimary(student_id, guardian_id, change), reply);
    },
  );

  app.delete(
    '/api/students/:student_id/guardians/:guardian_id',
    {
      ...shared,
      schema: {
        tags,
        record: 'guardian',
        refusals: {
          409: { primary_guardian_needed: 'A minor keeps a primary guardian: make another one primary first.' },
        },
        summary: 'Remove a guardian from a student',
        description: 'The primary guardian of a minor stays. A guardian without students is deleted.',
        params: linkPath,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { student_id, guardian_id } = request.params;
      await service.remove(student_id, guardian_id, changeRequestOf(request));
      return reply.code(204).send(null);
    },
  );
}
