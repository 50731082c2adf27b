import type { FastifyReply, FastifyRequest } from 'fastify';
import { RecordChangedError, RecordInvalidError, RecordNotFoundError } from '../record-errors.ts';
import { etagOf } from './change-headers.ts';
import { invalidValues, noCopyProblem, ProblemError } from './problems.ts';

/**
 * Maps the errors that the routes of any record can throw to problems.
 *
 * @returns undefined for errors of the slice and of the platform, such as an outage during a change
 */
export function recordProblem(error: unknown, { routeOptions }: FastifyRequest): ProblemError | undefined {
  if (error instanceof RecordInvalidError) return invalidValues(error.problems);
  if (error instanceof RecordNotFoundError) {
    const { code, noun } = error.kind;
    return new ProblemError({
      status: 404,
      code: `${code}_not_found`,
      title: `No such ${noun}`,
      detail: `There is no such ${noun}.`,
    });
  }
  if (error instanceof RecordChangedError) {
    const { code, noun } = error.kind;
    return new ProblemError({
      status: 412,
      code: `${code}_changed`,
      title: 'Changed by someone else',
      detail: `Someone else has changed this ${noun}. Nothing was saved. Load it again, then repeat your change.`,
      headers: { etag: etagOf({ version: error.currentVersion }) },
      members: { current_version: error.currentVersion },
    });
  }
  return routeOptions.config.isRead === true && !(error instanceof ProblemError) ? noCopyProblem(error) : undefined;
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
