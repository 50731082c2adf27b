import { sql } from 'kysely';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { BookedLesson, LessonHooks, LessonsOf } from '../platform/lesson-hooks.ts';
import { setClaimsActive } from '../calendar/calendar.ts';
import { lessonTables } from './lesson-table.ts';

/** See `LessonHooks`. */
export const lessonHooks: LessonHooks = {
  async upcoming(handle, schoolId, of, from) {
    return booked(handle, schoolId, of, sql<boolean>`starts_at >= ${new Date(from)}::timestamptz`);
  },

  async onDay(handle, schoolId, day, locationId) {
    return booked(
      handle,
      schoolId,
      locationId === null ? undefined : { locationId },
      sql<boolean>`local_date = ${day}::date`,
    );
  },

  async overlapping(handle, schoolId, of, { from, to }) {
    return booked(
      handle,
      schoolId,
      of,
      sql<boolean>`starts_at < ${new Date(to)}::timestamptz
        AND ends_at + make_interval(mins => buffer_after_minutes) > ${new Date(from)}::timestamptz`,
    );
  },

  async cancel(transaction, lessonIds, { actor, reason, at }) {
    await setClaimsActive(transaction, lessonIds, false);
    await lessonTables(transaction)
      .updateTable('lessons')
      .set({
        status: 'cancelled',
        status_reason: reason,
        cancelled_notice_at: new Date(at.epochMilliseconds),
        version: sql<number>`version + 1`,
        ics_sequence: sql<number>`ics_sequence + 1`,
        updated_at: new Date(at.epochMilliseconds),
        updated_by: actor.userId,
      })
      .where('school_id', '=', actor.schoolId)
      .where(sql<boolean>`id = ANY (${[...lessonIds]}::uuid[])`)
      .execute();
  },
};

async function booked(
  handle: DatabaseHandle,
  schoolId: string,
  of: LessonsOf | undefined,
  when: ReturnType<typeof sql<boolean>>,
): Promise<BookedLesson[]> {
  let query = lessonTables(handle)
    .selectFrom('lessons')
    .select(['id', 'starts_at', 'ends_at', dayColumn('local_date').as('local_date')])
    .where('school_id', '=', schoolId)
    .where('status', '=', 'booked')
    .where(when);
  if (of !== undefined) {
    const [column, id] = columnOf(of);
    query = query.where(column, '=', id);
  }
  const rows = await query.orderBy('starts_at').orderBy('id').execute();
  return rows.map((row) => ({ ...row, starts_at: row.starts_at.getTime(), ends_at: row.ends_at.getTime() }));
}

function columnOf(of: LessonsOf) {
  if ('instructorId' in of) return ['instructor_id', of.instructorId] as const;
  if ('vehicleId' in of) return ['vehicle_id', of.vehicleId] as const;
  if ('studentId' in of) return ['student_id', of.studentId] as const;
  return ['location_id', of.locationId] as const;
}
