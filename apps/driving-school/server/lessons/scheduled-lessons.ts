import { sql } from 'kysely';
import type { Lesson } from '../../contract/lessons.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { EventLoopYielder } from '../platform/event-loop-yielder.ts';
import { lessonOf } from './lesson.ts';
import { lessonsBetween, undoEnds } from './lesson-repository.ts';
import { lessonTables } from './lesson-table.ts';

/** Which lessons of a school. Days are those of the lessons' locations, both included. */
export interface ScheduledQuery {
  readonly schoolId: string;
  readonly from: CalendarDay;
  readonly to: CalendarDay;
  /** Default: all instructors. */
  readonly instructorId?: string;
  /** Decides which changes can still be undone. Default: none can. */
  readonly now?: Temporal.Instant;
}

/** Reads the lessons of a period, in the order of time, whatever their status. */
export async function scheduledLessons(
  handle: DatabaseHandle,
  { schoolId, now, ...query }: ScheduledQuery,
): Promise<Lesson[]> {
  const records = await lessonsBetween(handle, schoolId, query);
  const ends = now === undefined ? undefined : await undoEnds(handle, schoolId, records, now.epochMilliseconds);
  const lessons: Lesson[] = [];
  // Wall times of thousands of lessons take long.
  const yielder = new EventLoopYielder();
  for (const record of records) {
    lessons.push(lessonOf(record, ends?.get(record.id) ?? null));
    await yielder.yieldIfDue();
  }
  return lessons;
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

/** The lessons of a school that have changed since an instant. */
export async function lessonsChangedSince(
  handle: DatabaseHandle,
  schoolId: string,
  since: Temporal.Instant,
): Promise<ReadonlySet<string>> {
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .select('id')
    .where('school_id', '=', schoolId)
    .where('updated_at', '>=', new Date(since.epochMilliseconds))
    .execute();
  return new Set(rows.map(({ id }) => id));
}
