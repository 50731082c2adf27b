import type { RawBuilder } from 'kysely';
import type { StudentFacts } from '../../contract/booking/world.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A period in milliseconds since 1970: [from, to). */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/**
 * The lessons of students. The slice of the lessons depends on this one, so `school.ts` passes an implementation to
 * `createStudents`.
 */
export interface StudentLessons {
  /** A query for the IDs of the students with whom an instructor has a lesson in a period, given or to come. */
  taughtBy(
    instructor: { readonly schoolId: string; readonly instructorId: string },
    period: Period,
  ): RawBuilder<unknown>;
  /** The booked lessons from an instant on that a student's licence or age would forbid, the earliest first. */
  forbidden(handle: DatabaseHandle, schoolId: string, student: StudentFacts, from: number): Promise<string[]>;
}

/** An instructor sees the students of lessons at most this many days away. */
export const taughtNearDays = 14;

/** The period in which a lesson lets its instructor see the student. */
export function taughtNear(now: Temporal.Instant): Period {
  const lengthMs = taughtNearDays * 86_400_000;
  return { from: now.epochMilliseconds - lengthMs, to: now.epochMilliseconds + lengthMs };
}
