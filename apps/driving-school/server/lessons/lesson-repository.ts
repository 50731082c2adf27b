/** Reading and writing the rows of lessons. Errors of the database are thrown unchanged. */
import { type Selectable, sql } from 'kysely';
import { undoMinutes } from '../../contract/lessons.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { type LessonRecord, type LessonStep, type LessonTexts, type Placement, undoUntil } from './lesson.ts';
import { type LessonTable, lessonTables } from './lesson-table.ts';
import { type RandomInteger, shortCode, shortCodeAttemptsMax } from './short-code.ts';

/** The user who makes a change, and when. */
export interface ChangedBy {
  readonly schoolId: string;
  readonly userId: string;
  readonly at: Temporal.Instant;
}

/** A lesson to be inserted. */
export type NewLesson = Omit<LessonRecord, 'short_code' | 'version' | 'ics_sequence'>;

/** Steps beyond these are older than any that can be undone. */
const stepsRead = 40;
const stepsWrittenAtOnce = 1_000;

/** Finds lessons by their IDs. Unknown IDs and those of other schools are left out. */
export async function findLessons(
  handle: DatabaseHandle,
  schoolId: string,
  ids: readonly string[],
): Promise<LessonRecord[]> {
  const rows = await lessonRows(handle, schoolId)
    .where(sql<boolean>`lessons.id = ANY (${[...ids]}::uuid[])`)
    .orderBy('lessons.id')
    .execute();
  return rows.map(recordOf);
}

/** Finds a lesson of a school. */
export async function findLesson(
  handle: DatabaseHandle,
  schoolId: string,
  id: string,
): Promise<LessonRecord | undefined> {
  return (await findLessons(handle, schoolId, [id]))[0];
}

/** Locks lessons until the transaction ends, in the order of their IDs, and reads them. */
export async function lockLessons(
  transaction: DatabaseTransaction,
  schoolId: string,
  ids: readonly string[],
): Promise<LessonRecord[]> {
  const rows = await lessonRows(transaction, schoolId)
    .where(sql<boolean>`lessons.id = ANY (${[...ids]}::uuid[])`)
    .orderBy('lessons.id')
    .forUpdate('lessons')
    .execute();
  return rows.map(recordOf);
}

/** Selects lessons that begin on calendar days from one to another, both included, in the order of time. */
export async function lessonsBetween(
  handle: DatabaseHandle,
  schoolId: string,
  { from, to, instructorId }: { readonly from: CalendarDay; readonly to: CalendarDay; readonly instructorId?: string },
): Promise<LessonRecord[]> {
  const rows = await lessonRows(handle, schoolId)
    .where(sql<boolean>`lessons.local_date BETWEEN ${from}::date AND ${to}::date`)
    .where(
      instructorId === undefined ? sql<boolean>`true` : sql<boolean>`lessons.instructor_id = ${instructorId}::uuid`,
    )
    .orderBy('lessons.local_date')
    .orderBy('lessons.starts_at')
    .orderBy('lessons.id')
    .execute();
  return rows.map(recordOf);
}

/** Inserts a lesson with a short code of its own. @returns the code */
export async function insertLesson(
  transaction: DatabaseTransaction,
  lesson: NewLesson,
  { schoolId, userId, at }: ChangedBy,
  random: RandomInteger,
): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    const short_code = shortCode(random, attempt);
    const { numInsertedOrUpdatedRows } = await lessonTables(transaction)
      .insertInto('lessons')
      .values({
        id: lesson.id,
        student_id: lesson.student_id,
        enrolment_id: lesson.enrolment_id,
        type: lesson.type,
        plan_id: lesson.plan_id,
        pickup: lesson.pickup,
        drop_off: lesson.drop_off,
        notes: lesson.notes,
        reference_number: lesson.reference_number,
        ...placementColumns(lesson),
        school_id: schoolId,
        short_code,
        created_at: dateOf(at),
        created_by: userId,
        updated_at: dateOf(at),
        updated_by: userId,
      })
      // A second lesson with this code is not an error, which would end the transaction.
      .onConflict((conflict) => conflict.columns(['school_id', 'short_code']).doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 1n) return short_code;
    if (attempt === shortCodeAttemptsMax) throw new Error('No short code is free.');
  }
}

