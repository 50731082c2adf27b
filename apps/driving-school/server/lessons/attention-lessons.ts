import { sql } from 'kysely';
import { localStart } from '../../contract/local-time.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { lessonTables } from './lesson-table.ts';

/** A road test with the last instant at which it can be cancelled. */
export interface CancellableTest {
  readonly lesson_id: string;
  readonly student_id: string;
  readonly starts_at: string;
  readonly local_start: string;
  readonly cancel_by: string;
}

/** Finds booked road tests that can be cancelled only until an instant in (from, to], the earliest first. */
export async function roadTestsToDecide(
  handle: DatabaseHandle,
  { schoolId, instructorId, from, to }: NextLessonsQuery & { readonly to: Temporal.Instant },
): Promise<CancellableTest[]> {
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .select(['id', 'student_id', 'starts_at', 'cancel_by', 'time_zone'])
    .where('school_id', '=', schoolId)
    .where('status', '=', 'booked')
    .where('type', '=', 'road_test')
    .where('cancel_by', '>', new Date(from.epochMilliseconds))
    .where('cancel_by', '<=', new Date(to.epochMilliseconds))
    .where(ofInstructor(instructorId))
    .orderBy('cancel_by')
    .execute();
  return rows.map(({ id, student_id, starts_at, cancel_by, time_zone }) => ({
    lesson_id: id,
    student_id,
    starts_at: starts_at.toISOString(),
    local_start: localStart(starts_at.getTime(), time_zone),
    cancel_by: (cancel_by ?? starts_at).toISOString(),
  }));
}

/** Whose next lessons. */
export interface NextLessonsQuery {
  readonly schoolId: string;
  /** Default: all instructors. */
  readonly instructorId: string | undefined;
  readonly from: Temporal.Instant;
}

/** The start of the next booked lesson of every student who has one, by the student's ID. */
export async function nextLessons(
  handle: DatabaseHandle,
  { schoolId, instructorId, from }: NextLessonsQuery,
): Promise<ReadonlyMap<string, string>> {
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .select('student_id')
    .select(({ fn }) => fn.min('starts_at').as('starts_at'))
    .where('school_id', '=', schoolId)
    .where('status', '=', 'booked')
    .where('starts_at', '>=', new Date(from.epochMilliseconds))
    .where(ofInstructor(instructorId))
    .groupBy('student_id')
    .orderBy('starts_at')
    .execute();
  return new Map(rows.map(({ student_id, starts_at }) => [student_id, starts_at.toISOString()]));
}

/** Sums up the in-vehicle minutes of enrolments that are given or booked, by the ID of the enrolment. */
export async function minutesOfEnrolments(
  handle: DatabaseHandle,
  schoolId: string,
  enrolmentIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .select('enrolment_id')
    .select(sql<number>`sum(extract(epoch FROM ends_at - starts_at) / 60)::int`.as('minutes'))
    .where('school_id', '=', schoolId)
    .where('status', 'in', ['booked', 'done'])
    .where('type', '!=', 'road_test')
    .where(sql<boolean>`enrolment_id = ANY (${[...enrolmentIds]}::uuid[])`)
    .groupBy('enrolment_id')
    .execute();
  return new Map(rows.map(({ enrolment_id, minutes }) => [enrolment_id ?? '', minutes]));
}

function ofInstructor(id: string | undefined) {
  return id === undefined ? sql<boolean>`true` : sql<boolean>`instructor_id = ${id}::uuid`;
}
