import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../platform/http/problems.ts';
import { recordProblem } from '../platform/http/record-problems.ts';
import { LocationHasLessonsError, LocationNameTakenError } from './location-errors.ts';

/** Maps the errors of the locations' routes to problems. @returns undefined for errors of the platform */
export function locationProblem(error: unknown, request: FastifyRequest): ProblemError | undefined {
  if (error instanceof LocationNameTakenError) {
    const message = 'Another location has this name. Choose another name.';
    return new ProblemError({
      status: 409,
      code: 'location_name_taken',
      title: 'Name is taken',
      detail: `${message} Nothing was saved.`,
      errors: [{ pointer: '/name', code: 'taken', message }],
    });
  }
  if (error instanceof LocationHasLessonsError) {
    const { change, lessonIds } = error;
    const booked = lessonIds.length === 1 ? 'One lesson is' : `${lessonIds.length} lessons are`;
    const [what, next] =
      change === 'archive'
        ? ['can’t be archived', 'Move or cancel them first.']
        : ['keeps its time zone', 'Move or cancel them first, or add a new location with the other time zone.'];
    return new ProblemError({
      status: 409,
      code: 'location_has_lessons',
      title: `The location ${what}`,
      detail: `${booked} still booked at this location, so it ${what}. ${next} Nothing was saved.`,
      members: { lessons: lessonIds },
    });
  }
  return recordProblem(error, request);
}
