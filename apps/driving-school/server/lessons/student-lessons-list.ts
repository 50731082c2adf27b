import { sql } from 'kysely';
import type { Pipeline } from 'dualbrake';
import type { Actor } from '../../contract/session.ts';
import type { StudentLesson, StudentLessonList, StudentLessonQuery } from '../../contract/student-lessons.ts';
import { instructorFacts } from '../instructors/instructors.ts';
import { locationFacts } from '../locations/locations.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { ListCursors } from '../platform/http/list-cursor.ts';
import { RefusalError } from '../platform/refusal-error.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import type { StudentAccessReader } from '../students/students.ts';
import { vehicleFacts } from '../vehicles/vehicles.ts';
import { lessonOf, type LessonRecord } from './lesson.ts';
import { findLessons, undoEnds } from './lesson-repository.ts';
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
      let lessons = lessonTables(database)
        .selectFrom('lessons as lesson')
        .select('lesson.id')
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
      const ids = (await lessons.execute()).map(({ id }) => id);
      const records = new Map((await findLessons(database, actor.schoolId, ids)).map((record) => [record.id, record]));
      const rows = ids.map((id) => records.get(id)).filter((record) => record !== undefined);
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

/** Adds the names that the rows show. */
async function namedLessons(
  handle: DatabaseHandle,
  schoolId: string,
  rows: readonly LessonRecord[],
  now: Temporal.Instant,
): Promise<StudentLesson[]> {
  if (rows.length === 0) return [];
  const ids = (of: (row: LessonRecord) => string | null): string[] => [
    ...new Set(rows.map(of).filter((id) => id !== null)),
  ];
  const instructors = namesOf(
    await instructorFacts(
      handle,
      schoolId,
      ids(({ instructor_id }) => instructor_id),
      { former: true },
    ),
  );
  const vehicles = namesOf(
    await vehicleFacts(
      handle,
      schoolId,
      ids(({ vehicle_id }) => vehicle_id),
    ),
  );
  const ends = await undoEnds(handle, schoolId, rows, now.epochMilliseconds);
  const locations = namesOf(await locationFacts(handle, schoolId));
  return rows.map((row) => ({
    ...lessonOf(row, ends.get(row.id) ?? null),
    instructor_name: instructors.get(row.instructor_id) ?? 'Former instructor',
    vehicle_name: row.vehicle_id === null ? null : (vehicles.get(row.vehicle_id) ?? 'Unknown car'),
    location_name: locations.get(row.location_id) ?? 'Unknown location',
  }));
}

function namesOf(records: readonly { readonly id: string; readonly name: string }[]): ReadonlyMap<string, string> {
  return new Map(records.map(({ id, name }) => [id, name]));
}