/** Writes a lesson's placement and raises its version. Calendar programs notice it. */
export async function placeLesson(
  transaction: DatabaseTransaction,
  id: string,
  placement: Placement,
  { schoolId, userId, at }: ChangedBy,
): Promise<void> {
  await lessonTables(transaction)
    .updateTable('lessons')
    .set({
      ...placementColumns(placement),
      version: sql<number>`version + 1`,
      ics_sequence: sql<number>`ics_sequence + 1`,
      updated_at: dateOf(at),
      updated_by: userId,
    })
    .where('school_id', '=', schoolId)
    .where('id', '=', id)
    .execute();
}

/**
 * Connects a lesson with the next one of a relay, or ends the relay. The lesson's version stays: it counts the changes
 * that users make to the lesson itself, and a neighbour's change must not invalidate theirs.
 */
export async function linkLesson(
  transaction: DatabaseTransaction,
  id: string,
  link: Pick<Placement, 'relay_next_id' | 'buffer_after_minutes'>,
  { at }: Pick<ChangedBy, 'at'>,
): Promise<void> {
  await lessonTables(transaction)
    .updateTable('lessons')
    .set({ ...link, updated_at: dateOf(at) })
    .where('id', '=', id)
    .execute();
}

/** Writes a lesson's texts and raises its version. */
export async function writeTexts(
  transaction: DatabaseTransaction,
  id: string,
  texts: LessonTexts,
  { schoolId, userId, at }: ChangedBy,
): Promise<void> {
  await lessonTables(transaction)
    .updateTable('lessons')
    .set({
      ...texts,
      version: sql<number>`version + 1`,
      ics_sequence: sql<number>`ics_sequence + 1`,
      updated_at: dateOf(at),
      updated_by: userId,
    })
    .where('school_id', '=', schoolId)
    .where('id', '=', id)
    .execute();
}

/** Cancels lessons as they are and raises their versions. */
export async function cancelLessons(
  transaction: DatabaseTransaction,
  ids: readonly string[],
  { reason, noticeAt }: { readonly reason: string; readonly noticeAt: Temporal.Instant },
  { schoolId, userId, at }: ChangedBy,
): Promise<void> {
  await lessonTables(transaction)
    .updateTable('lessons')
    .set({
      status: 'cancelled',
      status_reason: reason,
      cancelled_notice_at: dateOf(noticeAt),
      version: sql<number>`version + 1`,
      ics_sequence: sql<number>`ics_sequence + 1`,
      updated_at: dateOf(at),
      updated_by: userId,
    })
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`id = ANY (${[...ids]}::uuid[])`)
    .execute();
}

/** Records a change, so that it can be undone. @param version the version that the change has made */
export async function addStep(
  transaction: DatabaseTransaction,
  lessonId: string,
  step: Omit<LessonStep, 'at'>,
  by: ChangedBy,
): Promise<void> {
  await addSteps(transaction, [{ lessonId, ...step }], by);
}

/** Records changes of several lessons. See `addStep`. */
export async function addSteps(
  transaction: DatabaseTransaction,
  steps: readonly (Omit<LessonStep, 'at'> & { readonly lessonId: string })[],
  { schoolId, userId, at }: ChangedBy,
): Promise<void> {
  // A statement has at most 65,535 parameters.
  for (let first = 0; first < steps.length; first += stepsWrittenAtOnce) {
    await lessonTables(transaction)
      .insertInto('lesson_steps')
      .values(
        steps.slice(first, first + stepsWrittenAtOnce).map(({ lessonId, version, action, before }) => ({
          school_id: schoolId,
          lesson_id: lessonId,
          version,
          at: dateOf(at),
          actor_id: userId,
          action,
          before: before === null ? null : JSON.stringify(before),
        })),
      )
      .execute();
  }
}

/** The last changes of a lesson, the newest first. */
export async function stepsOf(handle: DatabaseHandle, lessonId: string): Promise<LessonStep[]> {
  const rows = await lessonTables(handle)
    .selectFrom('lesson_steps')
    .select(['version', 'at', 'action', 'before'])
    .where('lesson_id', '=', lessonId)
    .orderBy('id', 'desc')
    .limit(stepsRead)
    .execute();
  return rows.map(({ at, before, ...step }) => ({ ...step, at: at.getTime(), before: before as Placement | null }));
}

