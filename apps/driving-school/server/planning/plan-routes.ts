import { z } from 'zod';
import { calendarDaysMax } from '../../contract/calendar.ts';
import {
  lessonPlanAnswerSchema,
  planCreateSchema,
  planDefaultsSchema,
  planPreviewAnswerSchema,
  planPreviewSchema,
  planTokenMinutes,
  slotListSchema,
  slotQuerySchema,
} from '../../contract/planning.ts';
import { requireRole } from '../platform/http/access.ts';
import { changeRequestOf, createHeaders } from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { writtenInPieces } from '../platform/http/large-answer.ts';
import { answerLive, dated } from '../platform/http/live-answer.ts';
import { planProblem } from './plan-problems.ts';
import type { PlanService } from './plan-service.ts';
import type { SlotService } from './slot-service.ts';

/** The services of the slice. */
interface Services {
  readonly slots: SlotService;
  readonly plans: PlanService;
}

const tags = ['Lessons'];
const isRead = { isRead: true } as const;

/** Adds `/api/slots` and `/api/lesson-plans`. */
export function registerPlanning(app: HttpServer, parts: Services): void {
  void app.register(async (inner) => {
    inner.setErrorHandler((error, request) => {
      throw planProblem(error, request) ?? error;
    });
    registerReads(inner, parts);
    registerBooking(inner, parts);
  });
}

function registerReads(app: HttpServer, { slots, plans }: Services): void {
  const preHandler = requireRole('owner', 'office');

  app.get(
    '/api/slots',
    {
      preHandler,
      preSerialization: writtenInPieces(slotListSchema),
      config: isRead,
      schema: {
        tags,
        summary: 'Find free times for a lesson',
        description:
          `Every quarter hour in at most ${calendarDaysMax} days at which no rule refuses the lesson and student, ` +
          'instructor and car are free; the best first. `refused` names each instructor without any, and why. A period ' +
          'that begins today has no slots in the past.',
        querystring: slotQuerySchema,
        response: { 200: slotListSchema },
      },
    },
    async ({ actor, query, recovery }, reply) => {
      const asOf = plans.now();
      return { ...(await slots.search(actor, query, recovery)), ...dated(asOf, reply) };
    },
  );

  app.get(
    '/api/lesson-plans/defaults',
    {
      preHandler,
      config: isRead,
      schema: {
        tags,
        summary: 'Get the defaults of a student’s next lessons',
        description: 'Courses with their missing time, the student’s usual times, and the names to choose from.',
        querystring: z.object({ student_id: z.uuid('Choose a student.') }),
        response: { 200: planDefaultsSchema },
      },
    },
    async ({ actor, query, recovery }, reply) => {
      const asOf = plans.now();
      return { data: await plans.defaults(actor, query.student_id, recovery), ...dated(asOf, reply) };
    },
  );

  app.post(
    '/api/lesson-plans/preview',
    {
      preHandler,
      config: isRead,
      schema: {
        tags,
        summary: 'Plan a course without booking it',
        description:
          'Places one lesson per wish and week, with the same instructor, car and time if possible. Each lesson can ' +
          'be booked together with the others; for each that found no place, `unplaced` says why. `plan_token` books ' +
          `them within ${planTokenMinutes} minutes.`,
        body: planPreviewSchema,
        response: { 200: planPreviewAnswerSchema },
      },
    },
    async ({ actor, body, recovery }, reply) => {
      const asOf = plans.now();
      return { data: await plans.preview(actor, body, recovery), ...dated(asOf, reply) };
    },
  );

  app.get(
    '/api/lesson-plans/:plan_id',
    {
      preHandler,
      config: isRead,
      schema: {
        tags,
        record: 'lesson_plan',
        summary: 'Get a plan with its lessons',
        description: 'The lessons as they are now, including moved and cancelled ones.',
        params: z.object({ plan_id: z.uuid('This is not the ID of a plan.') }),
        response: { 200: lessonPlanAnswerSchema },
      },
    },
    async ({ actor, params, recovery }, reply) => {
      const asOf = plans.now();
      const plan = await plans.read(actor, params.plan_id, recovery);
      return answerLive({ data: plan, ...dated(asOf, reply) }, reply);
    },
  );
}

function registerBooking(app: HttpServer, { plans }: Services): void {
  const preHandler = requireRole('owner', 'office');

  app.post(
    '/api/lesson-plans',
    {
      preHandler,
      schema: {
        tags,
        refusals: {
          409: {
            plan_outdated: 'A lesson can no longer be booked, or the preview is too old: preview the plan again.',
          },
          422: { plan_token_invalid: 'The plan was not previewed here, or its token is incomplete.' },
        },
        summary: 'Book all lessons of a plan, or none',
        description:
          '409 `plan_outdated` when one of them can no longer be booked, with `conflicts`, `refusals` and the `lost` ' +
          'lessons; nothing is booked then.',
        headers: createHeaders,
        body: planCreateSchema,
        response: { 201: lessonPlanAnswerSchema },
      },
    },
    async (request, reply) => {
      const { plan, asOf } = await plans.book(request.body.plan_token, changeRequestOf(request));
      reply.code(201).header('location', `/api/lesson-plans/${plan.id}`);
      return answerLive({ data: plan, stale: false as const, as_of: asOf }, reply);
    },
  );
}
