import type { FastifyRequest } from 'fastify';
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
