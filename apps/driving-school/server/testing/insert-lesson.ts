import { randomUUIDv7 } from 'node:crypto';
import type { Insertable, Kysely } from 'kysely';
import { claimsOf } from '../../contract/booking/claims.ts';
import { localTime } from '../../contract/local-time.ts';
import { claim } from '../calendar/calendar.ts';
import type { LessonTable } from '../lessons/lesson-table.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

type Row = Omit<Insertable<LessonTable>, 'ends_at' | 'local_date'>;
type Required = 'school_id' | 'student_id' | 'instructor_id' | 'location_id' | 'starts_at';

/** A lesson to be written with SQL; its other columns have defaults. */
export type LessonToInsert = Pick<Row, Required> &
  Partial<Omit<Row, Required>> & {
    /** Default 60. */
    readonly minutes?: number;
    /** Default true. */
    readonly withClaims?: boolean;
  };

const zone = 'America/Toronto';

/**
 * Writes a lesson and its claims in one transaction, as the slice of lessons does, without any check.
 *
 * @returns the ID
 */
export async function insertLesson(
  handle: DatabaseHandle,
  { minutes = 60, withClaims = true, ...columns }: LessonToInsert,
): Promise<string> {
  const startsMs = columns.starts_at.getTime();
  const row = {
    id: randomUUIDv7(),
    // The database is shared by the tests of a process, so codes are drawn.
    short_code: shortCode(Math.floor(Math.random() * 32 ** 6)),
    vehicle_id: null,
    type: 'private' as const,
    ends_at: new Date(startsMs + minutes * 60_000),
    time_zone: zone,
    local_date: localTime(startsMs, columns.time_zone ?? zone).day,
    buffer_after_minutes: 15,
    ...columns,
  };
  await handle.transaction().execute(async (transaction) => {
    await (transaction as unknown as Kysely<{ lessons: LessonTable }>).insertInto('lessons').values(row).execute();
    if (!withClaims) return;
    const claims = claimsOf({
      ...row,
      lesson_id: row.id,
      enrolment_id: row.enrolment_id ?? null,
      starts_at: startsMs,
      ends_at: row.ends_at.getTime(),
      relay_after: null,
    });
    await claim(transaction, row.school_id, claims);
  });
  return row.id;
}

/** `L-2222`, `L-2223`, …: at least four letters, without 0, O, 1 and I. */
export function shortCode(count: number): string {
  const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  let rest = count;
  let code = '';
  while (code.length < 4 || rest > 0) {
    code = `${letters[rest % letters.length]}${code}`;
    rest = Math.floor(rest / letters.length);
  }
  return `L-${code}`;
}
