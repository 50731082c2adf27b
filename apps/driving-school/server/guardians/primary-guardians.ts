import { sql } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { guardianTables } from './guardian-table.ts';

/** Filters students: returns the IDs of those who have a primary guardian. */
export async function studentsWithGuardian(
  handle: DatabaseHandle,
  schoolId: string,
  studentIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await guardianTables(handle)
    .selectFrom('student_guardians')
    .select('student_id')
    .where('school_id', '=', schoolId)
    .where('is_primary', '=', true)
    .where(sql<boolean>`student_id = ANY (${[...studentIds]}::uuid[])`)
    .execute();
  return new Set(rows.map(({ student_id }) => student_id));
}
