import { randomInt } from 'node:crypto';
import { overlapConstraint } from '../calendar/calendar.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import { SlotTakenError } from './lesson-errors.ts';
import { LessonService } from './lesson-service.ts';
import type { RandomInteger } from './short-code.ts';

export { loadWorld } from './booking-world.ts';
export { lessonHooks } from './lesson-hooks.ts';
export { findLesson, findLessons, lessonsBetween } from './lesson-repository.ts';
export { registerLessons } from './lesson-routes.ts';
export type { LessonService } from './lesson-service.ts';
export { lessonOf, type LessonRecord } from './lesson.ts';

/** Options of `createLessons`. */
export interface LessonsOptions extends Pick<SliceOptions, 'database' | 'idempotency' | 'policies' | 'wallClock'> {
  /** For short codes. Default: the machine's. */
  readonly random?: RandomInteger;
}

/** The assembled slice. */
export interface Lessons {
  readonly service: LessonService;
}

/** Assembles the slice, without using the database. */
export function createLessons(options: LessonsOptions): Lessons {
  const { database, idempotency, policies, wallClock, random = (limit) => randomInt(limit) } = options;
  const unitOfWork = new UnitOfWork({
    database: database.kysely,
    idempotency,
    policies,
    constraints: { [overlapConstraint]: () => new SlotTakenError([]) },
  });
  const service = new LessonService({ database: database.kysely, unitOfWork, policies, wallClock, random });
  return { service };
}
export { lessonsChangedSince, minutesBefore, scheduledLessons, type ScheduledQuery } from './scheduled-lessons.ts';
