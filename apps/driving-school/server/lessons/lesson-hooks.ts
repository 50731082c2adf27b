import { sql } from 'kysely';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { BookedLesson, LessonHooks, LessonsOf } from '../platform/lesson-hooks.ts';
import { cancelled } from './lesson.ts';
import { cancelAll, lockForChange, replace } from './lesson-placing.ts';
import { findLesson, findLessons } from './lesson-repository.ts';
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

  async lockOverlapping(transaction, schoolId, of, { from, to }) {
    const overlapping = (): Promise<BookedLesson[]> =>
      booked(
        transaction,
        schoolId,
        of,
        sql<boolean>`starts_at < ${new Date(to)}::timestamptz
          AND ends_at + make_interval(mins => buffer_after_minutes) > ${new Date(from)}::timestamptz`,
      );
    const seen = await findLessons(transaction, schoolId, idsOf(await overlapping()));
    // All at once, in the order of every change: one after the other, two changes could wait for each other.
    await lockForChange(transaction, seen, { schoolId }, ['instructorId' in of ? of.instructorId : of.vehicleId]);
    return overlapping();
  },

  async cancel(transaction, lessonIds, { actor: { schoolId, userId }, reason, at }) {
    const by = { schoolId, userId, at };
    const locked = await lockForChange(transaction, await findLessons(transaction, schoolId, lessonIds), by);
    const lessons = locked.filter(({ status }) => status === 'booked');
    const inRelay = new Set(lessons.filter(({ relay_after, relay_next_id }) => relay_after ?? relay_next_id));
    await cancelAll(
      transaction,
      lessons.filter((lesson) => !inRelay.has(lesson)),
      { reason, noticeAt: at },
      by,
    );
    for (const { id } of inRelay) {
      // Read again: the lesson may have been in a relay with the one before.
      const lesson = await findLesson(transaction, schoolId, id);
      if (lesson === undefined) continue;
      await replace(transaction, lesson, { to: cancelled(lesson, reason, at), action: 'cancelled' }, by);
    }
  },
};

function idsOf(lessons: readonly BookedLesson[]): string[] {
  return lessons.map(({ id }) => id);
}

async function booked(
  handle: DatabaseHandle,
  schoolId: string,
  of: LessonsOf | undefined,
  when: ReturnType<typeof sql<boolean>>,
): Promise<BookedLesson[]> {
  let query = lessonTables(handle)
    .selectFrom('lessons')
    .select(['id', 'starts_at', 'ends_at', 'time_zone', dayColumn('local_date').as('local_date')])
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
