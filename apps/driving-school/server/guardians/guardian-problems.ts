import type { FastifyRequest } from 'fastify';
import { etagOf } from '../platform/http/change-headers.ts';
import { invalidValues, noCopyProblem, ProblemError } from '../platform/http/problems.ts';
import {
  AlreadyGuardianError,
  GuardianChangedError,
  GuardianInvalidError,
  GuardianNotFoundError,
  PrimaryNeededError,
  PrimaryTakenError,
} from './guardian-errors.ts';

/** Maps the errors of the guardians' routes to problems. @returns undefined for errors of the platform */
export function guardianProblem(error: unknown, { routeOptions }: FastifyRequest): ProblemError | undefined {
  if (error instanceof GuardianInvalidError) return invalidValues(error.problems);
  if (error instanceof GuardianNotFoundError) {
    return new ProblemError({
      status: 404,
      code: `${error.kind}_not_found`,
      title: `No such ${error.kind}`,
      detail: `There is no such ${error.kind}, or you don’t have access.`,
    });
  }
  if (error instanceof GuardianChangedError) {
    return new ProblemError({
      status: 412,
      code: 'guardian_changed',
      title: 'Changed by someone else',
      detail:
        'Someone else has changed this guardian. Nothing was saved. Load the student again, then repeat your change.',
      headers: { etag: etagOf({ version: error.currentVersion }) },
      members: { current_version: error.currentVersion },
    });
  }
  if (error instanceof AlreadyGuardianError) {
    return new ProblemError({
      status: 409,
      code: 'already_guardian',
      title: 'Already a guardian',
      detail: 'This person is a guardian of the student already. Nothing was saved.',
    });
  }
  if (error instanceof PrimaryTakenError) {
    return new ProblemError({
      status: 409,
      code: 'primary_taken',
      title: 'Changed by someone else',
      detail: 'Someone else has just chosen another primary guardian. Nothing was saved. Load the student again.',
    });
  }
  if (error instanceof PrimaryNeededError) {
    return new ProblemError({
      status: 409,
      code: 'primary_guardian_needed',
      title: 'A minor needs a primary guardian',
      detail: error.isLast
        ? 'The student is younger than 18 and has no other guardian. Add another guardian, make them the primary one, then remove this one.'
        : 'The student is younger than 18, and this is the primary guardian. Make another guardian the primary one, then remove this one.',
    });
  }
  return routeOptions.config.isRead === true && !(error instanceof ProblemError) ? noCopyProblem(error) : undefined;
}
