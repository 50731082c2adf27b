import type { ProblemDetail } from '../../contract/problem.ts';
import { RefusalError } from '../platform/refusal-error.ts';

/** Fields are invalid. Has all problems; nothing was changed. */
export class StudentInvalidError extends RefusalError {
  override readonly name = 'StudentInvalidError';
  readonly code = 'STUDENT_INVALID';
  readonly problems: readonly ProblemDetail[];

  constructor(problems: readonly ProblemDetail[]) {
    super(`The student was not saved: ${problems.length} problems.`);
    this.problems = problems;
  }
}

/** The student does not exist, or the user may not see it. Thrown only after querying the database. */
export class StudentNotFoundError extends RefusalError {
  override readonly name = 'StudentNotFoundError';
  readonly code = 'STUDENT_NOT_FOUND';

  constructor() {
    super('There is no such student.');
  }
}

/** Someone else has changed the student since it was read. Nothing was changed. */
export class StudentChangedError extends RefusalError {
  override readonly name = 'StudentChangedError';
  readonly code = 'STUDENT_CHANGED';
  readonly currentVersion: number;

  constructor(currentVersion: number) {
    super(`The student has changed and is now at version ${currentVersion}.`);
    this.currentVersion = currentVersion;
  }
}

/** Another student of the school has this licence number. Nothing was changed. */
export class LicenceTakenError extends RefusalError {
  override readonly name = 'LicenceTakenError';
  readonly code = 'LICENCE_TAKEN';

  constructor() {
    super('Another student of the school has this licence number.');
  }
}

/** A user without permission to see licence numbers has searched for one. Does not reveal whether it exists. */
export class LicenceSearchForbiddenError extends RefusalError {
  override readonly name = 'LicenceSearchForbiddenError';
  readonly code = 'LICENCE_SEARCH_FORBIDDEN';

  constructor() {
    super('Only the owner and the office may search by licence number.');
  }
}

/** A user has revealed or compared too many licence numbers within an hour. Nothing was shown or compared. */
export class LicenceLimitError extends RefusalError {
  override readonly name = 'LicenceLimitError';
  readonly code = 'LICENCE_LIMIT';
  readonly kind: 'reveals' | 'lookups';
  readonly limit: number;
  readonly retryAfterSeconds: number;

  constructor(kind: 'reveals' | 'lookups', limit: number, retryAfterSeconds: number) {
    super(`The limit of ${limit} licence ${kind} an hour is reached. Try again in ${retryAfterSeconds} s.`);
    this.kind = kind;
    this.limit = limit;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Another import is running. Nothing was read. */
export class ImportBusyError extends RefusalError {
  override readonly name = 'ImportBusyError';
  readonly code = 'IMPORT_BUSY';
  /** An import of the largest file takes about this long. */
  readonly retryAfterSeconds = 5;

  constructor() {
    super('Another import is running.');
  }
}

/** The database was unavailable during a dry run. */
export class ImportNotCheckedError extends Error {
  override readonly name = 'ImportNotCheckedError';
  readonly code = 'IMPORT_NOT_CHECKED';

  constructor(cause: unknown) {
    super('The file could not be checked.', { cause });
  }
}
