import { sql } from 'kysely';
import type { Pipeline } from 'dualbrake';
import { undoMinutes } from '../../contract/lessons.ts';
import { localStart } from '../../contract/local-time.ts';
import type { Actor } from '../../contract/session.ts';
import type { StudentLesson, StudentLessonList, StudentLessonQuery } from '../../contract/student-lessons.ts';
import { instructorFacts } from '../instructors/instructors.ts';
import { locationFacts } from '../locations/locations.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { ListCursors } from '../platform/http/list-cursor.ts';
import { RefusalError } from '../platform/refusal-error.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import type { StudentAccessReader } from '../students/students.ts';
import { vehicleFacts } from '../vehicles/vehicles.ts';
import { lessonTables } from './lesson-table.ts';

/** The student does not exist, or the user may not see it. */
export class LessonsOfNobodyError extends RefusalError {
  override readonly name = 'LessonsOfNobodyError';
  readonly code = 'STUDENT_NOT_FOUND';

  constructor() {
    super('There is no such student.');
  }
}

/** The parts of the list. */
export interface StudentLessonListParts {
  readonly database: DatabaseHandle;
  readonly students: StudentAccessReader;
  readonly policies: { readonly databaseRead: Pipeline };
  readonly cursors: ListCursors;
  readonly wallClock: WallClock;
}

/** The lessons of one student, the latest first. Instructors see their own. */
export class StudentLessonLister {
  readonly #parts: StudentLessonListParts;

  constructor(parts: StudentLessonListParts) {
    this.#parts = parts;
  }

  /** @throws LessonsOfNobodyError; CursorInvalidError */
  async list(
    actor: Actor,
    studentId: string,
    query: StudentLessonQuery,
    context?: RequestContext,
  ): Promise<StudentLessonList> {
    const { database, students, policies, cursors, wallClock } = this.#parts;
    const { limit, enrolment_id: enrolmentId, cursor } = query;
    const now = wallClock.now();
    const bound = JSON.stringify([
      actor.schoolId,
      actor.role === 'instructor' ? actor.userId : null,
      studentId,
      enrolmentId,
    ]);
    const after = cursor === undefined ? undefined : cursors.read(cursor, bound);
    const found = await policies.databaseRead.execute(async () => {
      if ((await students.visible(database, actor, studentId)) === undefined) return new LessonsOfNobodyError();
      let lessons = lessonRows(database)
        .where('lesson.school_id', '=', actor.schoolId)
        .where('lesson.student_id', '=', studentId)
        .orderBy('lesson.starts_at', 'desc')
        .orderBy('lesson.id', 'desc')
        .limit(limit + 1);
      if (actor.role === 'instructor') lessons = lessons.where('lesson.instructor_id', '=', actor.userId);
      if (enrolmentId !== undefined) lessons = lessons.where('lesson.enrolment_id', '=', enrolmentId);
      if (after !== undefined) {
        lessons = lessons.where(
          sql<boolean>`(lesson.starts_at, lesson.id) < (${after.key}::timestamptz, ${after.id}::uuid)`,
        );
      }
      const rows = await lessons.execute();
      return namedLessons(database, actor.schoolId, rows, now);
    }, context);
    if (found instanceof RefusalError) throw found;
    const last = found[limit - 1];
    return {
      data: found.slice(0, limit),
      next_cursor:
        found.length > limit && last !== undefined ? cursors.write({ key: last.starts_at, id: last.id }, bound) : null,
      stale: false,
      as_of: now.toString({ smallestUnit: 'millisecond' }),
      complete: true,
    };
  }
}

type LessonRow = Awaited<ReturnType<ReturnType<typeof lessonRows>['executeTakeFirstOrThrow']>>;

function lessonRows(handle: DatabaseHandle) {
  return lessonTables(handle)
    .selectFrom('lessons as lesson')
    .leftJoin('lessons as before', 'before.relay_next_id', 'lesson.id')
    .leftJoin('lesson_steps as step', (join) =>
      join.onRef('step.lesson_id', '=', 'lesson.id').onRef('step.version', '=', 'lesson.version'),
    )
    .selectAll('lesson')
    .select([
      dayColumn('lesson.local_date').as('local_date'),
      'before.id as relay_after',
      'step.at as step_at',
      'step.action as step_action',
    ]);
}

/** Adds the names that the rows show. */
async function namedLessons(
  handle: DatabaseHandle,
  schoolId: string,
  rows: readonly LessonRow[],
  now: Temporal.Instant,
): Promise<StudentLesson[]> {
  if (rows.length === 0) return [];
  const ids = (of: (row: LessonRow) => string | null): string[] => [
    ...new Set(rows.map(of).filter((id) => id !== null)),
  ];
  const instructors = namesOf(
    await instructorFacts(
      handle,
      schoolId,
      ids(({ instructor_id }) => instructor_id),
    ),
  );
  const vehicles = namesOf(
    await vehicleFacts(
      handle,
      schoolId,
      ids(({ vehicle_id }) => vehicle_id),
    ),
  );
  const locations = namesOf(await locationFacts(handle, schoolId));
  return rows.map((row) => ({
    ...shownLesson(row, now),
    instructor_name: instructors.get(row.instructor_id) ?? 'Former instructor',
    vehicle_name: row.vehicle_id === null ? null : (vehicles.get(row.vehicle_id) ?? 'Unknown car'),
    location_name: locations.get(row.location_id) ?? 'Unknown location',
  }));
}

function shownLesson(row: LessonRow, now: Temporal.Instant) {
  const { id, short_code, student_id, enrolment_id, instructor_id, vehicle_id, location_id, type } = row;
  const { time_zone, local_date, buffer_after_minutes, status, status_reason, relay_after } = row;
  const { pickup, drop_off, notes, reference_number, plan_id, overrides, version } = row;
  return {
    id,
    short_code,
    student_id,
    enrolment_id,
    instructor_id,
    vehicle_id,
    location_id,
    type,
    time_zone,
    local_date,
    buffer_after_minutes,
    status,
    status_reason,
    relay_after,
    pickup,
    drop_off,
    notes,
    reference_number,
    plan_id,
    overrides,
    version,
    starts_at: row.starts_at.toISOString(),
    ends_at: row.ends_at.toISOString(),
    local_start: localStart(row.starts_at.getTime(), time_zone),
    minutes: Math.round((row.ends_at.getTime() - row.starts_at.getTime()) / 60_000),
    cancelled_notice_at: row.cancelled_notice_at?.toISOString() ?? null,
    cancel_by: row.cancel_by?.toISOString() ?? null,
    undo_until: undoUntil(row, now),
  };
}

/** Until when the last change can be undone; null when it can't. */
function undoUntil({ step_at: at, step_action: action }: LessonRow, now: Temporal.Instant): string | null {
  if (at === null || action === null || action === 'undone') return null;
  const until = at.getTime() + undoMinutes * 60_000;
  return until > now.epochMilliseconds ? new Date(until).toISOString() : null;
}

function namesOf(records: readonly { readonly id: string; readonly name: string }[]): ReadonlyMap<string, string> {
  return new Map(records.map(({ id, name }) => [id, name]));
}
