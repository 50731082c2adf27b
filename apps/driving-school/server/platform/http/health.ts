import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

/** Whether we can work, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  /** A few words without anything secret. */
  readonly reason: string;
}

/** `/healthz` for "does the process live", `/readyz` for "can it work". A restart helps with the first only. */
export function registerHealth(app: FastifyInstance, readiness: () => Readiness): void {
  app.get(
    '/healthz',
    {
      config: { access: 'anyone' },
      schema: {
        tags: ['health'],
        summary: 'Does the process live?',
        response: { 200: z.object({ status: z.literal('alive') }) },
      },
    },
    async () => ({ status: 'alive' as const }),
  );

  const readySchema = z.object({ status: z.enum(['ready', 'not_ready']), reason: z.string() });
  app.get(
    '/readyz',
    {
      config: { access: 'anyone' },
      schema: { tags: ['health'], summary: 'Can it work?', response: { 200: readySchema, 503: readySchema } },
    },
    async (_, reply) => {
      const { ready, reason } = readiness();
      reply.code(ready ? 200 : 503);
      if (!ready) reply.header('retry-after', '5');
      return { status: ready ? ('ready' as const) : ('not_ready' as const), reason };
    },
  );
}
