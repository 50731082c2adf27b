import type { CalendarDay } from '../../contract/parsers.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** The days of a course, both included; a null end is open. */
export interface CourseDays {
  readonly from: CalendarDay;
  readonly to: CalendarDay | null;
}

/**
 * The lessons of enrolments. The slice of the lessons depends on this one, so `school.ts` passes an implementation to
 * `createCourses`.
 */
export interface EnrolmentLessons {
  /** In-car minutes of each enrolment in lessons that were given or are booked. Enrolments without any are left out. */
  bookedMinutes(
    handle: DatabaseHandle,
    schoolId: string,
    enrolmentIds: readonly string[],
  ): Promise<ReadonlyMap<string, number>>;
  /** The booked lessons of an enrolment from an instant on, outside some days; `none`: all of them. The earliest first. */
  outside(
    handle: DatabaseHandle,
    schoolId: string,
    enrolmentId: string,
    days: CourseDays | 'none',
    from: number,
  ): Promise<string[]>;
}

/** For a school that has no lessons. */
export const noLessons: EnrolmentLessons = {
  bookedMinutes: async () => new Map(),
  outside: async () => [],
};
