import type { FastifyReply } from 'fastify';
import type { WorkingHours } from '../../contract/booking/world.ts';
import { hoursSummary, hoursText, weeklyMinutes } from '../../contract/instructor-hours.ts';
import { type HoursAnswer, hoursAnswerSchema, hoursWriteSchema } from '../../contract/instructors.ts';
import { requireRole } from '../platform/http/access.ts';
import { bodyParsedByService, changeRequestOf, createHeaders } from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { dated } from '../platform/http/live-answer.ts';
import { instructorPath } from './instructor-answer.ts';
import type { Dated, InstructorService } from './instructor-service.ts';

const tags = ['Instructors'];

/** Adds `/api/instructors/{instructor_id}/hours`. */
export function registerInstructorHours(app: HttpServer, instructors: InstructorService): void {
  app.get(
    '/api/instructors/:instructor_id/hours',
    {
      preHandler: requireRole('owner', 'office', 'instructor'),
      config: { isRead: true },
      schema: {
        tags,
        record: 'instructor',
        summary: 'Get the working hours',
        description: 'Instructors see only their own.',
        params: instructorPath,
        response: { 200: hoursAnswerSchema },
      },
    },
    async (request, reply) => {
      const { instructor_id: id } = request.params;
      const { value, ...rest } = await instructors.read(request.actor, id, request.recovery);
      return answer({ value: value.hours, ...rest }, reply);
    },
  );

  app.put(
    '/api/instructors/:instructor_id/hours',
    {
      preHandler: requireRole('owner', 'office'),
      validatorCompiler: bodyParsedByService,
      schema: {
        tags,
        record: 'instructor',
        summary: 'Replace the working hours',
        description:
          'All hours of the instructor; an empty list removes them. Weekday 1 is Monday. Hours may touch but not overlap: ' +
          'the pointer is that of the second one. Lessons that are booked outside of the new hours stay booked.',
        params: instructorPath,
        headers: createHeaders,
        body: hoursWriteSchema,
        response: { 200: hoursAnswerSchema },
      },
    },
    async (request, reply) =>
      answer(await instructors.setHours(request.params.instructor_id, request.body, changeRequestOf(request)), reply),
  );
}

function answer({ value: hours, today, asOf }: Dated<readonly WorkingHours[]>, reply: FastifyReply): HoursAnswer {
  return {
    data: {
      hours: hours.map(hoursText),
      summary: hoursSummary(hours, today),
      weekly_minutes: weeklyMinutes(hours, today),
    },
    ...dated(asOf, reply),
  };
}
