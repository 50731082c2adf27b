import { z } from 'zod';
import {
  timeOffAddedSchema,
  timeOffAnswerSchema,
  timeOffCreateSchema,
  timeOffListSchema,
  timeOffQuerySchema,
} from '../../contract/instructors.ts';
import { requireRole } from '../platform/http/access.ts';
import { changeRequestOf, createHeaders, etagOf } from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { dated } from '../platform/http/live-answer.ts';
import { instructorPath } from './instructor-answer.ts';
import type { TimeOffService } from './time-off-service.ts';

const tags = ['Instructors'];
const timeOffPath = instructorPath.extend({ time_off_id: z.uuid('This is not the ID of time off.') });

/** The ETag of time off, which is removed and never changed. */
const onlyVersion = etagOf({ version: 1 });

/** Adds `/api/instructors/{instructor_id}/time-off`. */
export function registerTimeOff(app: HttpServer, timeOff: TimeOffService): void {
  const readers = requireRole('owner', 'office', 'instructor');
  const writers = requireRole('owner', 'office');

  app.get(
    '/api/instructors/:instructor_id/time-off',
    {
      preHandler: readers,
      config: { isRead: true },
      schema: {
        tags,
        record: 'instructor',
        summary: 'List the time off of an instructor',
        description: 'The earliest first. Instructors see only their own.',
        params: instructorPath,
        querystring: timeOffQuerySchema,
        response: { 200: timeOffListSchema },
      },
    },
    async (request, reply) => {
      const { instructor_id: id } = request.params;
      const { value, asOf } = await timeOff.list(request.actor, id, request.query, request.recovery);
      return { data: value, next_cursor: null, ...dated(asOf, reply), complete: true as const };
    },
  );

  app.get(
    '/api/instructors/:instructor_id/time-off/:time_off_id',
    {
      preHandler: readers,
      config: { isRead: true },
      schema: {
        tags,
        record: 'time_off',
        summary: 'Get a time off',
        params: timeOffPath,
        response: { 200: timeOffAnswerSchema },
      },
    },
    async (request, reply) => {
      const { instructor_id: id, time_off_id: timeOffId } = request.params;
      const { value, asOf } = await timeOff.find(request.actor, id, timeOffId, request.recovery);
      reply.header('etag', onlyVersion);
      return { data: value, ...dated(asOf, reply) };
    },
  );

  app.post(
    '/api/instructors/:instructor_id/time-off',
    {
      preHandler: writers,
      schema: {
        tags,
        record: 'instructor',
        refusals: {
          409: {
            time_off_has_lessons:
              'Lessons are booked in this time: `lessons` has their IDs. Cancel them with `and_cancel`.',
            time_off_overlaps: 'The instructor already has time off in this period.',
            slot_taken:
              'Someone booked the instructor at the same moment, or they teach a class: `conflicts` has what is known.',
          },
          422: {
            time_does_not_exist: 'The clock goes forward over this time: `nearest` is the next one.',
            time_ambiguous: 'The clock goes back: `choices` are the two times.',
          },
        },
        summary: 'Add time off',
        description:
          'Nobody can book the instructor in this time. Over booked lessons: 409 `time_off_has_lessons` with their IDs in ' +
          '`lessons`; with `and_cancel`, those are cancelled in the same transaction.',
        params: instructorPath,
        headers: createHeaders,
        body: timeOffCreateSchema,
        response: { 201: timeOffAddedSchema },
      },
    },
    async (request, reply) => {
      const { instructor_id: id } = request.params;
      const { value, asOf } = await timeOff.add(id, request.body, changeRequestOf(request));
      reply
        .code(201)
        .header('location', `/api/instructors/${id}/time-off/${value.timeOff.id}`)
        .header('etag', onlyVersion);
      return { data: value.timeOff, ...dated(asOf, reply), cancelled_lessons: [...value.cancelled] };
    },
  );

  app.delete(
    '/api/instructors/:instructor_id/time-off/:time_off_id',
    {
      preHandler: writers,
      schema: {
        tags,
        record: 'time_off',
        summary: 'Remove time off',
        description: 'The time can be booked again. Lessons that were cancelled stay cancelled.',
        params: timeOffPath,
        headers: createHeaders,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { instructor_id: id, time_off_id: timeOffId } = request.params;
      await timeOff.remove(id, timeOffId, changeRequestOf(request));
      return reply.code(204).send(null);
    },
  );
}
