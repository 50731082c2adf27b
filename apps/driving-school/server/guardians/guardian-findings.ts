import { sql } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** The guardians of a student, counted. */
export interface GuardianCount {
  readonly school_id: string;
  readonly student_id: string;
  readonly guardians: number;
  readonly primary: number;
}

/** Counts guardians per student in all schools. Students without guardians are left out. */
export async function guardianCounts(handle: DatabaseHandle): Promise<GuardianCount[]> {
  const { rows } = await sql<GuardianCount>`
    SELECT school_id, student_id, count(*)::int AS guardians, (count(*) FILTER (WHERE is_primary))::int AS "primary"
    FROM student_guardians GROUP BY school_id, student_id`.execute(handle);
  return rows;
}