/**
 * Until when the last change of each lesson can be undone; see `undoUntil`.
 *
 * @returns instants by the ID of the lesson; others can't be undone
 */
export async function undoEnds(
  handle: DatabaseHandle,
  schoolId: string,
  lessons: readonly LessonRecord[],
  now: number,
): Promise<ReadonlyMap<string, number>> {
  if (lessons.length === 0) return new Map();
  const ids = lessons.map(({ id }) => id);
  // Older changes can't be undone, and few lessons have changed since.
  const since = new Date(now - undoMinutes * 60_000);
  const rows = await lessonTables(handle)
    .selectFrom('lesson_steps')
    .select(['lesson_id', 'version', 'at', 'action'])
    .where('at', '>=', since)
    .where(
      sql<boolean>`lesson_id IN (SELECT id FROM lessons WHERE school_id = ${schoolId}
        AND id = ANY (${ids}::uuid[]) AND updated_at >= ${since}::timestamptz)`,
    )
    .orderBy('id', 'desc')
    .execute();
  const steps = Map.groupBy(rows, ({ lesson_id }) => lesson_id);
  const ends = new Map<string, number>();
  for (const lesson of lessons) {
    const ofLesson = steps.get(lesson.id)?.map(({ at, ...step }) => ({ ...step, at: at.getTime(), before: null }));
    const end = ofLesson && undoUntil(lesson, ofLesson, now);
    if (typeof end === 'number') ends.set(lesson.id, end);
  }
  return ends;
}

function lessonRows(handle: DatabaseHandle, schoolId: string) {
  return lessonTables(handle)
    .selectFrom('lessons')
    .select([
      'lessons.id',
      'short_code',
      'student_id',
      'enrolment_id',
      'instructor_id',
      'vehicle_id',
      'location_id',
      'type',
      'starts_at',
      'ends_at',
      'time_zone',
      'buffer_after_minutes',
      'relay_next_id',
      'status',
      'status_reason',
      'cancelled_notice_at',
      'pickup',
      'drop_off',
      'notes',
      'reference_number',
      'cancel_by',
      'plan_id',
      'ics_sequence',
      'overrides',
      'version',
    ])
    .select(dayColumn('lessons.local_date').as('local_date'))
    .select(
      sql<string | null>`(SELECT first.id FROM lessons AS first WHERE first.relay_next_id = lessons.id)`.as(
        'relay_after',
      ),
    )
    .where('lessons.school_id', '=', schoolId);
}

type LessonRow = Omit<Selectable<LessonTable>, 'school_id' | `created_${string}` | `updated_${string}`> & {
  readonly relay_after: string | null;
};

function recordOf({ starts_at, ends_at, cancelled_notice_at, cancel_by, ...row }: LessonRow): LessonRecord {
  return {
    ...row,
    starts_at: starts_at.getTime(),
    ends_at: ends_at.getTime(),
    cancelled_notice_at: cancelled_notice_at?.getTime() ?? null,
    cancel_by: cancel_by?.getTime() ?? null,
  };
}

function placementColumns(placement: Placement) {
  return {
    starts_at: new Date(placement.starts_at),
    ends_at: new Date(placement.ends_at),
    instructor_id: placement.instructor_id,
    vehicle_id: placement.vehicle_id,
    location_id: placement.location_id,
    time_zone: placement.time_zone,
    local_date: placement.local_date,
    buffer_after_minutes: placement.buffer_after_minutes,
    relay_next_id: placement.relay_next_id,
    status: placement.status,
    status_reason: placement.status_reason,
    cancelled_notice_at: placement.cancelled_notice_at === null ? null : new Date(placement.cancelled_notice_at),
    cancel_by: placement.cancel_by === null ? null : new Date(placement.cancel_by),
    overrides: sql<[]>`${JSON.stringify(placement.overrides)}::jsonb`,
  };
}

function dateOf(at: Temporal.Instant): Date {
  return new Date(at.epochMilliseconds);
}
