import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

/** Whether the application can process requests. */
export interface Readiness {
  readonly ready: boolean;
  /** A short text without secrets. */
  readonly reason: string;
}

/** Adds `/healthz`, for liveness probes, and `/readyz`, for readiness probes. A restart only helps with the first. */
export function registerHealth(app: FastifyInstance, readiness: () => Readiness): void {
  app.get(
    '/healthz',
    {
      config: { access: 'anyone' },
      schema: {
        tags: ['health'],
        summary: 'Is the process running?',
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
      schema: {
        tags: ['health'],
        summary: 'Can it process requests?',
        response: { 200: readySchema, 503: readySchema },
      },
    },
    async (_, reply) => {
      const { ready, reason } = readiness();
      reply.code(ready ? 200 : 503);
      if (!ready) reply.header('retry-after', '5');
      return { status: ready ? ('ready' as const) : ('not_ready' as const), reason };
    },
  );
}
