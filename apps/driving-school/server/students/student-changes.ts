import { randomUUIDv7 } from 'node:crypto';
import { isObject } from '../../contract/fields.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import { parseStudent, type Student, type StudentFields, storedStudent } from '../../contract/students.ts';
import type { DatabaseTransaction } from '../platform/database/handle.ts';
import { type Change, type ChangeRequest, NotCommittedError, type UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import type { Policies } from '../policies.ts';
import { studentFacts } from './student-facts.ts';
import type { StudentLessons } from './student-lessons.ts';
import { LicenceAccess } from './licence-access.ts';
import { LicenceTakenError, StudentChangedError, StudentInvalidError, StudentNotFoundError } from './student-errors.ts';
import type { StudentRepository } from './student-repository.ts';
import {
  type DatedStudent,
  isVisible,
  patched,
  sortNameOf,
  type StudentReading,
  type StudentRecord,
} from './student.ts';

/** The parts of changes. */
export interface StudentChangesParts {
  readonly repository: StudentRepository;
  readonly unitOfWork: UnitOfWork;
  readonly lessons?: StudentLessons | undefined;
  readonly policies: Pick<Policies, 'databaseRead' | 'databaseWrite'>;
  readonly wallClock: WallClock;
  readonly today: () => CalendarDay;
  /** Keeps the changed record as a copy. */
  readonly keep: (record: DatedStudent) => void;
  /** Removes the copy of a student. */
  readonly forget: (studentId: string) => void;
}

/** A student after a change, or as it stays after a preview. */
export interface ChangedStudent extends StudentReading {
  /** IDs of the booked lessons that the student's licence or age now forbids, the earliest first. */
  readonly affectedLessons: readonly string[];
}

type VersionedRequest = ChangeRequest & { readonly version: number };

/** Adds and changes students, one at a time. */
export class StudentChanges {
  readonly #parts: StudentChangesParts;

  constructor(parts: StudentChangesParts) {
    this.#parts = parts;
  }

  /**
   * Adds a student.
   *
   * @throws StudentInvalidError, LicenceTakenError, and errors of `UnitOfWork.change`
   */
  async create(input: unknown, request: ChangeRequest): Promise<StudentReading> {
    const { actor } = request;
    const { repository } = this.#parts;
    const fields = withWitness(this.#parsed(input), actor);
    return this.#change({ ...request, operation: 'create student', request: input }, async (transaction) => {
      if (fields.licence_number !== null) await requireLookup(actor, transaction);
      await this.#requireInstructor(fields.instructor_id, actor, transaction);
      const id = randomUUIDv7();
      const like = { licenceNumber: null, sortName: sortNameOf(fields), birthDate: fields.birth_date };
      const alike = await repository.findAlike(actor.schoolId, [like], transaction);
      await repository.insert([{ id, fields }], { schoolId: actor.schoolId, actorId: actor.userId }, transaction);
      const added = await this.#mustFind(id, transaction);
      return alike.length === 0 ? added : withDuplicateWarning(added);
    });
  }

  /**
   * Changes a student by a JSON merge patch, unless someone else has changed it since `version`.
   *
   * @throws StudentNotFoundError, StudentChangedError, and errors of `create`
   */
  async change(studentId: string, patch: unknown, request: VersionedRequest): Promise<ChangedStudent> {
    requireObject(patch);
    const { actor, version } = request;
    const { repository, forget } = this.#parts;
    const operation = `change student ${studentId} at ${version}`;
    return this.#change({ ...request, operation, request: patch }, async (transaction) => {
      const { student } = await this.#locked(studentId, request, transaction);
      const fields = withWitness(this.#parsed(patched(student, patch)), actor);
      const isReassigned = fields.instructor_id !== student.instructor_id;
      if (isReassigned) await this.#requireInstructor(fields.instructor_id, actor, transaction);
      const withLicenceNumber = Object.hasOwn(patch, 'licence_number');
      if (withLicenceNumber && fields.licence_number !== null) await requireLookup(actor, transaction);
      const { schoolId, userId: actorId } = actor;
      await repository.update(studentId, fields, { schoolId, actorId, withLicenceNumber }, transaction);
      // Before the commit: if the process ended right after the commit, the former instructor could still see the copy.
      if (isReassigned) forget(studentId);
      const affectedLessons = await this.#affectedLessons(studentId, patch, fields, actor, transaction);
      return { ...(await this.#mustFind(studentId, transaction)), affectedLessons };
    });
  }

  /**
   * Finds the lessons that a change would break, and changes nothing.
   *
   * @returns the student as it stays
   * @throws the errors of `change` that can be known before
   */
  async preview(studentId: string, patch: unknown, request: VersionedRequest): Promise<ChangedStudent> {
    requireObject(patch);
    const { actor, version, context } = request;
    const { unitOfWork, policies, repository, wallClock } = this.#parts;
    const asOf = wallClock.now();
    const found = await unitOfWork.transaction(
      policies.databaseRead,
      async (transaction) => {
        const current = await repository.find(studentId, transaction);
        if (current === undefined || !isVisible(actor, current)) return new StudentNotFoundError();
        if (current.student.version !== version) return new StudentChangedError(current.student.version);
        const fields = this.#parsed(patched(current.student, patch));
        const affectedLessons = await this.#affectedLessons(studentId, patch, fields, actor, transaction);
        return { student: current.student, affectedLessons };
      },
      context,
    );
    return { ...found, asOf, stale: false };
  }

  /** Archives or restores a student, unless someone else has changed it since `version`. Throws the errors of `change`. */
  async setStatus(studentId: string, status: Student['status'], request: VersionedRequest): Promise<StudentReading> {
    const { actor, version } = request;
    const operation = `set student ${studentId} at ${version} to ${status}`;
    return this.#change({ ...request, operation, request: null }, async (transaction) => {
      const locked = await this.#locked(studentId, request, transaction);
      if (locked.student.status === status) return locked;
      await this.#parts.repository.setStatus(studentId, { status, actorId: actor.userId }, transaction);
      return this.#mustFind(studentId, transaction);
    });
  }

  /** Makes the change and keeps its result as the copy. */
  async #change(
    change: Change,
    work: (transaction: DatabaseTransaction) => Promise<ChangedRecord>,
  ): Promise<ChangedStudent> {
    const now = this.#parts.wallClock.now().toString();
    const datedWork = async (transaction: DatabaseTransaction): Promise<ChangedRecord> => ({
      ...(await work(transaction)),
      asOf: now,
    });
    const {
      schoolId,
      student,
      affectedLessons = [],
      asOf: changedAt = now,
    } = await this.#recordingLookups(change, () => this.#parts.unitOfWork.change(change, datedWork, complete));
    const asOf = Temporal.Instant.from(changedAt);
    this.#parts.keep({ schoolId, student, asOf });
    return { student, asOf, stale: false, affectedLessons };
  }

  /** The booked lessons that the changed dates or class forbid. A change of other fields breaks none. */
  async #affectedLessons(
    studentId: string,
    patch: Readonly<Record<string, unknown>>,
    fields: StudentFields,
    { schoolId }: Actor,
    transaction: DatabaseTransaction,
  ): Promise<string[]> {
    const { lessons, wallClock } = this.#parts;
    if (lessons === undefined || !decidingFields.some((name) => Object.hasOwn(patch, name))) return [];
    const [facts] = await studentFacts(transaction, schoolId, [studentId]);
    if (facts === undefined) return [];
    const { birth_date, licence_class, licence_issued_on, licence_expires_on } = fields;
    const changed = { ...facts, birth_date, licence_class, licence_issued_on, licence_expires_on };
    return lessons.forbidden(transaction, schoolId, changed, wallClock.now().epochMilliseconds);
  }

  /** Records an answer that a licence number is taken like a search, because it reveals that the number exists. */
  async #recordingLookups<T>({ actor, context }: Change, change: () => Promise<T>): Promise<T> {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof LicenceTakenError)) throw error;
      const { unitOfWork, policies } = this.#parts;
      await unitOfWork
        .transaction(
          policies.databaseWrite,
          (transaction) => LicenceAccess.recordLookup(transaction, actor, { lookupBy: 'saving', found: 1 }),
          context,
        )
        // Without a record, there must be no answer about the number.
        .catch((cause: unknown) => {
          throw new NotCommittedError(cause);
        });
      throw error;
    }
  }

  #parsed(input: unknown): StudentFields {
    const parsed = parseStudent(input, this.#parts.today());
    if (!parsed.ok) throw new StudentInvalidError(parsed.problems);
    return parsed.value;
  }

  /** Finds and locks the student to be changed, which must be at the version that the user has seen. */
  async #locked(
    studentId: string,
    { version, actor }: VersionedRequest,
    transaction: DatabaseTransaction,
  ): Promise<StudentRecord> {
    const locked = await this.#parts.repository.findForChange(studentId, transaction);
    if (locked === undefined || !isVisible(actor, locked)) throw new StudentNotFoundError();
    if (locked.student.version !== version) throw new StudentChangedError(locked.student.version);
    return locked;
  }

  async #requireInstructor(id: string | null, actor: Actor, transaction: DatabaseTransaction): Promise<void> {
    if (id === null) return;
    const known = await this.#parts.repository.instructorsAmong(actor.schoolId, [id], transaction);
    if (known.has(id)) return;
    const message = 'Choose an instructor of this school who is not disabled.';
    throw new StudentInvalidError([{ pointer: '/instructor_id', code: 'unknown_instructor', message }]);
  }

  async #mustFind(studentId: string, transaction: DatabaseTransaction): Promise<StudentRecord> {
    const found = await this.#parts.repository.find(studentId, transaction);
    if (found === undefined) throw new StudentNotFoundError();
    return found;
  }
}

