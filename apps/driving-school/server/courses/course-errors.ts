import type { EnrolmentStatus } from '../../contract/enrolments.ts';
import type { ProblemDetail } from '../../contract/problem.ts';
import { RefusalError } from '../platform/refusal-error.ts';

/** Values are invalid. Has all problems; nothing was changed. */
export class CourseInvalidError extends RefusalError {
  override readonly name = 'CourseInvalidError';
  readonly code = 'COURSE_INVALID';
  readonly problems: readonly ProblemDetail[];

  constructor(problems: readonly ProblemDetail[]) {
    super(`Nothing was saved: ${problems.length} problems.`);
    this.problems = problems;
  }
}

/** There is no such record, or the user may not see it. */
export class CourseRecordNotFoundError extends RefusalError {
  override readonly name = 'CourseRecordNotFoundError';
  readonly code = 'COURSE_RECORD_NOT_FOUND';
  readonly kind: 'student' | 'enrolment' | 'product';

  constructor(kind: 'student' | 'enrolment' | 'product') {
    super(`There is no such ${kind}.`);
    this.kind = kind;
  }
}

/** Someone else has changed the record since it was read. Nothing was changed. */
export class CourseRecordChangedError extends RefusalError {
  override readonly name = 'CourseRecordChangedError';
  readonly code = 'COURSE_RECORD_CHANGED';
  readonly kind: 'enrolment' | 'product';
  readonly currentVersion: number;

  constructor(kind: 'enrolment' | 'product', currentVersion: number) {
    super(`The ${kind} has changed and is now at version ${currentVersion}.`);
    this.kind = kind;
    this.currentVersion = currentVersion;
  }
}

/** The student already has a BDE course that is not over. */
export class AlreadyEnrolledError extends RefusalError {
  override readonly name = 'AlreadyEnrolledError';
  readonly code = 'ALREADY_ENROLLED';

  constructor() {
    super('The student already has an active BDE course.');
  }
}

/** An archived student can't be enrolled. */
export class StudentArchivedError extends RefusalError {
  override readonly name = 'StudentArchivedError';
  readonly code = 'STUDENT_ARCHIVED';

  constructor() {
    super('The student is archived.');
  }
}

/** The enrolment can't move from its status to another. */
export class EnrolmentStepError extends RefusalError {
  override readonly name = 'EnrolmentStepError';
  readonly code = 'ENROLMENT_STEP';
  readonly from: EnrolmentStatus;
  readonly to: EnrolmentStatus;

  constructor(from: EnrolmentStatus, to: EnrolmentStatus) {
    super(`An enrolment cannot move from ${from} to ${to}.`);
    this.from = from;
    this.to = to;
  }
}

/** Another product has this name. */
export class ProductNameTakenError extends RefusalError {
  override readonly name = 'ProductNameTakenError';
  readonly code = 'PRODUCT_NAME_TAKEN';

  constructor() {
    super('Another product has this name.');
  }
}
