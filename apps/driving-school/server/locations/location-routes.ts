import { z } from 'zod';
import {
  locationAnswerSchema,
  locationChangesSchema,
  locationListSchema,
  locationQuerySchema,
  locationWriteSchema,
} from '../../contract/locations.ts';
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
import { locationProblem } from './location-problems.ts';
import type { LocationService } from './location-service.ts';

const tags = ['Locations'];
const locationPath = z.object({ location_id: z.uuid('This is not the ID of a location.') });

/** Adds the routes of locations. */
export function registerLocations(app: HttpServer, { locations }: { readonly locations: LocationService }): void {
  // A plugin, because it has an error handler of its own.
  void app.register(async (inner) => {
    inner.setErrorHandler((error, request) => {
      throw locationProblem(error, request) ?? error;
    });
    registerReads(inner, locations);
    registerChanges(inner, locations);
  });
}

function registerReads(app: HttpServer, locations: LocationService): void {
  const shared = { preHandler: requireRole('owner', 'office', 'instructor'), config: { isRead: true } };

  app.get(
    '/api/locations',
    {
      ...shared,
      schema: {
        tags,
        summary: 'List locations',
        description: 'The oldest first. Times without a location follow the zone of the first active one.',
        querystring: locationQuerySchema,
        response: { 200: locationListSchema },
      },
    },
    async (request, reply) => answerLive(await locations.list(request.actor, request.query, request.recovery), reply),
  );

  app.get(
    '/api/locations/:location_id',
    {
      ...shared,
      schema: {
        tags,
        record: 'location',
        summary: 'Get a location',
        params: locationPath,
        response: { 200: locationAnswerSchema },
      },
    },
    async (request, reply) =>
      answerLive(await locations.read(request.actor, request.params.location_id, request.recovery), reply),
  );
}

function registerChanges(app: HttpServer, locations: LocationService): void {
  const shared = { preHandler: requireRole('owner', 'office'), validatorCompiler: bodyParsedByService };

  app.post(
    '/api/locations',
    {
      ...shared,
      schema: {
        tags,
        refusals: { 409: { location_name_taken: 'Another location has this name.' } },
        summary: 'Add a location',
        headers: createHeaders,
        body: locationWriteSchema,
        response: { 201: locationAnswerSchema },
      },
    },
    async (request, reply) => {
      const answer = await locations.create(request.body, changeRequestOf(request));
      reply.code(201).header('location', `/api/locations/${answer.data.id}`);
      return answerLive(answer, reply);
    },
  );

  app.patch(
    '/api/locations/:location_id',
    {
      ...shared,
      schema: {
        tags,
        record: 'location',
        refusals: {
          409: {
            location_name_taken: 'Another location has this name.',
            location_has_lessons: 'Lessons are booked there, so the time zone can’t change.',
          },
        },
        summary: 'Change a location',
        description:
          'JSON merge patch (RFC 7396): omitted fields are kept, null clears a field. If-Match is required. The time ' +
          'zone can’t change while lessons are booked (409 `location_has_lessons`).',
        consumes: ['application/merge-patch+json', 'application/json'],
        params: locationPath,
        headers: changeHeaders,
        body: locationChangesSchema,
        response: { 200: locationAnswerSchema },
      },
    },
    async (request, reply) => {
      const change = versionedChangeOf(request);
      return answerLive(await locations.change(request.params.location_id, request.body, change), reply);
    },
  );

  for (const [action, status, summary] of [
    ['archive', 'archived', 'Archive a location'],
    ['restore', 'active', 'Restore an archived location'],
  ] as const) {
    app.post(
      `/api/locations/:location_id/${action}`,
      {
        ...shared,
        schema: {
          tags,
          record: 'location',
          refusals: {
            409: {
              location_name_taken: 'Another location has this name.',
              location_has_lessons: 'Lessons are booked there.',
            },
          },
          summary,
          description:
            status === 'archived'
              ? 'If-Match is required. Refused while lessons are booked there (409 `location_has_lessons`).'
              : 'If-Match is required.',
          params: locationPath,
          headers: changeHeaders,
          response: { 200: locationAnswerSchema },
        },
      },
      async (request, reply) => {
        const change = versionedChangeOf(request);
        return answerLive(await locations.setStatus(request.params.location_id, status, change), reply);
      },
    );
  }
}
