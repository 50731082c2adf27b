import { sql } from 'kysely';
import type { EnrolmentFacts } from '../../contract/booking/world.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { ruleSetsById } from '../rules/rules.ts';
import { courseTables } from './course-table.ts';

/** Reads the facts that decide about bookings of enrolments. Unknown IDs and those of other schools are left out. */
export async function enrolmentFacts(
  handle: DatabaseHandle,
  schoolId: string,
  ids: readonly string[],
): Promise<EnrolmentFacts[]> {
  const rows = await courseTables(handle)
    .selectFrom('enrolments')
    .select(['id', 'student_id', 'kind', 'status', 'rule_set_id'])
    .select([
      dayColumn('course_started_on').as('course_started_on'),
      dayColumn('deadline_on').$castTo<string | null>().as('deadline_on'),
    ])
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`id = ANY (${[...ids]}::uuid[])`)
    .execute();
  if (rows.length === 0) return [];
  const ruleSets = await ruleSetsById(handle, schoolId);
  return rows.map(({ rule_set_id, ...row }) => {
    const rule_set = ruleSets.get(rule_set_id);
    if (rule_set === undefined) throw new Error(`Enrolment ${row.id} has no rule set.`);
    return { ...row, rule_set };
  });
}

/** Locks an enrolment until the transaction ends: its caps are judged under the lock. @returns whether it exists */
export async function lockEnrolment(transaction: DatabaseTransaction, schoolId: string, id: string): Promise<boolean> {
  const row = await courseTables(transaction)
    .selectFrom('enrolments')
    .select('id')
    .where('school_id', '=', schoolId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}
