import { sql } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A student with more than one beginner course that is not over. */
export interface DoubleEnrolment {
  readonly student_id: string;
  readonly enrolment_ids: readonly string[];
}

/** Finds students with several active beginner courses, of all schools. The unique index is not used. */
export async function doubleEnrolments(handle: DatabaseHandle): Promise<DoubleEnrolment[]> {
  const { rows } = await sql<DoubleEnrolment>`
    SELECT student_id, array_agg(id::text ORDER BY course_started_on, id) AS enrolment_ids
    FROM enrolments WHERE kind = 'bde' AND status IN ('active', 'complete', 'certifiable')
    GROUP BY student_id HAVING count(*) > 1 ORDER BY student_id`.execute(handle);
  return rows;
}

/** The students with an active enrolment, of all schools. */
export async function enrolledStudents(
  handle: DatabaseHandle,
): Promise<readonly { readonly school_id: string; readonly student_id: string }[]> {
  const { rows } = await sql<{ school_id: string; student_id: string }>`
    SELECT DISTINCT school_id, student_id FROM enrolments WHERE status = 'active'`.execute(handle);
  return rows;
}
