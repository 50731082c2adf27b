import { randomUUIDv7 } from 'node:crypto';
import type { Pipeline } from 'dualbrake';
import type { z } from 'zod';
import type { RuleSetFacts } from '../../contract/booking/world.ts';
import type {
  Enrolment,
  EnrolmentAnswer,
  EnrolmentChangeAnswer,
  enrolmentChangesSchema,
  enrolmentCreateSchema,
  EnrolmentList,
} from '../../contract/enrolments.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import { AuditLog } from '../platform/audit/audit.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import { RefusalError } from '../platform/refusal-error.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { ruleSetOn, ruleSetsById } from '../rules/rules.ts';
import type { StudentAccessReader, VisibleStudent } from '../students/students.ts';
import {
  CourseInvalidError,
  CourseRecordChangedError,
  CourseRecordNotFoundError,
  EnrolmentStepError,
  StudentArchivedError,
} from './course-errors.ts';
import type { EnrolmentLessons } from './enrolment-lessons.ts';
import type { EnrolmentRepository } from './enrolment-repository.ts';
import { type AskedTerms, changedTerms, checkTerms, type CourseTerms, mayMove } from './enrolment.ts';
import { ProductRepository } from './product-repository.ts';

/** The parts of the service. */
export interface EnrolmentServiceParts {
  readonly database: DatabaseHandle;
  readonly repository: EnrolmentRepository;
  readonly lessons: EnrolmentLessons;
  readonly students: StudentAccessReader;
  readonly unitOfWork: UnitOfWork;
  readonly policies: { readonly databaseRead: Pipeline };
  readonly wallClock: WallClock;
  /** The school's calendar day. */
  readonly today: () => CalendarDay;
}

type VersionedRequest = ChangeRequest & { readonly version: number; readonly preview: boolean };
type Changed = Pick<EnrolmentChangeAnswer, 'data' | 'affected_lessons' | 'as_of'>;

/** Enrols students, and changes the terms and the status of their courses. */
export class EnrolmentService {
  readonly #parts: EnrolmentServiceParts;

  constructor(parts: EnrolmentServiceParts) {
    this.#parts = parts;
  }

