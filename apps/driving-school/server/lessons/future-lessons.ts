import type { CalendarDay } from '../../contract/parsers.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { lessonTables } from './lesson-table.ts';

/** A booked lesson with everyone and everything that it needs. */
export interface FutureLesson {
  readonly id: string;
  readonly local_date: CalendarDay;
  readonly student_id: string;
  readonly instructor_id: string;
  readonly vehicle_id: string | null;
}

/** All booked lessons of a school that begin at or after an instant, the earliest first. @param from in milliseconds */
export async function futureLessons(handle: DatabaseHandle, schoolId: string, from: number): Promise<FutureLesson[]> {
  return lessonTables(handle)
    .selectFrom('lessons')
    .select(['id', 'student_id', 'instructor_id', 'vehicle_id', dayColumn('local_date').as('local_date')])
    .where('school_id', '=', schoolId)
    .where('status', '=', 'booked')
    .where('starts_at', '>=', new Date(from))
    .orderBy('starts_at')
    .orderBy('id')
    .execute();
}
