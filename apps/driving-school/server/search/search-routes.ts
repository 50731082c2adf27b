import type { FastifyReply, FastifyRequest } from 'fastify';
import { looksLikeLicenceNumber } from '../../contract/licence-number.ts';
import { type SearchAnswer, searchAnswerSchema, type SearchQuery, searchQuerySchema } from '../../contract/search.ts';
import { requireRole } from '../platform/http/access.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { licenceNumberInUrl, studentProblem } from '../students/students.ts';
import type { SearchService } from './search-service.ts';

const tags = ['Search'];
const isRead = { isRead: true } as const;

/** Adds `/api/search`. */
export function registerSearch(app: HttpServer, { search }: { readonly search: SearchService }): void {
  void app.register(async (inner) => {
    inner.setErrorHandler((error, request) => {
      throw studentProblem(error, request) ?? error;
    });
    registerReads(inner, search);
  });
}

function registerReads(app: HttpServer, search: SearchService): void {
  const preHandler = requireRole('owner', 'office', 'instructor');
  const find = async (request: FastifyRequest, { q }: SearchQuery, reply: FastifyReply): Promise<SearchAnswer> => {
    const found = await search.search(request.actor, q, request.recovery);
    reply.header('x-data-as-of', found.as_of).header('x-data-source', found.stale ? 'copy' : 'live');
    return found;
  };

  app.get(
    '/api/search',
    {
      preHandler,
      config: isRead,
      schema: {
        tags,
        summary: 'Find students and lessons',
        description:
          'Students by name, with typing errors forgiven, by telephone number, its last digits, or e-mail address; ' +
          'lessons by code and by student. The best matches come first. Instructors find only their own students and ' +
          'lessons. While the database is unavailable, searches the local copies of students.',
        querystring: searchQuerySchema,
        response: { 200: searchAnswerSchema },
      },
    },
    async (request, reply) => {
      if (looksLikeLicenceNumber(request.query.q)) throw licenceNumberInUrl();
      return find(request, request.query, reply);
    },
  );

  app.post(
    '/api/search',
    {
      preHandler,
      config: isRead,
      schema: {
        tags,
        summary: 'Find students and lessons without putting the search into a URL',
        description: 'Required to search for a licence number: see POST /api/students/search.',
        body: searchQuerySchema,
        response: { 200: searchAnswerSchema },
      },
    },
    async (request, reply) => find(request, request.body, reply),
  );
}
