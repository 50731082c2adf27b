import { sql } from 'kysely';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { courseTables } from './course-table.ts';

/** An active course that ends in a period. */
export interface EndingEnrolment {
  readonly id: string;
  readonly student_id: string;
}

/** Finds active courses whose last day is in a period, both days included, the earliest first. */
export async function enrolmentsEnding(
  handle: DatabaseHandle,
  schoolId: string,
  { from, to }: { readonly from: CalendarDay; readonly to: CalendarDay },
): Promise<EndingEnrolment[]> {
  return courseTables(handle)
    .selectFrom('enrolments')
    .select(['id', 'student_id'])
    .where('school_id', '=', schoolId)
    .where('status', '=', 'active')
    .where(sql<boolean>`deadline_on BETWEEN ${from}::date AND ${to}::date`)
    .orderBy('deadline_on')
    .orderBy('id')
    .execute();
}
