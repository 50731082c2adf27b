import { sql } from 'kysely';
import type { LessonType } from '../../contract/booking/world.ts';
import type { Lesson } from '../../contract/lessons.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { lessonTables } from './lesson-table.ts';

/** The lessons that a user may find: all of a school, or those of one instructor. */
export interface FindableLessons {
  readonly schoolId: string;
  readonly instructorId?: string | undefined;
}

/** A lesson as a search shows it. */
export interface LessonHit {
  readonly id: string;
  readonly short_code: string;
  readonly student_id: string;
  readonly instructor_id: string;
  readonly instructor_name: string;
  readonly type: LessonType;
  readonly status: Lesson['status'];
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly local_date: string;
  readonly time_zone: string;
}

/** Finds lessons by patterns of their codes, such as `L-7K%`, in the order of the codes. */
export async function lessonsByCode(
  handle: DatabaseHandle,
  among: FindableLessons,
  patterns: readonly string[],
  limit: number,
): Promise<LessonHit[]> {
  if (patterns.length === 0) return [];
  // Not `LIKE ANY`, which can't use an index.
  const isLike = patterns.map((pattern) => sql<boolean>`lessons.short_code LIKE ${pattern}`);
  return hits(handle, among)
    .where(sql<boolean>`(${sql.join(isLike, sql` OR `)})`)
    .orderBy('lessons.short_code')
    .limit(limit)
    .execute();
}

/** Finds the next booked lessons of students, the earliest first. @param from milliseconds since 1970 */
export async function nextLessonsOf(
  handle: DatabaseHandle,
  among: FindableLessons,
  studentIds: readonly string[],
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<LessonHit[]> {
  if (studentIds.length === 0) return [];
  return hits(handle, among)
    .where(sql<boolean>`lessons.student_id = ANY (${[...studentIds]}::uuid[])`)
    .where('lessons.status', '=', 'booked')
    .where(sql<boolean>`lessons.ends_at > ${new Date(from)}::timestamptz`)
    .orderBy('lessons.starts_at')
    .orderBy('lessons.id')
    .limit(limit)
    .execute();
}

/** A row of `people`: the view of users for other slices. */
interface PersonView {
  id: string;
  name: string;
}

function hits(handle: DatabaseHandle, { schoolId, instructorId }: FindableLessons) {
  const rows = lessonTables(handle)
    .withTables<{ people: PersonView }>()
    .selectFrom('lessons')
    .innerJoin('people', 'people.id', 'lessons.instructor_id')
    .select(['lessons.id', 'lessons.short_code', 'lessons.student_id', 'lessons.instructor_id'])
    .select(['lessons.type', 'lessons.status', 'lessons.starts_at', 'lessons.ends_at', 'lessons.time_zone'])
    .select([dayColumn('lessons.local_date').as('local_date'), 'people.name as instructor_name'])
    .where('lessons.school_id', '=', schoolId);
  return instructorId === undefined ? rows : rows.where('lessons.instructor_id', '=', instructorId);
}
