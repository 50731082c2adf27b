import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { instant } from '../../contract/field-schemas.ts';
import { isUnavailable } from '../platform/database/unavailable.ts';
import { type HttpServer } from '../platform/http/http.ts';
import { ProblemError, unavailableDatabase } from '../platform/http/problems.ts';
import type { Standby } from './standby.ts';

/** Authenticates operators' commands. */
interface OperatorToken {
  opens(authorization: string | undefined): boolean;
}

/** The parts of the routes. */
export interface StandbyRouteParts {
  readonly standby: Standby;
  /** Compares the copies with the database; see `standbyFindings`. */
  readonly findings: () => Promise<number>;
  /** The operator's token. Anyone who can read the data folder, which contains the copies, has it. */
  readonly token: OperatorToken;
}

/** The answer of `POST /api/standby/refresh`. */
export const standbyAnswerSchema = z.object({
  data: z.object({ as_of: instant.nullable(), schools: z.int(), lessons: z.int() }),
});
/** The answer of `GET /api/standby/findings`. */
export const standbyFindingsSchema = z.object({ data: z.object({ found: z.int() }) });

/**
 * Adds the routes for `npm run school`, which can't open the local store of a running program. They require the operator's
 * token, not a session.
 */
export function registerStandby(app: HttpServer, { standby, findings, token }: StandbyRouteParts): void {
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    if (token.opens(request.headers.authorization)) return;
    throw new ProblemError({
      status: 401,
      code: 'not_signed_in',
      title: 'Not signed in',
      detail: 'This requires the operator’s token from the data folder.',
    });
  };
  const config = { access: 'anyone', isRead: true } as const;

  app.post(
    '/api/standby/refresh',
    { config, onRequest, schema: { hide: true, response: { 200: standbyAnswerSchema } } },
    async () => {
      const { asOf, schools, lessons } = await standby.refresh().catch(explain);
      return { data: { as_of: asOf?.toString({ smallestUnit: 'millisecond' }) ?? null, schools, lessons } };
    },
  );

  app.get(
    '/api/standby/findings',
    { config, onRequest, schema: { hide: true, response: { 200: standbyFindingsSchema } } },
    async () => ({ data: { found: await findings().catch(explain) } }),
  );
}

function explain(error: unknown): never {
  if (!isUnavailable(error)) throw error;
  throw unavailableDatabase(error, {
    title: 'The database is not answering',
    detail: 'The standby copies can’t be refreshed or checked now. The earlier ones are kept.',
  });
}
