import { randomInt } from 'node:crypto';
import { overlapConstraint } from '../calendar/calendar.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import { SlotTakenError } from './lesson-errors.ts';
import { LessonService } from './lesson-service.ts';
import type { RandomInteger } from './short-code.ts';

export { invalid, namedConflict } from './booking-request.ts';
export { type LoadedWorld, loadWorld } from './booking-world.ts';
export { type FeedLesson, feedLessons } from './feed-lessons.ts';
export { type FindableLessons, type LessonHit, lessonsByCode, nextLessonsOf } from './found-lessons.ts';
export { type FutureLesson, futureLessons } from './future-lessons.ts';
export { lessonHooks } from './lesson-hooks.ts';
export {
  type ComingLesson,
  comingLessons,
  expectedLessonClaims,
  lessonCodes,
  type LessonOverlap,
  overlappingLessons,
} from './lesson-findings.ts';
export { enrolmentLessons, studentLessons } from './student-lessons-facts.ts';
export { createStudentLessons, registerStudentLessons } from './student-lessons-routes.ts';
export type { StudentLessonLister } from './student-lessons-list.ts';
export { auditLessons } from './lesson-audit.ts';
export { LessonInvalidError } from './lesson-errors.ts';
export { insertPlaced } from './lesson-placing.ts';
export { lessonProblem } from './lesson-problems.ts';
export { type ChangedBy, findLesson, findLessons, lessonsBetween } from './lesson-repository.ts';
export { minutesOfEnrolments, nextLessons, roadTestsToDecide } from './attention-lessons.ts';
export { registerLessons } from './lesson-routes.ts';
export { bookedMinutes, findPlan, type HabitLesson, insertPlan, lastLessons } from './plan-repository.ts';
export type { LessonService } from './lesson-service.ts';
export { derived, isoInstant, lessonOf, type LessonRecord } from './lesson.ts';
export { lessonsChangedSince, minutesBefore, scheduledLessons, type ScheduledQuery } from './scheduled-lessons.ts';
export type { RandomInteger } from './short-code.ts';

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
