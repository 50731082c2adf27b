import type { ProblemDetail } from '../../contract/problem.ts';
import { RefusalError } from '../platform/refusal-error.ts';
import type { Claim } from '../../contract/booking/world.ts';

/** Values are invalid. Has all problems; nothing was changed. */
export class InstructorInvalidError extends RefusalError {
  override readonly name = 'InstructorInvalidError';
  readonly code = 'INSTRUCTOR_INVALID';
  readonly problems: readonly ProblemDetail[];

  constructor(problems: readonly ProblemDetail[]) {
    super(`Nothing was saved: ${problems.length} problems.`);
    this.problems = problems;
  }
}

/** The instructor does not exist, or the user may not see them. */
export class InstructorNotFoundError extends RefusalError {
  override readonly name = 'InstructorNotFoundError';
  readonly code = 'INSTRUCTOR_NOT_FOUND';

  constructor() {
    super('There is no such instructor.');
  }
}

/** Someone else has changed the instructor since it was read. Nothing was changed. */
export class InstructorChangedError extends RefusalError {
  override readonly name = 'InstructorChangedError';
  readonly code = 'INSTRUCTOR_CHANGED';
  readonly currentVersion: number;

  constructor(currentVersion: number) {
    super(`The instructor has changed and is now at version ${currentVersion}.`);
    this.currentVersion = currentVersion;
  }
}

/** Someone else has the e-mail address. Nothing was changed. */
export class InstructorEmailTakenError extends RefusalError {
  override readonly name = 'InstructorEmailTakenError';
  readonly code = 'INSTRUCTOR_EMAIL_TAKEN';

  constructor() {
    super('Someone else already uses this e-mail address.');
  }
}

/** The database refuses overlapping hours. Only a fault of `parseHours` leads here: it checks before. */
export class HoursOverlapError extends RefusalError {
  override readonly name = 'HoursOverlapError';
  readonly code = 'HOURS_OVERLAP';

  constructor() {
    super('Two periods of working hours overlap.');
  }
}

/** There is no such time off. */
export class TimeOffNotFoundError extends RefusalError {
  override readonly name = 'TimeOffNotFoundError';
  readonly code = 'TIME_OFF_NOT_FOUND';

  constructor() {
    super('There is no such time off.');
  }
}

/** A requested wall time is ambiguous or does not exist, because the clock changes. */
export class TimeOffClockChangeError extends RefusalError {
  override readonly name = 'TimeOffClockChangeError';
  readonly code = 'TIME_OFF_CLOCK_CHANGE';
  readonly pointer: '/from' | '/to';
  /** The two instants that the time can mean; undefined when it does not exist. */
  readonly choices: readonly string[] | undefined;
  /** The first time after the gap. */
  readonly nearest: string | undefined;

  constructor(
    pointer: '/from' | '/to',
    { choices, nearest }: { readonly choices?: readonly string[]; readonly nearest?: string },
  ) {
    super('The clock changes at this time.');
    this.pointer = pointer;
    this.choices = choices;
    this.nearest = nearest;
  }
}

/** Lessons are booked in the time off, and the user has not asked to cancel exactly these. Nothing was changed. */
export class TimeOffHasLessonsError extends RefusalError {
  override readonly name = 'TimeOffHasLessonsError';
  readonly code = 'TIME_OFF_HAS_LESSONS';
  readonly lessonIds: readonly string[];

  constructor(lessonIds: readonly string[]) {
    super(`${lessonIds.length} lessons are booked in this time.`);
    this.lessonIds = lessonIds;
  }
}

/** The instructor is busy at this time with something that is not a lesson. Nothing was changed. */
export class TimeOffConflictError extends RefusalError {
  override readonly name = 'TimeOffConflictError';
  readonly code = 'TIME_OFF_CONFLICT';
  readonly claims: readonly Claim[];

  constructor(claims: readonly Claim[]) {
    super('The instructor is busy at this time.');
    this.claims = claims;
  }
}

/** The database refuses the claim: something that does not lock the instructor has taken the time. Nothing was changed. */
export class PeriodTakenError extends RefusalError {
  override readonly name = 'PeriodTakenError';
  readonly code = 'PERIOD_TAKEN';

  constructor() {
    super('The instructor’s time has just been taken.');
  }
}
