import type { FastifyRequest } from 'fastify';
import { etagOf } from '../platform/http/change-headers.ts';
import { invalidValues, noCopyProblem, ProblemError } from '../platform/http/problems.ts';
import {
  HoursOverlapError,
  InstructorChangedError,
  InstructorEmailTakenError,
  InstructorInvalidError,
  InstructorNotFoundError,
  PeriodTakenError,
  TimeOffClockChangeError,
  TimeOffConflictError,
  TimeOffHasLessonsError,
  TimeOffNotFoundError,
} from './instructor-errors.ts';

/**
 * Maps the errors of the instructors' routes to problems.
 *
 * @returns undefined for errors of the platform, such as an outage during a change
 */
export function instructorProblem(error: unknown, { routeOptions }: FastifyRequest): ProblemError | undefined {
  if (error instanceof InstructorInvalidError) return invalidValues(error.problems);
  if (error instanceof InstructorNotFoundError) {
    return new ProblemError({
      status: 404,
      code: 'instructor_not_found',
      title: 'No such instructor',
      detail: 'There is no such instructor, or you don’t have access.',
    });
  }
  if (error instanceof InstructorChangedError) {
    return new ProblemError({
      status: 412,
      code: 'instructor_changed',
      title: 'Changed by someone else',
      detail:
        'Someone else has changed this instructor. Nothing was saved. Load the record again, then repeat your change.',
      headers: { etag: etagOf({ version: error.currentVersion }) },
      members: { current_version: error.currentVersion },
    });
  }
  if (error instanceof InstructorEmailTakenError) {
    return invalidValues([
      { pointer: '/email', code: 'taken', message: 'Someone else already uses this e-mail address.' },
    ]);
  }
  if (error instanceof HoursOverlapError) {
    return invalidValues([{ pointer: '/hours', code: 'overlaps', message: 'Two periods overlap.' }]);
  }
  return timeOffProblem(error) ?? (isReadProblem(error, routeOptions.config.isRead) ? noCopyProblem(error) : undefined);
}

function isReadProblem(error: unknown, isRead: boolean | undefined): boolean {
  return isRead === true && !(error instanceof ProblemError);
}

function timeOffProblem(error: unknown): ProblemError | undefined {
  if (error instanceof TimeOffNotFoundError) {
    return new ProblemError({
      status: 404,
      code: 'time_off_not_found',
      title: 'No such time off',
      detail: 'There is no such time off. Someone may have removed it.',
    });
  }
  if (error instanceof TimeOffHasLessonsError) {
    const { length } = error.lessonIds;
    const [lessons, them] = length === 1 ? ['One lesson is', 'it'] : [`${length} lessons are`, 'them'];
    return new ProblemError({
      status: 409,
      code: 'time_off_has_lessons',
      title: 'Lessons are booked in this time',
      detail: `${lessons} booked in this time. Nothing was saved. Move ${them}, or send and_cancel with a reason to cancel ${them}.`,
      members: { lessons: error.lessonIds },
    });
  }
  if (error instanceof TimeOffConflictError) {
    const isTimeOff = error.claims.some(({ source_kind }) => source_kind === 'time_off');
    return new ProblemError({
      status: 409,
      code: isTimeOff ? 'time_off_overlaps' : 'slot_taken',
      title: isTimeOff ? 'Already off at this time' : 'Busy at this time',
      detail: isTimeOff
        ? 'The instructor already has time off in this period. Nothing was saved. Remove that first, or choose other times.'
        : 'The instructor teaches a class in this period. Nothing was saved. Choose other times.',
      members: {
        conflicts: error.claims.map(({ from, to, ...claim }) => ({
          ...claim,
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
        })),
      },
    });
  }
  if (error instanceof PeriodTakenError) {
    return new ProblemError({
      status: 409,
      code: 'slot_taken',
      title: 'Just taken',
      detail: 'Someone booked this instructor at the same moment. Nothing was saved. Try again.',
      members: { conflicts: [] },
    });
  }
  return error instanceof TimeOffClockChangeError ? clockChange(error) : undefined;
}

function clockChange({ pointer, choices, nearest }: TimeOffClockChangeError): ProblemError {
  const isAmbiguous = choices !== undefined;
  const code = isAmbiguous ? 'time_ambiguous' : 'time_does_not_exist';
  const message = isAmbiguous
    ? 'The clock goes back, so there are two such times. Send one of the choices.'
    : 'The clock goes forward, so there is no such time. The nearest is given.';
  return new ProblemError({
    status: 422,
    code,
    title: isAmbiguous ? 'There are two such times' : 'There is no such time',
    detail: message,
    errors: [{ pointer, code, message }],
    members: isAmbiguous ? { choices } : { nearest },
  });
}