/** The fields that decide whether a student may drive. */
const decidingFields = ['birth_date', 'licence_class', 'licence_issued_on', 'licence_expires_on'] as const;

/** A record with the lessons that its change breaks, and the time of the change. Earlier releases stored neither. */
type ChangedRecord = StudentRecord & { readonly affectedLessons?: readonly string[]; readonly asOf?: string };

function requireObject(patch: unknown): asserts patch is Readonly<Record<string, unknown>> {
  if (isObject(patch)) return;
  const message = 'Send a JSON object with the fields to change.';
  throw new StudentInvalidError([{ pointer: '', code: 'wrong_type', message }]);
}

/** @throws LicenceLimitError when the user has compared too many licence numbers within an hour */
async function requireLookup(actor: Actor, transaction: DatabaseTransaction): Promise<void> {
  const refusal = await LicenceAccess.refuseLookup(transaction, actor);
  if (refusal !== undefined) throw refusal;
}

/** Adds the user as the person who has seen the card, unless another is given. */
function withWitness(fields: StudentFields, actor: Actor): StudentFields {
  const isMissing = fields.licence_sighted_on !== null && fields.licence_sighted_by === null;
  return isMissing ? { ...fields, licence_sighted_by: actor.name } : fields;
}

function withDuplicateWarning(record: StudentRecord): StudentRecord {
  const warning = {
    field: 'legal_family_name',
    code: 'possible_duplicate',
    message: 'Another student has the same name and birth date. Check that this is not the same person.',
  };
  return { ...record, student: { ...record.student, warnings: [...record.student.warnings, warning] } };
}

/** Adds missing fields to a result stored by an earlier release. */
function complete({ student, ...rest }: ChangedRecord): ChangedRecord {
  return { ...rest, student: storedStudent(student) ?? student };
}
