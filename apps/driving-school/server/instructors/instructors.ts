import { overlapConstraint } from '../calendar/calendar.ts';
import type { LessonHooks } from '../platform/lesson-hooks.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import { HoursOverlapError, InstructorEmailTakenError, PeriodTakenError } from './instructor-errors.ts';
import { InstructorService } from './instructor-service.ts';
import { TimeOffService } from './time-off-service.ts';

export { instructorFacts } from './instructor-facts.ts';
export { timeOffBetween, type TimeOffPeriod } from './time-off-between.ts';
export { registerInstructors } from './instructor-routes.ts';
export type { InstructorService } from './instructor-service.ts';
export type { TimeOffService } from './time-off-service.ts';

/** The dependencies of the slice. */
export interface InstructorsOptions extends SliceOptions {
  readonly lessons: LessonHooks;
}

/** The assembled slice. */
export interface Instructors {
  readonly service: InstructorService;
  readonly timeOff: TimeOffService;
}

/** Assembles the slice, without using the database. */
export function createInstructors(options: InstructorsOptions): Instructors {
  const { database, idempotency, policies, secrets, wallClock, lessons } = options;
  const shared = { database: database.kysely, policies, wallClock, lessons };
  const constraints = {
    users_email: () => new InstructorEmailTakenError(),
    instructor_hours_no_overlap: () => new HoursOverlapError(),
    [overlapConstraint]: () => new PeriodTakenError(),
  };
  return {
    service: new InstructorService({
      ...shared,
      unitOfWork: new UnitOfWork({ database: database.kysely, idempotency, policies, constraints }),
      linkKey: secrets.derive('instructors.one-time-link'),
    }),
    timeOff: new TimeOffService({
      ...shared,
      unitOfWork: new UnitOfWork({
        database: database.kysely,
        idempotency,
        policies: { databaseWrite: policies.booking, databaseWriteOnce: policies.bookingOnce },
        constraints,
      }),
    }),
  };
}
