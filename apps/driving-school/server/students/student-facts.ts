import { sql } from 'kysely';
import type { StudentFacts } from '../../contract/booking/world.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { studentTables } from './student-table.ts';

/** Reads the facts that decide about bookings of students. Unknown IDs and those of other schools are left out. */
export async function studentFacts(
  handle: DatabaseHandle,
  schoolId: string,
  ids: readonly string[],
): Promise<(StudentFacts & { readonly status: 'active' | 'archived'; readonly phone: string | null })[]> {
  const rows = await studentTables(handle)
    .selectFrom('students')
    .select([
      'students.id',
      'legal_given_names',
      'legal_family_name',
      'preferred_name',
      'licence_class',
      'instructor_id',
    ])
    .select(['students.status', 'students.phone', 'students.postal_code'])
    .select([
      dayColumn('students.birth_date').as('birth_date'),
      dayColumn('students.licence_issued_on').$castTo<string | null>().as('licence_issued_on'),
      dayColumn('students.licence_expires_on').$castTo<string | null>().as('licence_expires_on'),
    ])
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`students.id = ANY (${[...ids]}::uuid[])`)
    .execute();
  return rows.map(({ legal_given_names, legal_family_name, preferred_name, postal_code, ...row }) => ({
    ...row,
    name: [preferred_name ?? legal_given_names, legal_family_name].filter((part) => part !== null).join(' '),
    area: postal_code?.slice(0, 3) ?? null,
  }));
}
