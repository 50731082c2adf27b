import type { Generated, Kysely } from 'kysely';
import type { EnrolmentStatus } from '../../contract/enrolments.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A row of `enrolments`. Calendar days are written as text; read them with `dayColumn`. */
export interface EnrolmentTable {
  id: string;
  school_id: string;
  student_id: string;
  product_id: string | null;
  kind: 'bde' | 'lesson_pack';
  rule_set_id: string;
  course_started_on: string;
  deadline_on: string | null;
  in_vehicle_minutes_bought: Generated<number>;
  status: Generated<EnrolmentStatus>;
  status_reason: Generated<string | null>;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
  updated_at: Generated<Date>;
  updated_by: string | null;
}

/** A row of `products`. */
export interface ProductTable {
  id: string;
  school_id: string;
  name: string;
  kind: 'bde' | 'lesson_pack' | 'single' | 'fee';
  in_vehicle_minutes: number | null;
  status: Generated<'active' | 'archived'>;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
  updated_at: Generated<Date>;
  updated_by: string | null;
}

/** The tables of the slice. */
export function courseTables(
  handle: DatabaseHandle,
): Kysely<{ readonly enrolments: EnrolmentTable; readonly products: ProductTable }> {
  return handle;
}
