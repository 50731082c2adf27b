import { sql } from 'kysely';
import { type Lesson, undoMinutes } from '../../contract/lessons.ts';
import { localStart } from '../../contract/local-time.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { lessonTables } from './lesson-table.ts';

/** Which lessons of a school. Days are those of the lessons' locations, both included. */
export interface ScheduledQuery {
  readonly schoolId: string;
  readonly from: CalendarDay;
  readonly to: CalendarDay;
  /** Default: all instructors. */
  readonly instructorId?: string;
  /** Decides which changes can still be undone. */
  readonly now: Temporal.Instant;
}

/** Reads the lessons of a period in one query, in the order of time, whatever their status. */
export async function scheduledLessons(
  handle: DatabaseHandle,
  { schoolId, from, to, instructorId, now }: ScheduledQuery,
): Promise<Lesson[]> {
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .leftJoin('lessons as earlier', 'earlier.relay_next_id', 'lessons.id')
    .leftJoin('lesson_steps', (join) =>
      join.onRef('lesson_steps.lesson_id', '=', 'lessons.id').onRef('lesson_steps.version', '=', 'lessons.version'),
    )
    .selectAll('lessons')
    .select([
      dayColumn('lessons.local_date').as('local_date'),
      'earlier.id as relay_after',
      'lesson_steps.at as changed_at',
      'lesson_steps.action as changed_by_action',
    ])
    .where('lessons.school_id', '=', schoolId)
    .where(sql<boolean>`lessons.local_date BETWEEN ${from}::date AND ${to}::date`)
    .where(
      instructorId === undefined ? sql<boolean>`true` : sql<boolean>`lessons.instructor_id = ${instructorId}::uuid`,
    )
    .orderBy('lessons.local_date')
    .orderBy('lessons.starts_at')
    .orderBy('lessons.id')
    .execute();
  return rows.map((row) => {
    const startsAt = row.starts_at.getTime();
    const undoUntil =
      row.changed_at === null || row.changed_by_action === 'undone'
        ? 0
        : row.changed_at.getTime() + undoMinutes * 60_000;
    return {
      id: row.id,
      short_code: row.short_code,
      student_id: row.student_id,
      enrolment_id: row.enrolment_id,
      instructor_id: row.instructor_id,
      vehicle_id: row.vehicle_id,
      location_id: row.location_id,
      type: row.type,
      starts_at: row.starts_at.toISOString(),
      ends_at: row.ends_at.toISOString(),
      local_start: localStart(startsAt, row.time_zone),
      local_date: row.local_date,
      time_zone: row.time_zone,
      minutes: (row.ends_at.getTime() - startsAt) / 60_000,
      buffer_after_minutes: row.buffer_after_minutes,
      status: row.status,
      status_reason: row.status_reason,
      cancelled_notice_at: row.cancelled_notice_at?.toISOString() ?? null,
      relay_after: row.relay_after,
      pickup: row.pickup,
      drop_off: row.drop_off,
      notes: row.notes,
      reference_number: row.reference_number,
      cancel_by: row.cancel_by?.toISOString() ?? null,
      plan_id: row.plan_id,
      overrides: row.overrides,
      undo_until: undoUntil > now.epochMilliseconds ? new Date(undoUntil).toISOString() : null,
      version: row.version,
    };
  });
}

/**
 * Sums up the in-vehicle minutes that each enrolment has before each of its active lessons.
 *
 * @returns minutes by the ID of the lesson
 */
export async function minutesBefore(
  handle: DatabaseHandle,
  schoolId: string,
  enrolmentIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (enrolmentIds.length === 0) return new Map();
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .select('id')
    .select(
      sql<number>`coalesce(sum(extract(epoch FROM ends_at - starts_at) / 60) OVER (
        PARTITION BY enrolment_id ORDER BY starts_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ), 0)::int`.as('minutes'),
    )
    .where('school_id', '=', schoolId)
    .where('status', 'in', ['booked', 'done'])
    .where('type', '!=', 'road_test')
    .where(sql<boolean>`enrolment_id = ANY (${[...enrolmentIds]}::uuid[])`)
    .execute();
  return new Map(rows.map(({ id, minutes }) => [id, minutes]));
}
