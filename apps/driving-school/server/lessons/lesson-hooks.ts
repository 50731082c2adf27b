import { sql } from 'kysely';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { BookedLesson, LessonHooks, LessonsOf } from '../platform/lesson-hooks.ts';
import { cancelled } from './lesson.ts';
import { lockForChange, replace } from './lesson-placing.ts';
import { findLesson, findLessons } from './lesson-repository.ts';
import { lessonTables } from './lesson-table.ts';

/** See `LessonHooks`. */
export const lessonHooks: LessonHooks = {
  async upcoming(handle, schoolId, of, from) {
    return booked(handle, schoolId, of, sql<boolean>`starts_at >= ${new Date(from)}::timestamptz`);
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

  async cancel(transaction, lessonIds, { actor: { schoolId, userId }, reason, at }) {
    const by = { schoolId, userId, at };
    const locked = await lockForChange(transaction, await findLessons(transaction, schoolId, lessonIds), by);
    for (const { id } of locked.filter(({ status }) => status === 'booked')) {
      // Read again: the lesson may have been in a relay with the one before.
      const lesson = await findLesson(transaction, schoolId, id);
      if (lesson === undefined) continue;
      await replace(transaction, lesson, { to: cancelled(lesson, reason, at), action: 'cancelled' }, by);
    }
  },
};

async function booked(
  handle: DatabaseHandle,
  schoolId: string,
  of: LessonsOf,
  when: ReturnType<typeof sql<boolean>>,
): Promise<BookedLesson[]> {
  const [column, id] =
    'instructorId' in of
      ? (['instructor_id', of.instructorId] as const)
      : 'vehicleId' in of
        ? (['vehicle_id', of.vehicleId] as const)
        : (['student_id', of.studentId] as const);
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .select(['id', 'starts_at', 'ends_at', dayColumn('local_date').as('local_date')])
    .where('school_id', '=', schoolId)
    .where(column, '=', id)
    .where('status', '=', 'booked')
    .where(when)
    .orderBy('starts_at')
    .execute();
  return rows.map((row) => ({ ...row, starts_at: row.starts_at.getTime(), ends_at: row.ends_at.getTime() }));
}
