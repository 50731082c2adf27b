import type { Generated, Kysely } from 'kysely';
import type { studentFields } from '../../contract/student-fields.ts';
import type { Student } from '../../contract/students.ts';
import type { ColumnsOf } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A row of `students`. Calendar days are written as text; read them with `dayColumns`. */
export type StudentTable = ColumnsOf<typeof studentFields> & {
  id: string;
  school_id: string;
  licence_number_sealed: Buffer | null;
  licence_number_digest: Buffer | null;
  licence_number_masked: string | null;
  status: Student['status'];
  sort_name: string;
  search_words: string;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
  updated_at: Generated<Date>;
  updated_by: string | null;
};

/** A row of `people`: the view of users for other slices. */
interface PersonView {
  id: string;
  school_id: string;
  role: string;
  name: string;
  email: string | null;
  disabled: boolean;
}

/** The tables that the slice reads. */
export function studentTables(
  handle: DatabaseHandle,
): Kysely<{ readonly students: StudentTable; readonly people: PersonView }> {
  return handle;
}
