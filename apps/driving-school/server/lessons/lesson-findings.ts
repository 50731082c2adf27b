import { type RawBuilder, sql } from 'kysely';
import type { Proposal } from '../../contract/booking/world.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { lessonTables } from './lesson-table.ts';

/** SQL of the claims that lessons need; see `ExpectedClaims`. Claims of past lessons may be missing or inactive. */
export function expectedLessonClaims(): RawBuilder<unknown> {
  return sql`
    SELECT lessons.school_id, CASE lessons.type WHEN 'road_test' THEN 'road_test' ELSE 'lesson' END AS source_kind,
      lessons.id AS source_id, claim.resource_kind, claim.resource_id,
      tstzrange(lessons.starts_at, lessons.ends_at + make_interval(mins => claim.buffer)) AS during,
      lessons.status = 'booked' AS required, lessons.status <> 'cancelled' AS may_be_active
    FROM lessons CROSS JOIN LATERAL (VALUES
      ('student', lessons.student_id, 0),
      ('instructor', lessons.instructor_id, lessons.buffer_after_minutes),
      ('vehicle', lessons.vehicle_id, lessons.buffer_after_minutes)
    ) AS claim (resource_kind, resource_id, buffer)
    WHERE claim.resource_id IS NOT NULL`;
}

/** Two lessons of one instructor, vehicle or student at the same time. */
export interface LessonOverlap {
  readonly resource_kind: 'instructor' | 'vehicle' | 'student';
  readonly resource_id: string;
  readonly source_id: string;
  readonly short_code: string;
  readonly other_id: string;
  readonly other_code: string;
}

/**
 * Finds all pairs of lessons that overlap, with their buffers, from the lessons alone. Only resources with an overlap are
 * compared pair by pair.
 */
export async function overlappingLessons(handle: DatabaseHandle): Promise<LessonOverlap[]> {
  const { rows } = await sql<LessonOverlap>`
    WITH taken AS MATERIALIZED (
      SELECT lessons.id, lessons.short_code, resource.kind, resource.id AS resource_id, lessons.starts_at AS begins,
        lessons.ends_at + make_interval(mins => resource.buffer) AS ends
      FROM lessons CROSS JOIN LATERAL (VALUES
        ('student', lessons.student_id, 0),
        ('instructor', lessons.instructor_id, lessons.buffer_after_minutes),
        ('vehicle', lessons.vehicle_id, lessons.buffer_after_minutes)
      ) AS resource (kind, id, buffer)
      WHERE lessons.status <> 'cancelled' AND resource.id IS NOT NULL
    ), suspects AS (
      SELECT DISTINCT kind, resource_id FROM (
        SELECT kind, resource_id, begins, max(ends) OVER (
          PARTITION BY kind, resource_id ORDER BY begins, ends, id
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS busy_until FROM taken
      ) AS in_order WHERE busy_until > begins
    )
    SELECT one.kind AS resource_kind, one.resource_id, one.id AS source_id, one.short_code,
      other.id AS other_id, other.short_code AS other_code
    FROM taken AS one JOIN taken AS other ON other.kind = one.kind AND other.resource_id = one.resource_id
      AND other.id > one.id AND one.begins < other.ends AND other.begins < one.ends
    WHERE (one.kind, one.resource_id) IN (SELECT kind, resource_id FROM suspects)
    ORDER BY one.begins, one.id, other.id`.execute(handle);
  return rows;
}

/** A booked lesson that has not begun, as it was proposed. */
export interface ComingLesson extends Proposal {
  readonly lesson_id: string;
  readonly school_id: string;
  readonly short_code: string;
}

/** Reads all booked lessons that begin at or after an instant, of all schools. @param from milliseconds since 1970 */
export async function comingLessons(handle: DatabaseHandle, from: number): Promise<ComingLesson[]> {
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .select(['id', 'school_id', 'short_code', 'type', 'student_id', 'enrolment_id', 'instructor_id', 'vehicle_id'])
    .select(['location_id', 'starts_at', 'ends_at', 'buffer_after_minutes'])
    .where('status', '=', 'booked')
    .where(sql<boolean>`starts_at >= ${new Date(from)}::timestamptz`)
    .orderBy('starts_at')
    .orderBy('id')
    .execute();
  return rows.map(({ id, starts_at, ends_at, ...row }) => ({
    ...row,
    lesson_id: id,
    starts_at: starts_at.getTime(),
    ends_at: ends_at.getTime(),
    relay_after: null,
  }));
}

/** The short codes of lessons by ID. Unknown IDs are left out. */
export async function lessonCodes(
  handle: DatabaseHandle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .select(['id', 'short_code'])
    .where(sql<boolean>`id = ANY (${[...ids]}::uuid[])`)
    .execute();
  return new Map(rows.map(({ id, short_code }) => [id, short_code]));
}
