import { sql } from 'kysely';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { instructorTables } from './instructor-table.ts';

/** Time off as stored. Times are in milliseconds since 1970. */
export interface TimeOffRecord {
  readonly id: string;
  readonly instructorId: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string | null;
}

/** SQL of the table `time_off`. Its claims are written by the service. */
export const timeOffRepository = {
  /** The time off of an instructor that overlaps [from, to), the earliest first. */
  async list(
    handle: DatabaseHandle,
    schoolId: string,
    instructorId: string,
    { from, to }: { readonly from: number; readonly to: number | undefined },
  ): Promise<TimeOffRecord[]> {
    let query = rows(handle, schoolId)
      .where('instructor_id', '=', instructorId)
      .where('ends_at', '>', new Date(from))
      .orderBy('starts_at')
      .orderBy('id')
      .limit(1_000);
    if (to !== undefined) query = query.where('starts_at', '<', new Date(to));
    return (await query.execute()).map(toRecord);
  },

  async find(
    handle: DatabaseHandle,
    schoolId: string,
    instructorId: string,
    id: string,
  ): Promise<TimeOffRecord | undefined> {
    const row = await rows(handle, schoolId)
      .where('id', '=', id)
      .where('instructor_id', '=', instructorId)
      .executeTakeFirst();
    return row && toRecord(row);
  },

  async insert(
    transaction: DatabaseTransaction,
    { schoolId, userId }: { readonly schoolId: string; readonly userId: string },
    { id, instructorId, from, to, reason }: TimeOffRecord,
  ): Promise<void> {
    await instructorTables(transaction)
      .insertInto('time_off')
      .values({
        id,
        school_id: schoolId,
        instructor_id: instructorId,
        starts_at: new Date(from),
        ends_at: new Date(to),
        reason,
        created_by: userId,
      })
      .execute();
  },

  /** @returns whether there was such time off */
  async remove(transaction: DatabaseTransaction, schoolId: string, instructorId: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await instructorTables(transaction)
      .deleteFrom('time_off')
      .where('school_id', '=', schoolId)
      .where('instructor_id', '=', instructorId)
      .where('id', '=', id)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  },

  /** Whether a user is an instructor of the school. */
  async isInstructor(handle: DatabaseHandle, schoolId: string, id: string): Promise<boolean> {
    const row = await instructorTables(handle)
      .selectFrom('people')
      .select(sql<number>`1`.as('one'))
      .where('school_id', '=', schoolId)
      .where('role', '=', 'instructor')
      .where('id', '=', id)
      .executeTakeFirst();
    return row !== undefined;
  },
};

function rows(handle: DatabaseHandle, schoolId: string) {
  return instructorTables(handle)
    .selectFrom('time_off')
    .select(['id', 'instructor_id', 'starts_at', 'ends_at', 'reason'])
    .where('school_id', '=', schoolId);
}

function toRecord(row: {
  readonly id: string;
  readonly instructor_id: string;
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly reason: string | null;
}): TimeOffRecord {
  return {
    id: row.id,
    instructorId: row.instructor_id,
    from: row.starts_at.getTime(),
    to: row.ends_at.getTime(),
    reason: row.reason,
  };
}
