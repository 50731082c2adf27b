import { sql } from 'kysely';
import { daysBetween } from '../../contract/course-dates.ts';
import type { Enrolment, EnrolmentStatus } from '../../contract/enrolments.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { ruleSetsById } from '../rules/rules.ts';
import { courseTables } from './course-table.ts';
import type { EnrolmentLessons } from './enrolment-lessons.ts';
import { type CourseTerms, latestDeadline } from './enrolment.ts';

/** An enrolment to be inserted. */
export interface NewEnrolment extends CourseTerms {
  readonly id: string;
  readonly studentId: string;
  readonly kind: Enrolment['kind'];
  readonly productId: string | null;
  readonly ruleSetId: string;
}

interface By {
  readonly schoolId: string;
  readonly actorId: string;
}

/** The enrolments in the database. */
export class EnrolmentRepository {
  readonly #lessons: EnrolmentLessons;
  readonly #today: () => CalendarDay;

  constructor({ lessons, today }: { readonly lessons: EnrolmentLessons; readonly today: () => CalendarDay }) {
    this.#lessons = lessons;
    this.#today = today;
  }

  /** @param lock until the transaction ends */
  async find(
    handle: DatabaseHandle,
    schoolId: string,
    id: string,
    { lock = false } = {},
  ): Promise<Enrolment | undefined> {
    let query = rows(handle, schoolId).where('enrolments.id', '=', id);
    if (lock) query = query.forUpdate('enrolments');
    const row = await query.executeTakeFirst();
    return row === undefined ? undefined : (await this.#shown(handle, schoolId, [row]))[0];
  }

  /** All of a student, the latest first. */
  async ofStudent(handle: DatabaseHandle, schoolId: string, studentId: string): Promise<Enrolment[]> {
    const found = await rows(handle, schoolId)
      .where('student_id', '=', studentId)
      .orderBy('enrolments.course_started_on', 'desc')
      .orderBy('enrolments.id', 'desc')
      .execute();
    return this.#shown(handle, schoolId, found);
  }

  async insert(transaction: DatabaseTransaction, enrolment: NewEnrolment, { schoolId, actorId }: By): Promise<void> {
    const { id, studentId, kind, productId, ruleSetId, ...terms } = enrolment;
    await courseTables(transaction)
      .insertInto('enrolments')
      .values({
        id,
        school_id: schoolId,
        student_id: studentId,
        product_id: productId,
        kind,
        rule_set_id: ruleSetId,
        ...terms,
        created_by: actorId,
        updated_by: actorId,
      })
      .execute();
  }

  async update(
    transaction: DatabaseTransaction,
    id: string,
    terms: CourseTerms & { readonly rule_set_id: string },
    { schoolId, actorId }: By,
  ): Promise<void> {
    await courseTables(transaction)
      .updateTable('enrolments')
      .set({ ...terms, ...changedBy(actorId) })
      .where('school_id', '=', schoolId)
      .where('id', '=', id)
      .execute();
  }

  async setStatus(
    transaction: DatabaseTransaction,
    id: string,
    { status, reason }: { readonly status: EnrolmentStatus; readonly reason: string | null },
    { schoolId, actorId }: By,
  ): Promise<void> {
    await courseTables(transaction)
      .updateTable('enrolments')
      .set({ status, status_reason: reason, ...changedBy(actorId) })
      .where('school_id', '=', schoolId)
      .where('id', '=', id)
      .execute();
  }

  async #shown(handle: DatabaseHandle, schoolId: string, found: readonly EnrolmentRow[]): Promise<Enrolment[]> {
    if (found.length === 0) return [];
    const ruleSets = await ruleSetsById(handle, schoolId);
    const ids = found.map(({ id }) => id);
    const booked = await this.#lessons.bookedMinutes(handle, schoolId, ids);
    const today = this.#today();
    return found.map(({ rule_set_id, created_at, updated_at, ...row }) => {
      const ruleSet = ruleSets.get(rule_set_id);
      if (ruleSet === undefined) throw new Error(`Enrolment ${row.id} has no rule set.`);
      return {
        ...row,
        rule_set: { id: ruleSet.id, name: ruleSet.name },
        rule_deadline_on: latestDeadline(row.kind, row.course_started_on),
        days_left: row.deadline_on === null ? null : daysBetween(today, row.deadline_on),
        in_vehicle_minutes_required:
          row.kind === 'bde' ? ruleSet.rules.in_vehicle_minutes : row.in_vehicle_minutes_bought,
        in_vehicle_minutes_booked: booked.get(row.id) ?? 0,
        created_at: created_at.toISOString(),
        updated_at: updated_at.toISOString(),
      };
    });
  }
}

type EnrolmentRow = Awaited<ReturnType<ReturnType<typeof rows>['executeTakeFirstOrThrow']>>;

function rows(handle: DatabaseHandle, schoolId: string) {
  return courseTables(handle)
    .selectFrom('enrolments')
    .leftJoin('products', 'products.id', 'enrolments.product_id')
    .select(['enrolments.id', 'student_id', 'enrolments.kind', 'product_id', 'products.name as product_name'])
    .select(['rule_set_id', 'in_vehicle_minutes_bought', 'enrolments.status', 'enrolments.status_reason'])
    .select(['enrolments.version', 'enrolments.created_at', 'enrolments.updated_at'])
    .select([
      dayColumn('enrolments.course_started_on').as('course_started_on'),
      dayColumn('enrolments.deadline_on').$castTo<string | null>().as('deadline_on'),
    ])
    .where('enrolments.school_id', '=', schoolId);
}

function changedBy(actorId: string) {
  return { version: sql<number>`version + 1`, updated_at: sql<Date>`now()`, updated_by: actorId };
}
