/** Reading and writing the rows of plans, and what a plan's defaults follow from. */
import { sql } from 'kysely';
import type { WishText } from '../../contract/planning.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { ChangedBy } from './lesson-repository.ts';
import { lessonTables } from './lesson-table.ts';

/** A booked plan, without its lessons. */
export interface PlanRecord {
  readonly id: string;
  readonly enrolment_id: string;
  readonly wishes: WishText[];
}

/** Inserts a plan, before its lessons. */
export async function insertPlan(
  transaction: DatabaseTransaction,
  { id, enrolment_id, wishes }: PlanRecord,
  { schoolId, userId, at }: ChangedBy,
): Promise<void> {
  await lessonTables(transaction)
    .insertInto('lesson_plans')
    .values({
      id,
      school_id: schoolId,
      enrolment_id,
      wishes: JSON.stringify(wishes),
      created_at: new Date(at.epochMilliseconds),
      created_by: userId,
    })
    .execute();
}

/** Finds a plan of a school, with the IDs of its lessons. */
export async function findPlan(
  handle: DatabaseHandle,
  schoolId: string,
  id: string,
): Promise<{ readonly plan: PlanRecord; readonly lessonIds: readonly string[] } | undefined> {
  const plan = await lessonTables(handle)
    .selectFrom('lesson_plans')
    .select(['id', 'enrolment_id', 'wishes'])
    .where('school_id', '=', schoolId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (plan === undefined) return undefined;
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .select('id')
    .where('school_id', '=', schoolId)
    .where('plan_id', '=', id)
    .execute();
  return { plan: { ...plan, wishes: plan.wishes as WishText[] }, lessonIds: rows.map((row) => row.id) };
}

/** Minutes of an enrolment's lessons, given and to come. */
export async function bookedMinutes(handle: DatabaseHandle, schoolId: string, enrolmentId: string): Promise<number> {
  const { minutes } = await lessonTables(handle)
    .selectFrom('lessons')
    .select(sql<number>`coalesce(sum(extract(epoch FROM ends_at - starts_at) / 60), 0)::int`.as('minutes'))
    .where('school_id', '=', schoolId)
    .where('enrolment_id', '=', enrolmentId)
    .where('type', '<>', 'road_test')
    .where('status', 'in', ['booked', 'done'])
    .executeTakeFirstOrThrow();
  return minutes;
}

/** A lesson of the past or future that shows the student's habits. */
export interface HabitLesson {
  readonly starts_at: number;
  readonly minutes: number;
  readonly time_zone: string;
  readonly location_id: string;
}

/** The last lessons of a student, the latest first. */
export async function lastLessons(handle: DatabaseHandle, schoolId: string, studentId: string): Promise<HabitLesson[]> {
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .select(['starts_at', 'ends_at', 'time_zone', 'location_id'])
    .where('school_id', '=', schoolId)
    .where('student_id', '=', studentId)
    .where('type', '<>', 'road_test')
    .where('status', 'in', ['booked', 'done'])
    .orderBy('starts_at', 'desc')
    .limit(6)
    .execute();
  return rows.map(({ starts_at, ends_at, ...row }) => ({
    ...row,
    starts_at: starts_at.getTime(),
    minutes: (ends_at.getTime() - starts_at.getTime()) / 60_000,
  }));
}
