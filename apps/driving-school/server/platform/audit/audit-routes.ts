import type { Pipeline } from 'dualbrake';
import type { Kysely } from 'kysely';
import { auditPageSchema, auditQuerySchema } from '../../../contract/audit.ts';
import { requireRole } from '../http/access.ts';
import type { HttpServer } from '../http/http.ts';
import { AuditLog } from './audit.ts';

/** The parts of the route. */
export interface AuditRouteParts {
  readonly database: { readonly kysely: Kysely<Record<string, never>> };
  /** Guards reads from the database. */
  readonly reading: Pipeline;
}

/** Adds `GET /api/audit`, for the owner. Each slice adds the entries of its changes. */
export function registerAudit(app: HttpServer, { database, reading }: AuditRouteParts): void {
  app.get(
    '/api/audit',
    {
      preHandler: requireRole('owner'),
      schema: {
        tags: ['Audit log'],
        summary: 'List changes of people, reveals of licence numbers and other security events',
        description:
          'Newest first. Entries are append-only and name people and students by ID. To get the next page, send ' +
          '`next_cursor` as `cursor` with the same filters.',
        querystring: auditQuerySchema,
        response: { 200: auditPageSchema },
      },
    },
    (request) =>
      reading.execute(() => AuditLog.list(database.kysely, request.actor.schoolId, request.query), {
        ...request.recovery,
        key: 'audit.list',
      }),
  );
}
