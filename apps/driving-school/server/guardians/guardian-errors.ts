import type { ProblemDetail } from '../../contract/problem.ts';
import { RefusalError } from '../platform/refusal-error.ts';

/** Fields are invalid. Has all problems; nothing was changed. */
export class GuardianInvalidError extends RefusalError {
  override readonly name = 'GuardianInvalidError';
  readonly code = 'GUARDIAN_INVALID';
  readonly problems: readonly ProblemDetail[];

  constructor(problems: readonly ProblemDetail[]) {
    super(`The guardian was not saved: ${problems.length} problems.`);
    this.problems = problems;
  }
}

/** There is no such record, or the user may not see it. */
export class GuardianNotFoundError extends RefusalError {
  override readonly name = 'GuardianNotFoundError';
  readonly code = 'GUARDIAN_NOT_FOUND';
  readonly kind: 'student' | 'guardian';

  constructor(kind: 'student' | 'guardian') {
    super(`There is no such ${kind}.`);
    this.kind = kind;
  }
}

/** Someone else has changed the guardian since it was read. Nothing was changed. */
export class GuardianChangedError extends RefusalError {
  override readonly name = 'GuardianChangedError';
  readonly code = 'GUARDIAN_CHANGED';
  readonly currentVersion: number;

  constructor(currentVersion: number) {
    super(`The guardian has changed and is now at version ${currentVersion}.`);
    this.currentVersion = currentVersion;
  }
}

/** The guardian is one of the student already. */
export class AlreadyGuardianError extends RefusalError {
  override readonly name = 'AlreadyGuardianError';
  readonly code = 'ALREADY_GUARDIAN';

  constructor() {
    super('The guardian is linked to the student already.');
  }
}

/** Another change has made someone else the primary guardian at the same moment. */
export class PrimaryTakenError extends RefusalError {
  override readonly name = 'PrimaryTakenError';
  readonly code = 'PRIMARY_TAKEN';

  constructor() {
    super('Another guardian has just become the primary one.');
  }
}

/** A minor's primary guardian can't be removed. */
export class PrimaryNeededError extends RefusalError {
  override readonly name = 'PrimaryNeededError';
  readonly code = 'PRIMARY_NEEDED';
  /** Whether the student has no other guardian. */
  readonly isLast: boolean;

  constructor(isLast: boolean) {
    super('A minor needs a primary guardian.');
    this.isLast = isLast;
  }
}
