import { z } from 'zod';
import { outageAddedSchema, outageAnswerSchema, outageListSchema, outageWriteSchema } from '../../contract/vehicles.ts';
import { requireRole } from '../platform/http/access.ts';
import { bodyParsedByService, changeRequestOf, createHeaders } from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { answerLive } from '../platform/http/live-answer.ts';
import type { OutageService } from './outage-service.ts';

const tags = ['Cars'];
const vehiclePath = z.object({ vehicle_id: z.uuid('This is not the ID of a car.') });
const outagePath = vehiclePath.extend({ outage_id: z.uuid('This is not the ID of an outage.') });

/** Adds the routes of outages. */
export function registerOutages(app: HttpServer, outages: OutageService): void {
  const reads = { preHandler: requireRole('owner', 'office', 'instructor'), config: { isRead: true } };
  const changes = { preHandler: requireRole('owner', 'office'), validatorCompiler: bodyParsedByService };

  app.get(
    '/api/vehicles/:vehicle_id/outages',
    {
      ...reads,
      schema: {
        tags,
        record: 'vehicle',
        summary: 'List the times at which a car can’t be used',
        description: 'The latest first.',
        params: vehiclePath,
        response: { 200: outageListSchema },
      },
    },
    async (request, reply) =>
      answerLive(await outages.list(request.actor, request.params.vehicle_id, request.recovery), reply),
  );

  app.get(
    '/api/vehicles/:vehicle_id/outages/:outage_id',
    {
      ...reads,
      schema: {
        tags,
        record: 'outage',
        summary: 'Get a time at which a car can’t be used',
        params: outagePath,
        response: { 200: outageAnswerSchema },
      },
    },
    async (request, reply) =>
      answerLive(await outages.read(request.actor, idsOf(request.params), request.recovery), reply),
  );

  app.post(
    '/api/vehicles/:vehicle_id/outages',
    {
      ...changes,
      schema: {
        tags,
        record: 'vehicle',
        refusals: {
          409: {
            outage_has_lessons:
              'Lessons are booked in this time: `lessons` has their IDs. Cancel them with `and_cancel`.',
            outage_overlaps: 'The car is already out of service in a part of this time.',
          },
          422: {
            time_does_not_exist: 'The clock goes forward over this time: `nearest` is the next one.',
            time_ambiguous: 'The clock goes back: `choices` are the two times.',
          },
        },
        summary: 'Take a car out of service for some time',
        description:
          'Lessons booked in this time are answered with 409 `outage_has_lessons` and their IDs in `lessons`. With ' +
          '`and_cancel` they are cancelled in the same transaction.',
        params: vehiclePath,
        headers: createHeaders,
        body: outageWriteSchema,
        response: { 201: outageAddedSchema },
      },
    },
    async (request, reply) => {
      const { vehicle_id } = request.params;
      const answer = await outages.add(vehicle_id, request.body, changeRequestOf(request));
      reply.code(201).header('location', `/api/vehicles/${vehicle_id}/outages/${answer.data.id}`);
      return answerLive(answer, reply);
    },
  );

  app.delete(
    '/api/vehicles/:vehicle_id/outages/:outage_id',
    {
      ...changes,
      schema: {
        tags,
        record: 'outage',
        summary: 'Put a car back into service',
        params: outagePath,
        headers: createHeaders,
        response: { 204: z.null().meta({ description: 'Removed' }) },
      },
    },
    async (request, reply) => {
      await outages.remove(idsOf(request.params), changeRequestOf(request));
      return reply.code(204).send(null);
    },
  );
}

function idsOf({ vehicle_id, outage_id }: z.infer<typeof outagePath>) {
  return { vehicleId: vehicle_id, outageId: outage_id };
}
