import type { Generated, Kysely } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A row of `guardians`. */
export interface GuardianTable {
  id: string;
  school_id: string;
  name: string;
  email: string | null;
  phone: string | null;
  phone_extension: string | null;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
  updated_at: Generated<Date>;
  updated_by: string | null;
}

/** A row of `student_guardians`. */
export interface StudentGuardianTable {
  school_id: string;
  student_id: string;
  guardian_id: string;
  relation: string | null;
  is_primary: Generated<boolean>;
  created_at: Generated<Date>;
}

/** The tables of the slice. */
export function guardianTables(
  handle: DatabaseHandle,
): Kysely<{ readonly guardians: GuardianTable; readonly student_guardians: StudentGuardianTable }> {
  return handle;
}
