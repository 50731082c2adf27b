import type { FastifyRequest } from 'fastify';
import type { EnrolmentStatus } from '../../contract/enrolments.ts';
import { etagOf } from '../platform/http/change-headers.ts';
import { invalidValues, noCopyProblem, ProblemError } from '../platform/http/problems.ts';
import {
  AlreadyEnrolledError,
  CourseInvalidError,
  CourseRecordChangedError,
  CourseRecordNotFoundError,
  EnrolmentStepError,
  ProductNameTakenError,
  StudentArchivedError,
} from './course-errors.ts';

const words = { student: 'student', enrolment: 'course', product: 'product' } as const;

/** The word for each status in messages. */
const statusWords: Readonly<Record<EnrolmentStatus, string>> = {
  active: 'active',
  complete: 'complete',
  certifiable: 'ready to be certified',
  reported: 'reported',
  confirmed: 'confirmed',
  withdrawn: 'withdrawn',
  expired: 'expired',
  transferred: 'transferred to another school',
};

/** Maps the errors of the courses' routes to problems. @returns undefined for errors of the platform */
export function courseProblem(error: unknown, { routeOptions }: FastifyRequest): ProblemError | undefined {
  if (error instanceof CourseInvalidError) return invalidValues(error.problems);
  if (error instanceof CourseRecordNotFoundError) {
    return new ProblemError({
      status: 404,
      code: `${error.kind}_not_found`,
      title: `No such ${words[error.kind]}`,
      detail: `There is no such ${words[error.kind]}, or you don’t have access.`,
    });
  }
  if (error instanceof CourseRecordChangedError) {
    return new ProblemError({
      status: 412,
      code: `${error.kind}_changed`,
      title: 'Changed by someone else',
      detail: `Someone else has changed this ${words[error.kind]}. Nothing was saved. Load it again, then repeat your change.`,
      headers: { etag: etagOf({ version: error.currentVersion }) },
      members: { current_version: error.currentVersion },
    });
  }
  if (error instanceof AlreadyEnrolledError) {
    return new ProblemError({
      status: 409,
      code: 'already_enrolled',
      title: 'Already enrolled',
      detail: 'The student already has a BDE course that is not over. Withdraw from it first. Nothing was saved.',
    });
  }
  if (error instanceof StudentArchivedError) {
    return new ProblemError({
      status: 409,
      code: 'student_archived',
      title: 'The student is archived',
      detail: 'Restore the student first, then enrol them. Nothing was saved.',
    });
  }
  if (error instanceof EnrolmentStepError) {
    return new ProblemError({
      status: 409,
      code: 'enrolment_step_refused',
      title: 'Not possible for this course',
      detail: `The course is ${statusWords[error.from]}, so it can’t become ${statusWords[error.to]}. Nothing was saved.`,
      members: { current_status: error.from },
    });
  }
  if (error instanceof ProductNameTakenError) {
    const message = 'Another product has this name. Choose another one, or change that product.';
    return new ProblemError({
      status: 409,
      code: 'product_name_taken',
      title: 'Name is taken',
      detail: `${message} Nothing was saved.`,
      errors: [{ pointer: '/name', code: 'taken', message }],
    });
  }
  return routeOptions.config.isRead === true && !(error instanceof ProblemError) ? noCopyProblem(error) : undefined;
}
