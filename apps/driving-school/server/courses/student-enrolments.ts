import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { courseTables } from './course-table.ts';

/** An active enrolment of a student. */
export interface ActiveEnrolment {
  readonly id: string;
  readonly kind: 'bde' | 'lesson_pack';
  readonly in_vehicle_minutes_bought: number;
}

/** The active enrolments of a student: the BDE course first, then the latest. */
export async function activeEnrolments(
  handle: DatabaseHandle,
  schoolId: string,
  studentId: string,
): Promise<ActiveEnrolment[]> {
  return courseTables(handle)
    .selectFrom('enrolments')
    .select(['id', 'kind', 'in_vehicle_minutes_bought', dayColumn('course_started_on').as('course_started_on')])
    .where('school_id', '=', schoolId)
    .where('student_id', '=', studentId)
    .where('status', '=', 'active')
    .orderBy('kind')
    .orderBy('course_started_on', 'desc')
    .orderBy('id')
    .execute();
}
