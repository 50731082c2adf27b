import { type RawBuilder, sql } from 'kysely';
import type { StudentFacts } from '../../contract/booking/world.ts';
import type { Actor } from '../../contract/session.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { studentFacts } from './student-facts.ts';
import { type StudentLessons, taughtNear } from './student-lessons.ts';
import { studentTables } from './student-table.ts';
import { maySee } from './student.ts';

/** A student whom a user may see. */
export type VisibleStudent = StudentFacts & { readonly status: 'active' | 'archived' };

/** Decides live who may see a student. Other slices ask it about the student of their record. */
export class StudentAccessReader {
  readonly #lessons: StudentLessons | undefined;
  readonly #wallClock: WallClock;

  constructor({
    lessons,
    wallClock,
  }: {
    readonly lessons?: StudentLessons | undefined;
    readonly wallClock: WallClock;
  }) {
    this.#lessons = lessons;
    this.#wallClock = wallClock;
  }

  /**
   * Reads the facts of a student for a user.
   *
   * @param lock in a transaction: changes of the student wait until it ends
   * @returns undefined when there is no such student or the user may not see it
   */
  async visible(
    handle: DatabaseHandle,
    actor: Actor,
    studentId: string,
    { lock = false }: { readonly lock?: boolean } = {},
  ): Promise<VisibleStudent | undefined> {
    if (lock) {
      await studentTables(handle)
        .selectFrom('students')
        .select('id')
        .where('id', '=', studentId)
        .forNoKeyUpdate()
        .execute();
    }
    const [student] = await studentFacts(handle, actor.schoolId, [studentId]);
    if (student === undefined) return undefined;
    const access = { schoolId: actor.schoolId, instructorId: student.instructor_id };
    return maySee(actor, access) || (await this.isTaughtNear(handle, actor, studentId)) ? student : undefined;
  }

  /** Whether an instructor has a lesson with a student of their school within 14 days. */
  async isTaughtNear(handle: DatabaseHandle, actor: Actor, studentId: string): Promise<boolean> {
    const taught = this.taughtBy(actor);
    if (taught === undefined) return false;
    const { rows } = await sql<{ is_taught: boolean }>`SELECT ${studentId}::uuid IN (${taught}) AS is_taught`.execute(
      handle,
    );
    return rows[0]?.is_taught === true;
  }

  /** A query for the IDs of the students with whom a user has a lesson within 14 days; undefined unless an instructor. */
  taughtBy(actor: Actor): RawBuilder<unknown> | undefined {
    if (actor.role !== 'instructor') return undefined;
    const instructor = { schoolId: actor.schoolId, instructorId: actor.userId };
    return this.#lessons?.taughtBy(instructor, taughtNear(this.#wallClock.now()));
  }
}
