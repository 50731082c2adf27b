import type { ProblemDetail } from '../../contract/problem.ts';
import { RefusalError } from './refusal-error.ts';

/** A kind of record in codes, such as `vehicle_changed`, and in messages, such as "this car". */
export interface RecordKind {
  readonly code: string;
  readonly noun: string;
}

/** Fields are invalid. Has all problems; nothing was changed. */
export class RecordInvalidError extends RefusalError {
  override readonly name = 'RecordInvalidError';
  readonly code = 'RECORD_INVALID';
  readonly problems: readonly ProblemDetail[];

  constructor(problems: readonly ProblemDetail[]) {
    super(`Nothing was saved: ${problems.length} problems.`);
    this.problems = problems;
  }
}

/** The record does not exist in the user's school. Thrown only after querying the database. */
export class RecordNotFoundError extends RefusalError {
  override readonly name = 'RecordNotFoundError';
  readonly code = 'RECORD_NOT_FOUND';
  readonly kind: RecordKind;

  constructor(kind: RecordKind) {
    super(`There is no such ${kind.noun}.`);
    this.kind = kind;
  }
}

/** Someone else has changed the record since it was read. Nothing was changed. */
export class RecordChangedError extends RefusalError {
  override readonly name = 'RecordChangedError';
  readonly code = 'RECORD_CHANGED';
  readonly kind: RecordKind;
  readonly currentVersion: number;

  constructor(kind: RecordKind, currentVersion: number) {
    super(`The ${kind.noun} has changed and is now at version ${currentVersion}.`);
    this.kind = kind;
    this.currentVersion = currentVersion;
  }
}
