import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { bookingWorldSchema } from '../../contract/booking/world-schema.ts';
import { calendarDaysMax, checkPeriod } from '../../contract/calendar.ts';
import { instant } from '../../contract/field-schemas.ts';
import {
  type LessonAnswer,
  lessonAnswerSchema,
  lessonCancelSchema,
  lessonCheckSchema,
  lessonCreateSchema,
  lessonMoveSchema,
  lessonPatchSchema,
  lessonVerdictSchema,
} from '../../contract/lessons.ts';
import { requireRole } from '../platform/http/access.ts';
import { changeHeaders, changeRequestOf, createHeaders, versionedChangeOf } from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { writtenInPieces } from '../platform/http/large-answer.ts';
import { answerLive, dated } from '../platform/http/live-answer.ts';
import type { ChangedLesson } from './lesson-changes.ts';
import { lessonProblem } from './lesson-problems.ts';
import type { LessonService } from './lesson-service.ts';
import { isoInstant } from './lesson.ts';

const tags = ['Lessons'];
const lessonPath = z.object({ lesson_id: z.uuid('This is not the ID of a lesson.') });
const isRead = { isRead: true } as const;

/** `GET /api/booking-world`. */
const worldQuerySchema = z
  .object({
    student_id: z.uuid('This is not the ID of a student.'),
    enrolment_id: z.uuid('This is not the ID of an enrolment.').optional(),
    from: z.iso.date('Send a calendar day.'),
    to: z.iso.date('Send a calendar day.'),
  })
  .superRefine(checkPeriod);

const worldAnswerSchema = z.object({ data: bookingWorldSchema, stale: z.boolean(), as_of: instant });

/** Adds `/api/lessons` and `/api/booking-world`. */
export function registerLessons(app: HttpServer, lessons: LessonService): void {
  void app.register(async (inner) => {
    inner.setErrorHandler((error, request) => {
      throw lessonProblem(error, request) ?? error;
    });
    registerReads(inner, lessons);
    registerChanges(inner, lessons);
  });
}

/** Refusals that several routes describe. */
const slotTaken = 'Student, instructor or car is busy: `conflicts` names them, `nearest` has free times.';
const rulesRefuse =
  'A rule refuses: `refusals` has each rule with its kind and facts. Soft rules pass with `overrides`.';
const unclearTimes = {
  time_does_not_exist: 'The clock goes forward over this time: `nearest` is the next one.',
  time_ambiguous: 'The clock goes back: `choices` are the two times.',
};

function registerReads(app: HttpServer, lessons: LessonService): void {
  app.get(
    '/api/lessons/:lesson_id',
    {
      preHandler: requireRole('owner', 'office', 'instructor'),
      config: isRead,
      schema: {
        tags,
        record: 'lesson',
        summary: 'Get a lesson',
        description: 'Instructors see only their own lessons.',
        params: lessonPath,
        response: { 200: lessonAnswerSchema },
      },
    },
    async ({ actor, params, recovery }, reply) => {
      const { value, asOf } = await lessons.read(actor, params.lesson_id, recovery);
      return answer({ lesson: value, as_of: isoInstant(asOf.epochMilliseconds) }, reply);
    },
  );

  app.post(
    '/api/lessons/check',
    {
      preHandler: requireRole('owner', 'office'),
      config: isRead,
      schema: {
        tags,
        refusals: { 422: unclearTimes },
        summary: 'Judge a booking or a move without making it',
        description: 'The body of a booking, or of a move with `lesson_id`. Returns all refusals and conflicts.',
        body: lessonCheckSchema,
        response: { 200: lessonVerdictSchema },
      },
    },
    async ({ actor, body, recovery }) => ({ data: await lessons.check(actor, body, recovery) }),
  );

  app.get(
    '/api/booking-world',
    {
      preHandler: requireRole('owner', 'office'),
      preSerialization: writtenInPieces(worldAnswerSchema),
      config: isRead,
      schema: {
        tags,
        summary: 'Get everything that decides about bookings',
        description: `For a student and at most ${calendarDaysMax} days. Pages use it to apply the server’s rules before they send a booking.`,
        querystring: worldQuerySchema,
        response: { 200: worldAnswerSchema },
      },
    },
    async ({ actor, query, recovery }, reply) => {
      const { value, asOf } = await lessons.world(actor, query, recovery);
      return { data: value, ...dated(asOf, reply) };
    },
  );
}

