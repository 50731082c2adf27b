import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../platform/http/problems.ts';
import { recordProblem } from '../platform/http/record-problems.ts';
import {
  ClockChangeError,
  OutageHasLessonsError,
  OutageOverlapsError,
  PlateTakenError,
  VehicleHasLessonsError,
} from './vehicle-errors.ts';

/** Maps the errors of the vehicles' routes to problems. @returns undefined for errors of the platform */
export function vehicleProblem(error: unknown, request: FastifyRequest): ProblemError | undefined {
  if (error instanceof PlateTakenError) {
    const message = 'Another car has this licence plate. Check the plate, or open that car.';
    return new ProblemError({
      status: 409,
      code: 'plate_taken',
      title: 'Licence plate is taken',
      detail: `${message} Nothing was saved.`,
      errors: [{ pointer: '/plate', code: 'taken', message }],
    });
  }
  if (error instanceof VehicleHasLessonsError) {
    return new ProblemError({
      status: 409,
      code: 'vehicle_has_lessons',
      title: 'The car has lessons',
      detail: `${booked(error.lessonIds)} still booked with this car. Move or cancel them first. Nothing was saved.`,
      members: { lessons: error.lessonIds },
    });
  }
  if (error instanceof OutageHasLessonsError) {
    return new ProblemError({
      status: 409,
      code: 'outage_has_lessons',
      title: 'Lessons are booked in this time',
      detail:
        `${booked(error.lessonIds)} booked with this car in this time. Move them to another car, or cancel them ` +
        'together with this change. Nothing was saved.',
      members: { lessons: error.lessonIds },
    });
  }
  if (error instanceof OutageOverlapsError) {
    return new ProblemError({
      status: 409,
      code: 'outage_overlaps',
      title: 'Already out of service',
      detail: 'This car is already out of service in a part of this time. Choose another time. Nothing was saved.',
    });
  }
  return error instanceof ClockChangeError ? clockProblem(error) : recordProblem(error, request);
}

function clockProblem({ pointer, time }: ClockChangeError): ProblemError {
  const message =
    time.code === 'time_ambiguous'
      ? 'The clock goes back in this hour, so this time occurs twice. Choose one of the two.'
      : 'The clock goes forward over this time, so it does not exist. Choose a later time.';
  return new ProblemError({
    status: 422,
    code: time.code,
    title: 'The clock changes at this time',
    detail: message,
    errors: [{ pointer, code: time.code, message }],
    members: time.code === 'time_ambiguous' ? { choices: time.choices } : { nearest: time.nearest },
  });
}

function booked(lessonIds: readonly string[]): string {
  return lessonIds.length === 1 ? 'One lesson is' : `${lessonIds.length} lessons are`;
}
