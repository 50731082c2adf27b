import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { HttpServer } from '../platform/http/http.ts';
import { ProblemError } from '../platform/http/problems.ts';
import type { Backups } from './backups.ts';
import { stagedBackupSchema } from './staged-backup.ts';

interface BackupRouteParts {
  readonly backups: Backups;
  /** The operator's token. Anyone who can read the data folder has it. */
  readonly token: { opens(authorization: string | undefined): boolean };
}

/**
 * Registers the routes for `npm run backup`. They require the operator's token, not a session: a backup contains all of
 * the school's data, which only a user with access to the data folder, where the token is, may read.
 */
export function registerBackups(app: HttpServer, { backups, token }: BackupRouteParts): void {
  const requireToken = async (request: FastifyRequest): Promise<void> => {
    if (token.opens(request.headers.authorization)) return;
    throw new ProblemError({
      status: 401,
      code: 'not_signed_in',
      title: 'Not signed in',
      detail: 'This requires the operator’s token from the data folder.',
    });
  };

  app.post(
    '/api/backups',
    {
      config: { access: 'anyone' },
      onRequest: requireToken,
      schema: { hide: true, response: { 202: stagedBackupSchema } },
    },
    async (_, reply) => {
      reply.code(202);
      return backups.begin();
    },
  );

  app.get(
    '/api/backups/:backup_id',
    {
      config: { access: 'anyone' },
      onRequest: requireToken,
      schema: { hide: true, params: z.object({ backup_id: z.string() }), response: { 200: stagedBackupSchema } },
    },
    async (request) => {
      const found = backups.find(request.params.backup_id);
      if (found !== undefined) return found;
      throw new ProblemError({
        status: 404,
        code: 'not_found',
        title: 'Not found',
        detail: 'There is no such backup. The program may have been restarted in the meantime.',
      });
    },
  );
}