function registerChanges(app: HttpServer, lessons: LessonService): void {
  const preHandler = requireRole('owner', 'office');
  const response = { 200: lessonAnswerSchema };

  app.post(
    '/api/lessons',
    {
      preHandler,
      schema: {
        tags,
        refusals: {
          409: { slot_taken: slotTaken },
          422: { rules_refuse: rulesRefuse, ...unclearTimes },
        },
        summary: 'Book a lesson',
        description:
          '409 `slot_taken` when student, instructor or vehicle is busy; 422 `rules_refuse` when a rule refuses. Soft ' +
          'rules pass with `overrides`, which the lesson keeps.',
        headers: createHeaders,
        body: lessonCreateSchema,
        response: { 201: lessonAnswerSchema },
      },
    },
    async (request, reply) => {
      const changed = await lessons.create(request.body, changeRequestOf(request));
      reply.code(201).header('location', `/api/lessons/${changed.lesson.id}`);
      return answer(changed, reply);
    },
  );

  app.patch(
    '/api/lessons/:lesson_id',
    {
      preHandler,
      schema: {
        tags,
        record: 'lesson',
        summary: 'Change the texts of a lesson',
        description: 'JSON merge patch (RFC 7396): omitted fields are kept, null clears a field. If-Match is required.',
        params: lessonPath,
        headers: changeHeaders,
        body: lessonPatchSchema,
        response,
      },
    },
    async (request, reply) => {
      const change = versionedChangeOf(request);
      return answer(await lessons.edit(request.params.lesson_id, request.body, change), reply);
    },
  );

  app.post(
    '/api/lessons/:lesson_id/move',
    {
      preHandler,
      schema: {
        tags,
        record: 'lesson',
        refusals: {
          409: {
            slot_taken: slotTaken,
            lesson_not_booked: 'Only booked lessons can be moved.',
          },
          422: { rules_refuse: rulesRefuse, ...unclearTimes },
        },
        summary: 'Move a lesson',
        description: 'Omitted members stay the same. Refused like a booking. If-Match is required.',
        params: lessonPath,
        headers: changeHeaders,
        body: lessonMoveSchema,
        response,
      },
    },
    async (request, reply) => {
      const change = versionedChangeOf(request);
      return answer(await lessons.move(request.params.lesson_id, request.body, change), reply);
    },
  );

  app.post(
    '/api/lessons/:lesson_id/cancel',
    {
      preHandler,
      schema: {
        tags,
        record: 'lesson',
        refusals: {
          409: { lesson_not_booked: 'Only booked lessons can be cancelled.' },
          422: {
            time_does_not_exist: 'The clock goes forward over `notice_at`: `nearest` is the next time.',
            time_ambiguous: 'The clock goes back: `choices` are the two times.',
          },
        },
        summary: 'Cancel a lesson',
        description: 'Frees its time. If-Match is required.',
        params: lessonPath,
        headers: changeHeaders,
        body: lessonCancelSchema,
        response,
      },
    },
    async (request, reply) => {
      const change = versionedChangeOf(request);
      return answer(await lessons.cancel(request.params.lesson_id, request.body, change), reply);
    },
  );

  app.post(
    '/api/lessons/:lesson_id/undo',
    {
      preHandler,
      schema: {
        tags,
        record: 'lesson',
        refusals: {
          409: {
            slot_taken: 'Someone else has booked the time since.',
            undo_expired: 'More than ten minutes have passed, or there is nothing to undo.',
            lesson_not_booked: 'The lesson has been given.',
          },
          422: { rules_refuse: 'A hard rule refuses the earlier booking.' },
        },
        summary: 'Undo the last change of a lesson',
        description:
          'Within ten minutes; later 409 `undo_expired`. Undoing the booking cancels it. If-Match is required.',
        params: lessonPath,
        headers: changeHeaders,
        response,
      },
    },
    async (request, reply) => {
      const change = versionedChangeOf(request);
      return answer(await lessons.undo(request.params.lesson_id, change), reply);
    },
  );
}

function answer({ lesson, as_of }: ChangedLesson, reply: FastifyReply): LessonAnswer {
  return answerLive({ data: lesson, stale: false, as_of }, reply);
}
