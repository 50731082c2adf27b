import { complianceQuerySchema, complianceSchema } from '../../contract/compliance.ts';
import { requireRole } from '../platform/http/access.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { dated } from '../platform/http/live-answer.ts';
import { noCopyProblem, ProblemError } from '../platform/http/problems.ts';
import type { ComplianceService } from './compliance-service.ts';

/** Adds `GET /api/compliance`. */
export function registerCompliance(app: HttpServer, { service }: { readonly service: ComplianceService }): void {
  // In a separate context, which loads after the API documentation.
  void app.register(async (inner) => registerRoute(inner, service));
}

function registerRoute(app: HttpServer, service: ComplianceService): void {
  app.get(
    '/api/compliance',
    {
      preHandler: requireRole('owner', 'office'),
      config: { isRead: true },
      schema: {
        tags: ['Compliance'],
        summary: 'List licences, contracts and car documents that expire soon',
        description:
          'Also those that have expired, and those that are not recorded although lessons need them. Students are listed ' +
          'only with booked lessons.',
        querystring: complianceQuerySchema,
        response: { 200: complianceSchema },
      },
      errorHandler(error) {
        throw (error instanceof ProblemError ? undefined : noCopyProblem(error)) ?? error;
      },
    },
    async (request, reply) => {
      const { expiries, asOf } = await service.list(request.actor, request.query.days, request.recovery);
      return { data: [...expiries], next_cursor: null, ...dated(asOf, reply), complete: true as const };
    },
  );
}
