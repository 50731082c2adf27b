import type { FastifyReply } from 'fastify';
import { z } from 'zod';

/** Path parameters of an instructor's routes. */
export const instructorPath = z.object({ instructor_id: z.uuid('This is not the ID of an instructor.') });

/** The members about the age of an answer, with its headers. Instructors have no copies. */
export function dated(asOf: Temporal.Instant, reply: FastifyReply): { readonly stale: false; readonly as_of: string } {
  const as_of = asOf.toString({ smallestUnit: 'millisecond' });
  reply.header('x-data-as-of', as_of).header('x-data-source', 'live');
  return { stale: false, as_of };
}
