import { z } from 'zod';
import {
  vehicleAnswerSchema,
  vehicleChangedSchema,
  vehicleChangeQuerySchema,
  vehicleChangesSchema,
  vehicleListSchema,
  vehicleQuerySchema,
  vehicleWriteSchema,
} from '../../contract/vehicles.ts';
import { requireRole } from '../platform/http/access.ts';
import {
  bodyParsedByService,
  changeHeaders,
  changeRequestOf,
  createHeaders,
  ifMatch,
  idempotencyKey,
  versionedChangeOf,
} from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { answerLive } from '../platform/http/live-answer.ts';
import { registerOutages } from './outage-routes.ts';
import type { OutageService } from './outage-service.ts';
import { vehicleProblem } from './vehicle-problems.ts';
import type { VehicleService } from './vehicle-service.ts';

const tags = ['Cars'];
const vehiclePath = z.object({ vehicle_id: z.uuid('This is not the ID of a car.') });

/** Adds the routes of vehicles and their outages. */
export function registerVehicles(
  app: HttpServer,
  { vehicles, outages }: { readonly vehicles: VehicleService; readonly outages: OutageService },
): void {
  // A plugin, because it has an error handler of its own.
  void app.register(async (inner) => {
    inner.setErrorHandler((error, request) => {
      throw vehicleProblem(error, request) ?? error;
    });
    registerReads(inner, vehicles);
    registerChanges(inner, vehicles);
    registerOutages(inner, outages);
  });
}

function registerReads(app: HttpServer, vehicles: VehicleService): void {
  const shared = { preHandler: requireRole('owner', 'office', 'instructor'), config: { isRead: true } };

  app.get(
    '/api/vehicles',
    {
      ...shared,
      schema: {
        tags,
        summary: 'List cars',
        description: 'Sorted by licence plate.',
        querystring: vehicleQuerySchema,
        response: { 200: vehicleListSchema },
      },
    },
    async (request, reply) => answerLive(await vehicles.list(request.actor, request.query, request.recovery), reply),
  );

  app.get(
    '/api/vehicles/:vehicle_id',
    {
      ...shared,
      schema: {
        tags,
        record: 'vehicle',
        summary: 'Get a car',
        params: vehiclePath,
        response: { 200: vehicleAnswerSchema },
      },
    },
    async (request, reply) =>
      answerLive(await vehicles.read(request.actor, request.params.vehicle_id, request.recovery), reply),
  );
}

function registerChanges(app: HttpServer, vehicles: VehicleService): void {
  const shared = { preHandler: requireRole('owner', 'office'), validatorCompiler: bodyParsedByService };

  app.post(
    '/api/vehicles',
    {
      ...shared,
      schema: {
        tags,
        refusals: { 409: { plate_taken: 'Another car has this licence plate.' } },
        summary: 'Add a car',
        headers: createHeaders,
        body: vehicleWriteSchema,
        response: { 201: vehicleAnswerSchema },
      },
    },
    async (request, reply) => {
      const answer = await vehicles.create(request.body, changeRequestOf(request));
      reply.code(201).header('location', `/api/vehicles/${answer.data.id}`);
      return answerLive(answer, reply);
    },
  );

  app.patch(
    '/api/vehicles/:vehicle_id',
    {
      ...shared,
      schema: {
        tags,
        record: 'vehicle',
        refusals: { 409: { plate_taken: 'Another car has this licence plate.' } },
        summary: 'Change a car',
        description:
          'JSON merge patch (RFC 7396): omitted fields are kept, null clears a field. If-Match is required. ' +
          '`affected_lessons` are the booked future lessons that the dates in the patch break; they stay booked. With ' +
          '`preview=true` nothing is saved, and the answer shows the car as it would be.',
        consumes: ['application/merge-patch+json', 'application/json'],
        params: vehiclePath,
        querystring: vehicleChangeQuerySchema,
        headers: z.object({
          'if-match': z.string().optional().meta({ description: 'Required unless `preview=true`', example: '"3"' }),
          'idempotency-key': idempotencyKey,
        }),
        body: vehicleChangesSchema,
        response: { 200: vehicleChangedSchema },
      },
    },
    async (request, reply) => {
      const { vehicle_id } = request.params;
      const header = request.headers['if-match'];
      if (request.query.preview === 'true') {
        const version = header === undefined ? undefined : ifMatch.parse(header);
        const { actor, recovery: context } = request;
        return answerLive(await vehicles.preview(vehicle_id, request.body, { actor, context, version }), reply);
      }
      const change = { ...changeRequestOf(request), version: ifMatch.parse(header) };
      return answerLive(await vehicles.change(vehicle_id, request.body, change), reply);
    },
  );

  for (const [action, status, summary, description] of [
    ['archive', 'archived', 'Archive a car', 'If-Match is required. Refused while lessons are booked with it (409).'],
    ['restore', 'active', 'Restore an archived car', 'If-Match is required.'],
  ] as const) {
    app.post(
      `/api/vehicles/:vehicle_id/${action}`,
      {
        ...shared,
        schema: {
          tags,
          record: 'vehicle',
          refusals: {
            409: {
              vehicle_has_lessons: 'Lessons are booked with the car.',
              plate_taken: 'Another car has this licence plate.',
            },
          },
          summary,
          description,
          params: vehiclePath,
          headers: changeHeaders,
          response: { 200: vehicleAnswerSchema },
        },
      },
      async (request, reply) => {
        const change = versionedChangeOf(request);
        return answerLive(await vehicles.setStatus(request.params.vehicle_id, status, change), reply);
      },
    );
  }
}
