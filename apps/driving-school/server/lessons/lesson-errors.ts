import type { Conflict, NearestSlot } from '../../contract/lessons.ts';
import type { ParsedTime } from '../../contract/local-time.ts';
import type { ProblemDetail } from '../../contract/problem.ts';
import type { Refusal } from '../../contract/rules.ts';
import type { Lesson } from '../../contract/lessons.ts';
import { RefusalError } from '../platform/refusal-error.ts';

/** Values are invalid. Has all problems; nothing was changed. */
export class LessonInvalidError extends RefusalError {
  override readonly name = 'LessonInvalidError';
  readonly code = 'LESSON_INVALID';
  readonly problems: readonly ProblemDetail[];

  constructor(problems: readonly ProblemDetail[]) {
    super(`The lesson was not saved: ${problems.map(({ message }) => message).join(' ')}`);
    this.problems = problems;
  }
}

/** A wall time that a clock change skips or repeats. */
export type UnclearTime = Extract<ParsedTime, { readonly code: 'time_ambiguous' | 'time_does_not_exist' }>;

/** The wall time exists twice, or not at all. Nothing was changed. */
export class UnclearTimeError extends RefusalError {
  override readonly name = 'UnclearTimeError';
  readonly code = 'UNCLEAR_TIME';
  readonly time: UnclearTime;
  /** As it was sent. */
  readonly text: string;
  /** Where it was sent. */
  readonly pointer: string;

  constructor(text: string, time: UnclearTime, pointer: string) {
    super(`${text}: ${time.code}`);
    this.text = text;
    this.time = time;
    this.pointer = pointer;
  }
}

/** The lesson does not exist, or the user may not see it. Thrown only after querying the database. */
export class LessonNotFoundError extends RefusalError {
  override readonly name = 'LessonNotFoundError';
  readonly code = 'LESSON_NOT_FOUND';

  constructor() {
    super('There is no such lesson.');
  }
}

/** Someone else has changed the lesson since it was read. Nothing was changed. */
export class LessonChangedError extends RefusalError {
  override readonly name = 'LessonChangedError';
  readonly code = 'LESSON_CHANGED';
  readonly currentVersion: number;

  constructor(currentVersion: number) {
    super(`The lesson has changed and is now at version ${currentVersion}.`);
    this.currentVersion = currentVersion;
  }
}

/** Only booked lessons can be moved and cancelled. Nothing was changed. */
export class LessonNotBookedError extends RefusalError {
  override readonly name = 'LessonNotBookedError';
  readonly code = 'LESSON_NOT_BOOKED';
  readonly status: Lesson['status'];

  constructor(status: Lesson['status']) {
    super(`The lesson is ${status}.`);
    this.status = status;
  }
}

/** Student, instructor or vehicle is busy. Nothing was changed. */
export class SlotTakenError extends RefusalError {
  override readonly name = 'SlotTakenError';
  readonly code = 'SLOT_TAKEN';
  readonly conflicts: readonly Conflict[];
  readonly nearest: readonly NearestSlot[];

  constructor(conflicts: readonly Conflict[], nearest: readonly NearestSlot[] = []) {
    super(`The time is taken: ${conflicts.length} conflicts.`);
    this.conflicts = conflicts;
    this.nearest = nearest;
  }
}

/** Rules refuse, and at least one of them is hard or was not overridden. Nothing was changed. */
export class RulesRefuseError extends RefusalError {
  override readonly name = 'RulesRefuseError';
  readonly code = 'RULES_REFUSE';
  readonly refusals: readonly Refusal[];

  constructor(refusals: readonly Refusal[]) {
    super(`Rules refuse: ${refusals.map(({ rule }) => rule).join(', ')}.`);
    this.refusals = refusals;
  }
}

/** The last change is too old to be undone, or there is none. Nothing was changed. */
export class UndoExpiredError extends RefusalError {
  override readonly name = 'UndoExpiredError';
  readonly code = 'UNDO_EXPIRED';

  constructor() {
    super('The last change can no longer be undone.');
  }
}
