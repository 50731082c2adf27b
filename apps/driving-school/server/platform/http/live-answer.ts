import type { FastifyReply } from 'fastify';
import { etagOf } from './change-headers.ts';

/** The members about the age of an answer that the database has just given, with its headers. */
export function dated(asOf: Temporal.Instant, reply: FastifyReply): { readonly stale: false; readonly as_of: string } {
  const as_of = asOf.toString({ smallestUnit: 'millisecond' });
  reply.header('x-data-as-of', as_of).header('x-data-source', 'live');
  return { stale: false, as_of };
}

/**
 * Sets the headers of an answer that the database has just given. A record that is removed and never changed has no
 * version; its ETag is that of the first.
 */
export function answerLive<T extends { readonly as_of: string; readonly data: unknown }>(
  answer: T,
  reply: FastifyReply,
): T {
  const { data } = answer;
  if (isVersioned(data)) reply.header('etag', etagOf(data));
  else if (isRecord(data)) reply.header('etag', etagOf({ version: 1 }));
  reply.header('x-data-as-of', answer.as_of).header('x-data-source', 'live');
  return answer;
}

function isRecord(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'id' in data;
}

function isVersioned(data: unknown): data is { readonly version: number } {
  return typeof data === 'object' && data !== null && 'version' in data && typeof data.version === 'number';
}
