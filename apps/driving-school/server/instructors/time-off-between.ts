import { sql } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { instructorTables } from './instructor-table.ts';

/** A period in which an instructor is away. Times are in milliseconds since 1970. */
export interface TimeOffPeriod {
  readonly id: string;
  readonly instructor_id: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string | null;
}

/** The time off of a school's instructors that overlaps [from, to), in milliseconds, the earliest first. */
export async function timeOffBetween(
  handle: DatabaseHandle,
  schoolId: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<TimeOffPeriod[]> {
  const rows = await instructorTables(handle)
    .selectFrom('time_off')
    .select(['id', 'instructor_id', 'starts_at', 'ends_at', 'reason'])
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`starts_at < ${new Date(to)}::timestamptz AND ends_at > ${new Date(from)}::timestamptz`)
    .orderBy('starts_at')
    .orderBy('id')
    .execute();
  return rows.map(({ starts_at, ends_at, ...row }) => ({ ...row, from: starts_at.getTime(), to: ends_at.getTime() }));
}
