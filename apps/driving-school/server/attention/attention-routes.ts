import { attentionSchema } from '../../contract/attention.ts';
import { requireRole } from '../platform/http/access.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { dated } from '../platform/http/live-answer.ts';
import { noCopyProblem, ProblemError } from '../platform/http/problems.ts';
import type { AttentionService } from './attention-service.ts';

/** Adds `GET /api/attention`. */
export function registerAttention(app: HttpServer, { service }: { readonly service: AttentionService }): void {
  // A plugin, because it loads after the API documentation, which omits routes registered before it.
  void app.register(async (inner) => {
    inner.get(
      '/api/attention',
      {
        preHandler: requireRole('owner', 'office', 'instructor'),
        config: { isRead: true },
        schema: {
          tags: ['Attention'],
          summary: 'List everything that needs attention',
          description:
            'Documents that expire within 30 days, minors with lessons and without a guardian, courses that end within 30 ' +
            'days with time that is not booked, and road tests that can be cancelled for 48 hours at most. Instructors get ' +
            'their own students and lessons, without documents.',
          response: { 200: attentionSchema },
        },
        errorHandler(error) {
          throw (error instanceof ProblemError ? undefined : noCopyProblem(error)) ?? error;
        },
      },
      async (request, reply) => {
        const { attention, asOf } = await service.list(request.actor, request.recovery);
        return { data: attention, ...dated(asOf, reply) };
      },
    );
  });
}
