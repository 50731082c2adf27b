import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { calendarQuerySchema, calendarSchema, daySheetQuerySchema, daySheetSchema } from '../../contract/calendar.ts';
import { requireRole } from '../platform/http/access.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { writtenInPieces } from '../platform/http/large-answer.ts';
import { noCopyProblem, ProblemError } from '../platform/http/problems.ts';
import type { ScheduleService } from './schedule-service.ts';

const tags = ['Calendar'];
const isRead = { isRead: true } as const;
const dayPath = z.object({
  date: z.union([z.literal('next'), z.iso.date()], 'Send a calendar day such as 2026-03-09, or next.').meta({
    description: '`next`: today until 15:00, then tomorrow',
  }),
});

/** Adds `GET /api/calendar` and `GET /api/day-sheets/{date}`. */
export function registerScheduleReads(app: HttpServer, schedule: ScheduleService): void {
  // In a separate context, because of its error handler.
  void app.register(async (inner) => {
    inner.setErrorHandler((error) => {
      throw (error instanceof ProblemError ? undefined : noCopyProblem(error)) ?? error;
    });
    registerReads(inner, schedule);
  });
}

function registerReads(app: HttpServer, schedule: ScheduleService): void {
  const preHandler = requireRole('owner', 'office', 'instructor');

  app.get(
    '/api/calendar',
    {
      preHandler,
      preSerialization: writtenInPieces(calendarSchema),
      config: isRead,
      schema: {
        tags,
        summary: 'Get the calendar of a period',
        description:
          'A row per instructor or vehicle, also without lessons. While the database is unavailable, answers from ' +
          'the copy of the coming two weeks: `stale` is true, and `complete` says whether all days of the period ' +
          'are in it. Instructors see only their own row.',
        querystring: calendarQuerySchema,
        response: { 200: calendarSchema },
      },
    },
    async (request, reply) =>
      dataHeaders(await schedule.calendar(request.actor, request.query, request.recovery), reply),
  );

  app.get(
    '/api/day-sheets/:date',
    {
      preHandler,
      preSerialization: writtenInPieces(daySheetSchema),
      config: isRead,
      schema: {
        tags,
        summary: 'Get the lessons of a day with everything that instructors need in the car',
        description:
          'While the database is unavailable, answers from the copy of the coming two weeks (`stale`). Instructors ' +
          'see only their own lessons.',
        params: dayPath,
        querystring: daySheetQuerySchema,
        response: { 200: daySheetSchema },
      },
    },
    async (request, reply) => {
      const { actor, params, query, recovery } = request;
      return dataHeaders(await schedule.daySheet(actor, params.date, query, recovery), reply);
    },
  );
}

function dataHeaders<T extends { readonly as_of: string; readonly stale: boolean }>(answer: T, reply: FastifyReply): T {
  reply.header('x-data-as-of', answer.as_of).header('x-data-source', answer.stale ? 'copy' : 'live');
  return answer;
}
