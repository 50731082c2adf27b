import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  calendarFeedAnswerSchema,
  calendarFeedCreateSchema,
  calendarFeedCreatedSchema,
  calendarFeedListSchema,
} from '../../contract/calendar-feeds.ts';
import { markAuthenticated, requireRole } from '../platform/http/access.ts';
import { changeRequestOf, createHeaders, etagOf } from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { answerLive } from '../platform/http/live-answer.ts';
import { feedProblem } from './feed-problems.ts';
import type { FeedReading } from './feed-reader.ts';
import type { FeedService } from './feed-service.ts';

const tags = ['Calendar links'];
const feedPath = z.object({ id: z.uuid('Send the ID of a calendar link.') });
const listQuery = z.object({ instructor_id: z.uuid('Send the ID of an instructor.').optional() });

/** The ETag of a link, which is revoked and never changed. */
const onlyVersion = etagOf({ version: 1 });

/** Adds `/api/calendar-feeds` and the files that calendar programs read. */
export function registerFeeds(app: HttpServer, { feeds }: { readonly feeds: FeedService }): void {
  void app.register(async (inner) => {
    inner.setErrorHandler((error) => {
      throw feedProblem(error) ?? error;
    });
    registerFile(inner, feeds);
    registerLinks(inner, feeds);
  });
}

function registerLinks(app: HttpServer, feeds: FeedService): void {
  const preHandler = requireRole('owner', 'office', 'instructor');

  app.post(
    '/api/calendar-feeds',
    {
      preHandler,
      schema: {
        tags,
        refusals: {
          409: {
            too_many_feeds: 'The instructor has as many links as are allowed: revoke one.',
            feed_link_lost:
              'The request was answered before, and a link is shown only once: revoke it and create another one.',
          },
        },
        summary: 'Create a link with which calendar programs read an instructor’s lessons',
        description:
          'The link is in this answer only. Anyone who has it can read the lessons, with first names and pickup ' +
          'addresses, until it is revoked. Instructors create links for themselves.',
        headers: createHeaders,
        body: calendarFeedCreateSchema,
        response: { 201: calendarFeedCreatedSchema },
      },
    },
    async (request, reply) => {
      const { id, token } = await feeds.create(request.body, changeRequestOf(request));
      request.log.info({ event: 'calendar_feed.created', feed_id: id }, 'A calendar link was created');
      reply.code(201).header('location', `/api/calendar-feeds/${id}`).header('etag', onlyVersion);
      return { data: { id, url: `${originOf(request)}/calendar/${token}.ics` } };
    },
  );

  app.get(
    '/api/calendar-feeds',
    {
      preHandler,
      schema: {
        tags,
        summary: 'List the calendar links that work, without their addresses',
        querystring: listQuery,
        response: { 200: calendarFeedListSchema },
      },
    },
    async (request, reply) =>
      answerLive(await feeds.list(request.actor, request.query.instructor_id, request.recovery), reply),
  );

  app.get(
    '/api/calendar-feeds/:id',
    {
      preHandler,
      schema: {
        tags,
        record: 'calendar_feed',
        summary: 'Get a calendar link, without its address',
        params: feedPath,
        response: { 200: calendarFeedAnswerSchema },
      },
    },
    async (request, reply) => {
      return answerLive(await feeds.find(request.actor, request.params.id, request.recovery), reply);
    },
  );

  app.delete(
    '/api/calendar-feeds/:id',
    {
      preHandler,
      schema: {
        tags,
        record: 'calendar_feed',
        summary: 'Revoke a calendar link',
        description: 'Calendar programs get 404 from then on. Revoking a link again changes nothing.',
        params: feedPath,
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      await feeds.revoke(request.params.id, changeRequestOf(request));
      request.log.info({ event: 'calendar_feed.revoked', feed_id: request.params.id }, 'A calendar link was revoked');
      return reply.code(204).send();
    },
  );
}

function registerFile(app: HttpServer, feeds: FeedService): void {
  app.get(
    '/calendar/:token.ics',
    {
      config: { access: 'anyone' },
      schema: {
        tags,
        refusals: {
          404: { feed_unknown: 'There is no such link, or it was revoked.' },
          429: { too_many_attempts: 'Too many unknown links were tried from this network.' },
        },
        summary: 'The lessons of an instructor as a calendar file (RFC 5545)',
        description:
          'For calendar programs. While the database is unavailable, the last good file; 503 if this server has none.',
        params: z.object({ token: z.string() }),
        produces: ['text/calendar'],
      },
    },
    async (request, reply) => {
      const reading = await feeds.reader.read(request.params.token, request.ip, request.recovery);
      markAuthenticated(request);
      return answerFile(reading, request, reply);
    },
  );
}

function answerFile(reading: FeedReading, { headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { body, etag, modified, asOf, stale } = reading;
  reply
    .header('etag', etag)
    .header('last-modified', new Date(modified.epochMilliseconds).toUTCString())
    // Stored by the program that reads it, and by no shared cache; used only after asking again.
    .header('cache-control', 'private, no-cache')
    .header('x-data-source', stale ? 'copy' : 'live')
    .header('x-data-as-of', asOf.toString({ smallestUnit: 'millisecond' }));
  if (isCurrent(headers, { etag, modified })) return reply.code(304).send();
  return reply.type('text/calendar; charset=utf-8').send(body);
}

/** Whether the client already has this content. `If-None-Match` overrides `If-Modified-Since` (RFC 9110). */
function isCurrent(
  headers: FastifyRequest['headers'],
  { etag, modified }: Pick<FeedReading, 'etag' | 'modified'>,
): boolean {
  const { 'if-none-match': tagsOfClient, 'if-modified-since': since } = headers;
  if (tagsOfClient !== undefined) {
    const known = tagsOfClient.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return known.includes('*') || known.includes(etag);
  }
  const sinceMs = since === undefined ? Number.NaN : Date.parse(since);
  return sinceMs >= modified.epochMilliseconds;
}

function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.headers.host}`;
}
