import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../platform/http/problems.ts';
import { lessonProblem } from '../lessons/lessons.ts';
import { PlanNotFoundError, PlanOutdatedError, PlanTokenInvalidError } from './plan-errors.ts';

/**
 * Maps the errors of slots and plans to problems.
 *
 * @returns undefined for errors of the platform, such as an outage during a change
 */
export function planProblem(error: unknown, request: FastifyRequest): ProblemError | undefined {
  if (error instanceof PlanOutdatedError) return planOutdated(error);
  if (error instanceof PlanTokenInvalidError) {
    const message = 'This plan was not made here, or its text is incomplete. Preview the plan again.';
    return new ProblemError({
      status: 422,
      code: 'plan_token_invalid',
      title: 'Not a plan of this school',
      detail: message,
      errors: [{ pointer: '/plan_token', code: 'plan_token_invalid', message }],
    });
  }
  if (error instanceof PlanNotFoundError) {
    return new ProblemError({
      status: 404,
      code: 'lesson_plan_not_found',
      title: 'No such plan',
      detail: 'There is no such plan, or you don’t have access.',
    });
  }
  return lessonProblem(error, request);
}

function planOutdated({ changes }: PlanOutdatedError): ProblemError {
  const { expired, conflicts, refusals, lost } = changes;
  const names = [...new Set(conflicts.map(({ name }) => name))].filter((name) => name !== '');
  const reasons = [
    ...(names.length === 0 ? [] : [`${new Intl.ListFormat('en-CA').format(names)} no longer free.`]),
    ...new Set(refusals.map(({ message }) => message)),
  ];
  const count = lost.length === 1 ? 'One lesson' : lost.length === 0 ? 'A lesson' : `${lost.length} lessons`;
  return new ProblemError({
    status: 409,
    code: 'plan_outdated',
    title: expired ? 'This plan is too old' : 'The plan has changed',
    detail: expired
      ? 'A plan can be booked for an hour. Nothing was booked. Preview it again.'
      : `${count} can no longer be booked. ${reasons.join(' ')} Nothing was booked. Preview the plan again: the other lessons can stay.`.replace(
          '  ',
          ' ',
        ),
    members: { expired, conflicts, refusals, lost },
  });
}
