import { sql } from 'kysely';
import type { Student } from '../../contract/students.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { studentTables } from './student-table.ts';

/** How to reach a student: for the calendar and the day sheet. Contains no licence number. */
export interface StudentContact {
  readonly id: string;
  readonly name: string;
  readonly phone: string | null;
  readonly phone_extension: string | null;
  readonly licence_class: Student['licence_class'];
  readonly emergency_contact: {
    readonly name: string;
    readonly telephone: string;
    readonly relation: string | null;
  } | null;
}

/** Reads how to reach students. Unknown IDs and those of other schools are left out. */
export async function studentContacts(
  handle: DatabaseHandle,
  schoolId: string,
  ids: readonly string[],
): Promise<StudentContact[]> {
  const rows = await studentTables(handle)
    .selectFrom('students')
    .select(['id', 'legal_given_names', 'legal_family_name', 'preferred_name', 'phone', 'phone_extension'])
    .select(['licence_class', 'emergency_contact_name', 'emergency_contact_telephone', 'emergency_contact_relation'])
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`id = ANY (${[...ids]}::uuid[])`)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: [row.preferred_name ?? row.legal_given_names, row.legal_family_name]
      .filter((part) => part !== null)
      .join(' '),
    phone: row.phone,
    phone_extension: row.phone_extension,
    licence_class: row.licence_class,
    emergency_contact:
      row.emergency_contact_name === null || row.emergency_contact_telephone === null
        ? null
        : {
            name: row.emergency_contact_name,
            telephone: row.emergency_contact_telephone,
            relation: row.emergency_contact_relation,
          },
  }));
}