  /** Lists the courses of a student, the latest first. @throws CourseRecordNotFoundError */
  async list(actor: Actor, studentId: string, context?: RequestContext): Promise<EnrolmentList> {
    const { policies, database, repository } = this.#parts;
    const as_of = this.#now();
    const data = await this.#reading(
      policies.databaseRead,
      async () => {
        const student = await this.#parts.students.visible(database, actor, studentId);
        if (student === undefined) return new CourseRecordNotFoundError('student');
        return repository.ofStudent(database, actor.schoolId, studentId);
      },
      context,
    );
    return { data, next_cursor: null, stale: false, as_of, complete: true };
  }

  /** @throws CourseRecordNotFoundError */
  async read(actor: Actor, id: string, context?: RequestContext): Promise<EnrolmentAnswer> {
    const { policies, database, repository } = this.#parts;
    const as_of = this.#now();
    const data = await this.#reading(
      policies.databaseRead,
      async () => {
        const found = await repository.find(database, actor.schoolId, id);
        if (found === undefined) return new CourseRecordNotFoundError('enrolment');
        const student = await this.#parts.students.visible(database, actor, found.student_id);
        return student === undefined ? new CourseRecordNotFoundError('enrolment') : found;
      },
      context,
    );
    return { data, stale: false, as_of };
  }

  /**
   * Enrols a student. The course keeps the rules of its first day.
   *
   * @throws CourseRecordNotFoundError, StudentArchivedError, CourseInvalidError, AlreadyEnrolledError
   */
  async create(
    studentId: string,
    input: z.output<typeof enrolmentCreateSchema>,
    request: ChangeRequest,
  ): Promise<EnrolmentAnswer> {
    const { actor } = request;
    const { unitOfWork, repository, students } = this.#parts;
    const as_of = this.#now();
    const operation = `enrol student ${studentId}`;
    const answer = await unitOfWork.change({ ...request, operation, request: input }, async (transaction) => {
      const student = await students.visible(transaction, actor, studentId, { lock: true });
      if (student === undefined) throw new CourseRecordNotFoundError('student');
      if (student.status === 'archived') throw new StudentArchivedError();
      const { kind, product_id: productId = null } = input;
      const product = productId === null ? undefined : await this.#product(transaction, actor, productId, kind);
      const asked: AskedTerms = {
        course_started_on: input.course_started_on ?? this.#parts.today(),
        deadline_on: input.deadline_on,
        in_vehicle_minutes_bought: input.in_vehicle_minutes_bought ?? product?.in_vehicle_minutes ?? undefined,
      };
      const { terms, ruleSet } = await this.#checked(transaction, actor, { kind, asked, student });
      const id = randomUUIDv7();
      const by = { schoolId: actor.schoolId, actorId: actor.userId };
      await repository.insert(transaction, { id, studentId, kind, productId, ruleSetId: ruleSet.id, ...terms }, by);
      await record(transaction, actor, 'enrolment.created', studentId, { kind });
      return { data: await this.#mustFind(transaction, actor, id), as_of };
    });
    return { ...answer, stale: false };
  }

  /**
   * Changes the dates of a course and what was bought, unless someone else has changed it since `version`.
   *
   * @throws CourseRecordNotFoundError, CourseRecordChangedError, CourseInvalidError
   */
  async change(
    id: string,
    patch: z.output<typeof enrolmentChangesSchema>,
    request: VersionedRequest,
  ): Promise<EnrolmentChangeAnswer> {
    const operation = `change enrolment ${id} at ${request.version}`;
    return this.#changing({ id, operation, patch }, request, async (transaction, current) => {
      const { actor } = request;
      const { repository, students, lessons } = this.#parts;
      const student = await students.visible(transaction, actor, current.student_id);
      if (student === undefined) throw new CourseRecordNotFoundError('enrolment');
      const asked = changedTerms(current.kind, current, patch);
      const { terms, ruleSet } = await this.#checked(transaction, actor, {
        kind: current.kind,
        asked,
        student,
        // The rules of the first day are kept unless that day moves.
        ...(asked.course_started_on === current.course_started_on ? { keep: current.rule_set.id } : {}),
      });
      const days = { from: terms.course_started_on, to: terms.deadline_on };
      const at = this.#parts.wallClock.now().epochMilliseconds;
      return {
        affected: await lessons.outside(transaction, actor.schoolId, id, days, at),
        save: async () => {
          const by = { schoolId: actor.schoolId, actorId: actor.userId };
          await repository.update(transaction, id, { ...terms, rule_set_id: ruleSet.id }, by);
          await record(transaction, actor, 'enrolment.changed', current.student_id, {});
        },
      };
    });
  }

  /** Ends a course that the student leaves. Its booked lessons are named, not cancelled. Throws the errors of `change`. */
  withdraw(id: string, reason: string | undefined, request: VersionedRequest): Promise<EnrolmentChangeAnswer> {
    return this.#move({ id, to: 'withdrawn', reason: reason || null, action: 'enrolment.withdrawn' }, request);
  }

  /** Makes a withdrawn or expired course active again. Throws the errors of `change` and AlreadyEnrolledError. */
  reinstate(id: string, reason: string | undefined, request: VersionedRequest): Promise<EnrolmentChangeAnswer> {
    return this.#move({ id, to: 'active', reason: reason || null, action: 'enrolment.reinstated' }, request);
  }

  async #move(
    {
      id,
      to,
      reason,
      action,
    }: {
      readonly id: string;
      readonly to: 'withdrawn' | 'active';
      readonly reason: string | null;
      readonly action: 'enrolment.withdrawn' | 'enrolment.reinstated';
    },
    request: VersionedRequest,
  ): Promise<EnrolmentChangeAnswer> {
    const operation = `move enrolment ${id} at ${request.version} to ${to}`;
    return this.#changing({ id, operation, patch: { reason } }, request, async (transaction, current) => {
      const { actor } = request;
      const { repository, lessons, wallClock } = this.#parts;
      const isReinstated = to === 'active' && (current.status === 'withdrawn' || current.status === 'expired');
      if (!mayMove(current.status, to) || (to === 'active' && !isReinstated)) {
        throw new EnrolmentStepError(current.status, to);
      }
      const days = to === 'withdrawn' ? 'none' : { from: current.course_started_on, to: current.deadline_on };
      const at = wallClock.now().epochMilliseconds;
      return {
        affected: await lessons.outside(transaction, actor.schoolId, id, days, at),
        save: async () => {
          const by = { schoolId: actor.schoolId, actorId: actor.userId };
          await repository.setStatus(transaction, id, { status: to, reason }, by);
          await record(transaction, actor, action, current.student_id, { from_status: current.status });
        },
      };
    });
  }

  /** Checks a change under a lock, then saves it or, for a preview, leaves everything as it is. */
  async #changing(
    { id, operation, patch }: { readonly id: string; readonly operation: string; readonly patch: unknown },
    request: VersionedRequest,
    judge: (
      transaction: DatabaseTransaction,
      current: Enrolment,
    ) => Promise<{ readonly affected: string[]; readonly save: () => Promise<void> }>,
  ): Promise<EnrolmentChangeAnswer> {
    const { actor, version, preview, context } = request;
    const { unitOfWork, repository, policies } = this.#parts;
    const as_of = this.#now();
    const work = async (transaction: DatabaseTransaction): Promise<Changed> => {
      const current = await repository.find(transaction, actor.schoolId, id, { lock: !preview });
      if (current === undefined) throw new CourseRecordNotFoundError('enrolment');
      if (current.version !== version) throw new CourseRecordChangedError('enrolment', current.version);
      const { affected, save } = await judge(transaction, current);
      if (preview) return { data: current, affected_lessons: affected, as_of };
      await save();
      return { data: await this.#mustFind(transaction, actor, id), affected_lessons: affected, as_of };
    };
    const changed = preview
      ? await unitOfWork.transaction(policies.databaseRead, refusalsAsValues(work), context)
      : await unitOfWork.change({ ...request, operation, request: patch }, work);
    return { ...changed, stale: false };
  }

  /** Checks terms against the rules of their first day, or against the rules that the course keeps. */
  async #checked(
    transaction: DatabaseTransaction,
    { schoolId }: Actor,
    {
      kind,
      asked,
      student,
      keep,
    }: {
      readonly kind: Enrolment['kind'];
      readonly asked: AskedTerms;
      readonly student: VisibleStudent;
      /** The rule set that the course keeps. Default: that of its first day. */
      readonly keep?: string;
    },
  ): Promise<{ readonly terms: CourseTerms; readonly ruleSet: RuleSetFacts }> {
    const ruleSet =
      keep === undefined
        ? await ruleSetOn(transaction, schoolId, asked.course_started_on)
        : (await ruleSetsById(transaction, schoolId)).get(keep);
    if (ruleSet === undefined) {
      const message = 'The school has no rules for this day. Check the year.';
      throw new CourseInvalidError([{ pointer: '/course_started_on', code: 'no_rules', message }]);
    }
    const today = this.#parts.today();
    const checked = checkTerms(kind, asked, { rules: ruleSet.rules, today, bornOn: student.birth_date });
    if (!checked.ok) throw new CourseInvalidError(checked.problems);
    return { terms: checked.value, ruleSet };
  }

  async #product(transaction: DatabaseTransaction, { schoolId }: Actor, id: string, kind: Enrolment['kind']) {
    const product = await ProductRepository.find(transaction, schoolId, id);
    if (product !== undefined && product.kind === kind && product.status === 'active') return product;
    const message = 'Choose something that the school sells, of the same kind as the course.';
    throw new CourseInvalidError([{ pointer: '/product_id', code: 'unknown_product', message }]);
  }

  async #mustFind(transaction: DatabaseTransaction, { schoolId }: Actor, id: string): Promise<Enrolment> {
    const found = await this.#parts.repository.find(transaction, schoolId, id);
    if (found === undefined) throw new CourseRecordNotFoundError('enrolment');
    return found;
  }

  /** Runs a read whose refusals are values, because a pipeline would count an error as a failure of the database. */
  async #reading<T>(
    pipeline: Pipeline,
    read: () => Promise<T>,
    context?: RequestContext,
  ): Promise<Exclude<T, RefusalError>> {
    const found = await pipeline.execute(read, context);
    if (found instanceof RefusalError) throw found;
    return found as Exclude<T, RefusalError>;
  }

  #now(): string {
    return this.#parts.wallClock.now().toString({ smallestUnit: 'millisecond' });
  }
}

function refusalsAsValues<T>(
  work: (transaction: DatabaseTransaction) => Promise<T>,
): (transaction: DatabaseTransaction) => Promise<T | RefusalError> {
  return async (transaction) => {
    try {
      return await work(transaction);
    } catch (error) {
      if (error instanceof RefusalError) return error;
      throw error;
    }
  };
}

async function record(
  transaction: DatabaseTransaction,
  actor: Actor,
  action: 'enrolment.created' | 'enrolment.changed' | 'enrolment.withdrawn' | 'enrolment.reinstated',
  studentId: string,
  detail: Readonly<Record<string, string>>,
): Promise<void> {
  await AuditLog.record(transaction, {
    schoolId: actor.schoolId,
    actorId: actor.userId,
    action,
    subjectKind: 'student',
    subjectId: studentId,
    detail,
  });
}
