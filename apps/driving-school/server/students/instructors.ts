import { sql } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { studentTables } from './student-table.ts';

/** Filters users: returns the IDs of those who are instructors of the school and not disabled. */
export async function instructorsAmong(
  schoolId: string,
  userIds: readonly string[],
  handle: DatabaseHandle,
): Promise<Set<string>> {
  const rows = await instructors(schoolId, handle)
    .select('id')
    .where(sql<boolean>`people.id = ANY (${[...userIds]}::uuid[])`)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** The school's instructors who are not disabled: ID by e-mail address in lower case. */
export async function instructorsByEmail(schoolId: string, handle: DatabaseHandle): Promise<Map<string, string>> {
  const rows = await instructors(schoolId, handle).select(['id', 'email']).execute();
  return new Map(rows.flatMap(({ id, email }) => (email === null ? [] : [[email.toLowerCase(), id] as const])));
}

function instructors(schoolId: string, handle: DatabaseHandle) {
  return studentTables(handle)
    .selectFrom('people')
    .where('school_id', '=', schoolId)
    .where('role', '=', 'instructor')
    .where('disabled', '=', false);
}
