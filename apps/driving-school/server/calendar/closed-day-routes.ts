import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  closedDayAddedSchema,
  closedDayAnswerSchema,
  closedDayListSchema,
  closedDayQuerySchema,
  closedDayWriteSchema,
  holidaysAddedSchema,
  holidaysWriteSchema,
} from '../../contract/closed-days.ts';
import { requireRole } from '../platform/http/access.ts';
import { bodyParsedByService, changeRequestOf, createHeaders } from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { answerLive } from '../platform/http/live-answer.ts';
import { ProblemError } from '../platform/http/problems.ts';
import { recordProblem } from '../platform/http/record-problems.ts';
import { ClosedDayExistsError } from './closed-day-errors.ts';
import type { ClosedDayService } from './closed-day-service.ts';

const tags = ['Closed days'];
const closedDayPath = z.object({ closed_day_id: z.uuid('This is not the ID of a closed day.') });

/** Adds the routes of closed days. */
export function registerClosedDays(app: HttpServer, { closedDays }: { readonly closedDays: ClosedDayService }): void {
  // A plugin, because it has an error handler of its own.
  void app.register(async (inner) => {
    inner.setErrorHandler((error, request) => {
      throw closedDayProblem(error, request) ?? error;
    });
    registerReads(inner, closedDays);
    registerChanges(inner, closedDays);
  });
}

function registerReads(app: HttpServer, closedDays: ClosedDayService): void {
  const shared = { preHandler: requireRole('owner', 'office', 'instructor'), config: { isRead: true } };

  app.get(
    '/api/closed-days',
    {
      ...shared,
      schema: {
        tags,
        summary: 'List closed days',
        description: 'Both days are included. Default: the current year.',
        querystring: closedDayQuerySchema,
        response: { 200: closedDayListSchema },
      },
    },
    async (request, reply) => answerLive(await closedDays.list(request.actor, request.query, request.recovery), reply),
  );

  app.get(
    '/api/closed-days/:closed_day_id',
    {
      ...shared,
      schema: {
        tags,
        record: 'closed_day',
        summary: 'Get a closed day',
        params: closedDayPath,
        response: { 200: closedDayAnswerSchema },
      },
    },
    async (request, reply) =>
      answerLive(await closedDays.read(request.actor, request.params.closed_day_id, request.recovery), reply),
  );
}

function registerChanges(app: HttpServer, closedDays: ClosedDayService): void {
  const shared = { preHandler: requireRole('owner', 'office'), validatorCompiler: bodyParsedByService };

  app.post(
    '/api/closed-days',
    {
      ...shared,
      schema: {
        tags,
        refusals: { 409: { closed_day_exists: 'The day is already closed at this location.' } },
        summary: 'Add a closed day',
        description: 'Lessons that are booked on this day stay booked; the answer lists them.',
        headers: createHeaders,
        body: closedDayWriteSchema,
        response: { 201: closedDayAddedSchema },
      },
    },
    async (request, reply) => {
      const answer = await closedDays.add(request.body, changeRequestOf(request));
      reply.code(201).header('location', `/api/closed-days/${answer.data.id}`);
      return answerLive(answer, reply);
    },
  );

  app.post(
    '/api/closed-days/ontario-holidays',
    {
      ...shared,
      schema: {
        tags,
        summary: 'Add the public holidays of a year',
        description:
          'The nine public holidays of Ontario, at all locations. Days that are closed already stay as they are; ' +
          '`data` are the added ones.',
        headers: createHeaders,
        body: holidaysWriteSchema,
        response: { 200: holidaysAddedSchema },
      },
    },
    async (request, reply) => answerLive(await closedDays.addHolidays(request.body, changeRequestOf(request)), reply),
  );

  app.delete(
    '/api/closed-days/:closed_day_id',
    {
      ...shared,
      schema: {
        tags,
        record: 'closed_day',
        summary: 'Remove a closed day',
        params: closedDayPath,
        headers: createHeaders,
        response: { 204: z.null().meta({ description: 'Removed' }) },
      },
    },
    async (request, reply) => {
      await closedDays.remove(request.params.closed_day_id, changeRequestOf(request));
      return reply.code(204).send(null);
    },
  );
}

function closedDayProblem(error: unknown, request: FastifyRequest): ProblemError | undefined {
  if (error instanceof ClosedDayExistsError) {
    const message = 'This day is closed already. Remove it first to give it another name.';
    return new ProblemError({
      status: 409,
      code: 'closed_day_exists',
      title: 'Closed already',
      detail: `${message} Nothing was saved.`,
      errors: [{ pointer: '/day', code: 'taken', message }],
    });
  }
  return recordProblem(error, request);
}
