import type { ProblemDetail } from '../../contract/problem.ts';

/** What was sent cannot be accepted. Has every problem at once; nothing was changed. */
export class StudentInvalidError extends Error {
  override readonly name = 'StudentInvalidError';
  readonly code = 'STUDENT_INVALID';
  readonly problems: readonly ProblemDetail[];

  constructor(problems: readonly ProblemDetail[]) {
    super(`The student was not saved: ${problems.length} fields or rules are not met.`);
    this.problems = problems;
  }
}

/** There is no such student, or none that the person may know of. Only ever said after asking the database. */
export class StudentNotFoundError extends Error {
  override readonly name = 'StudentNotFoundError';
  readonly code = 'STUDENT_NOT_FOUND';

  constructor() {
    super('There is no such student.');
  }
}

/** Someone else has changed the student since it was read. Nothing was changed. */
export class StudentChangedError extends Error {
  override readonly name = 'StudentChangedError';
  readonly code = 'STUDENT_CHANGED';
  readonly currentVersion: number;

  constructor(currentVersion: number) {
    super(`The student has been changed meanwhile and is now at version ${currentVersion}.`);
    this.currentVersion = currentVersion;
  }
}

/** Another student of the school has this licence number. Nothing was changed. */
export class LicenceTakenError extends Error {
  override readonly name = 'LicenceTakenError';
  readonly code = 'LICENCE_TAKEN';

  constructor() {
    super('Another student of the school has this licence number.');
  }
}

/** The cursor does not belong to this search. */
export class CursorInvalidError extends Error {
  override readonly name = 'CursorInvalidError';
  readonly code = 'CURSOR_INVALID';

  constructor() {
    super('The cursor does not belong to this search.');
  }
}

/** A change could not be made. Nothing was saved, for certain. */
export class ChangeNotSavedError extends Error {
  override readonly name = 'ChangeNotSavedError';
  readonly code = 'CHANGE_NOT_SAVED';

  constructor(cause: unknown) {
    super('The change was not saved.', { cause });
  }
}

/** The database stopped answering while it was saving: the change is there or it is not. */
export class ChangeUnknownError extends Error {
  override readonly name = 'ChangeUnknownError';
  readonly code = 'CHANGE_UNKNOWN';

  constructor(cause: unknown) {
    super('It is not known whether the change was saved.', { cause });
  }
}

/** A person who may not see licence numbers has searched for one. Says nothing about whether it exists. */
export class LicenceSearchForbiddenError extends Error {
  override readonly name = 'LicenceSearchForbiddenError';
  readonly code = 'LICENCE_SEARCH_FORBIDDEN';

  constructor() {
    super('Only the owner and the office may search by licence number.');
  }
}

/** A person has asked for too many licence numbers within an hour. Nothing was shown or compared. */
export class LicenceLimitError extends Error {
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
export class ImportBusyError extends Error {
  override readonly name = 'ImportBusyError';
  readonly code = 'IMPORT_BUSY';
  /** An import of the largest file takes about this long. */
  readonly retryAfterSeconds = 5;

  constructor() {
    super('Another import is running.');
  }
}
