import type { z } from 'zod';
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

/** The problems of a body that does not match its schema, each with the pointer of its field. */
export function issueProblems({ issues }: z.ZodError): ProblemDetail[] {
  return issues.flatMap((issue): ProblemDetail[] => {
    const pointer = issue.path.map((step) => `/${String(step)}`).join('');
    if (issue.code !== 'unrecognized_keys') return [{ pointer, code: issue.code, message: issue.message }];
    return issue.keys.map((key) => ({
      pointer: `${pointer}/${key}`,
      code: 'unknown_field',
      message: 'This field cannot be set.',
    }));
  });
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
