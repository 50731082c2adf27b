import { randomUUIDv7 } from 'node:crypto';
import type { Pipeline } from 'dualbrake';
import { circuitBreaker, retry, timeout } from 'dualbrake/decorators';
import type { Actor } from '../../contract/session.ts';
import {
  type CalendarDay,
  parseStudent,
  type ImportReport,
  type Student,
  type StudentFields,
  type StudentList,
  type StudentQuery,
  studentSchema,
} from '../../contract/students.ts';
import { type Policies, studentReading } from '../policies.ts';
import { isolatedForMs, isolationEnd } from '../platform/isolation.ts';
import type { Idempotency } from '../platform/idempotency.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import {
  cannotBeHad,
  type ChangeOrder,
  type ChangeRequest,
  ChangeRunner,
  type RequestContext,
} from './change-runner.ts';
import { type ImportRequest, StudentImporter } from './student-importer.ts';
import { LicenceUnreadableError } from './licence-cipher.ts';
import { LicenceAccess } from './licence-access.ts';
import type { ListCursors } from './list-cursor.ts';
import type { StudentCopies } from './student-copies.ts';
import {
  ChangeNotSavedError,
  type LicenceLimitError,
  LicenceTakenError,
  StudentChangedError,
  StudentInvalidError,
  StudentNotFoundError,
} from './student-errors.ts';
import { StudentLister } from './student-lister.ts';
import type { DatabaseTransaction, StudentRepository } from './student-repository.ts';
import { type DatedStudent, type StudentRecord, mayChange, maySee, patched, sortNameOf } from './student.ts';

/** A student, live or from a copy. */
export interface StudentReading {
  readonly student: Student;
  readonly asOf: Temporal.Instant;
  /** True for a copy. */
  readonly stale: boolean;
  /** When an operator's isolation of the database ends, ISO 8601; only when it is a copy for that reason. */
  readonly isolatedUntil?: string;
}

/** What the service stands on. */
export interface StudentServiceParts {
  readonly repository: StudentRepository;
  readonly copies: StudentCopies;
  readonly cursors: ListCursors;
  readonly idempotency: Idempotency;
  readonly policies: Policies;
  readonly wallClock: WallClock;
  /** The school's zone, for what day it is. */
  readonly zone: string;
  /** Hears that a copy could not be kept, which is no reason to fail a reading. */
  readonly onCopyFailure?: (error: unknown) => void;
}

export type { ChangeRequest, RequestContext } from './change-runner.ts';

/** What can be done with students. Reads answer from copies while the database cannot; writes never do. */
export class StudentService {
  readonly #repository: StudentRepository;
  readonly #copies: StudentCopies;
  readonly #changes: ChangeRunner;
  readonly #lister: StudentLister;
  readonly #importer: StudentImporter;
  readonly #policies: Policies;
  readonly #wallClock: WallClock;
  readonly #zone: string;
  readonly #onCopyFailure: (error: unknown) => void;

  constructor(parts: StudentServiceParts) {
    this.#repository = parts.repository;
    this.#copies = parts.copies;
    this.#policies = parts.policies;
    this.#wallClock = parts.wallClock;
    this.#zone = parts.zone;
    this.#onCopyFailure = parts.onCopyFailure ?? (() => {});
    this.#changes = new ChangeRunner(parts);
    this.#lister = new StudentLister(parts);
    this.#importer = new StudentImporter({ ...parts, changes: this.#changes, today: () => this.#today() });
  }

  /**
   * The student as the database has it now. Knows nothing of who asks and nothing of copies.
   *
   * @returns nothing when the database says that there is none
   * @throws CircuitBreakerOpenError without asking; the database's own error
   */
  @circuitBreaker(studentReading.breaker)
  @retry(studentReading.retry)
  @timeout(studentReading.attempt)
  async getStudentData(studentId: string): Promise<DatedStudent | undefined> {
    // Before the question, so that the answer is never older than it says.
    const asOf = this.#wallClock.now();
    const found = await this.#repository.find(studentId);
    return found && { ...found, asOf };
  }

  /**
   * A student as somebody may see it: live, or the copy while live cannot be had.
   *
   * @param guard goes around the live reading alone, so that what it refuses is still answered from the copy
   * @throws StudentNotFoundError after a live "no"; the live reading's error when there is no copy that they may see
   */
  async read(
    actor: Actor,
    studentId: string,
    { guard, context }: { readonly guard?: Pipeline; readonly context?: RequestContext } = {},
  ): Promise<StudentReading> {
    let live: DatedStudent | undefined;
    try {
      live = await (guard === undefined
        ? this.getStudentData(studentId)
        : guard.execute(() => this.getStudentData(studentId), context));
    } catch (error) {
      if (!cannotBeHad(error, context)) throw error;
      const copy = this.#copies.find(studentId);
      // A student that the actor must not see is answered as one that nobody has seen: nothing shows that it exists.
      if (copy === undefined || !this.#maySee(actor, copy)) throw error;
      const forMs = isolatedForMs(error);
      return {
        student: copy.student,
        asOf: copy.asOf,
        stale: true,
        ...(forMs === undefined ? {} : { isolatedUntil: isolationEnd(forMs, this.#wallClock) }),
      };
    }
    if (live === undefined) {
      this.#forget(studentId);
      throw new StudentNotFoundError();
    }
    this.#keep(live);
    if (!this.#maySee(actor, live)) throw new StudentNotFoundError();
    return { student: live.student, asOf: live.asOf, stale: false };
  }

  /** One page of the list; see `StudentLister`. */
  list(actor: Actor, query: StudentQuery, context: RequestContext = {}): Promise<StudentList> {
    return this.#lister.list(actor, query, context);
  }

  /**
   * Adds a student.
   *
   * @throws StudentInvalidError, LicenceTakenError, IdempotencyKeyReusedError, ChangeNotSavedError, ChangeUnknownError
   */
  async create(input: unknown, { actor, context, idempotencyKey }: ChangeRequest): Promise<StudentReading> {
    const fields = withWitness(this.#accepted(input), actor);
    return this.#change(
      { actor, context, idempotencyKey, operation: 'create student', request: input },
      async (transaction) => {
        if (fields.licence_number !== null) await this.#requireLookup(actor, transaction);
        await this.#requireInstructor(fields.instructor_id, actor, transaction);
        const id = randomUUIDv7();
        const like = { licenceNumber: null, sortName: sortNameOf(fields), birthDate: fields.birth_date };
        const alike = await this.#repository.findAlike(actor.schoolId, [like], transaction);
        await this.#repository.insert(
          [{ id, fields }],
          { schoolId: actor.schoolId, actorId: actor.userId },
          transaction,
        );
        const added = await this.#mustFind(id, transaction);
        return alike.length === 0 ? added : withWarning(added, 'possible_duplicate');
      },
    );
  }

  /**
   * Changes a student by a JSON merge patch, if nobody else has since `version`.
   *
   * @throws StudentNotFoundError, StudentChangedError and what `create` throws
   */
  async change(
    studentId: string,
    patch: Readonly<Record<string, unknown>>,
    { version, actor, context, idempotencyKey }: ChangeRequest & { readonly version: number },
  ): Promise<StudentReading> {
    const operation = `change student ${studentId} at ${version}`;
    return this.#change({ actor, context, idempotencyKey, operation, request: patch }, async (transaction) => {
      const { student } = await this.#held(studentId, { version, actor }, transaction);
      const fields = withWitness(this.#accepted(patched(student, patch)), actor);
      if (fields.instructor_id !== student.instructor_id) {
        await this.#requireInstructor(fields.instructor_id, actor, transaction);
      }
      const withLicenceNumber = Object.hasOwn(patch, 'licence_number');
      if (withLicenceNumber && fields.licence_number !== null) await this.#requireLookup(actor, transaction);
      const { schoolId, userId: actorId } = actor;
      await this.#repository.update(studentId, fields, { schoolId, actorId, withLicenceNumber }, transaction);
      // Before the commit: were we to end right after it, the instructor of before would still find the copy.
      if (fields.instructor_id !== student.instructor_id) this.#forget(studentId);
      return this.#mustFind(studentId, transaction);
    });
  }

  /** Archives or restores a student, if nobody else has changed the record since `version`. Throws as `change`. */
  async setStatus(
    studentId: string,
    status: Student['status'],
    { version, actor, context, idempotencyKey }: ChangeRequest & { readonly version: number },
  ): Promise<StudentReading> {
    const operation = `set student ${studentId} at ${version} to ${status}`;
    return this.#change({ actor, context, idempotencyKey, operation, request: null }, async (transaction) => {
      const held = await this.#held(studentId, { version, actor }, transaction);
      if (held.student.status === status) return held;
      await this.#repository.setStatus(studentId, { status, actorId: actor.userId }, transaction);
      return this.#mustFind(studentId, transaction);
    });
  }

  /**
   * The licence number in full. Never from a copy, limited, and written into the audit log before it is shown.
   *
   * @throws StudentNotFoundError; LicenceLimitError; LicenceUnreadableError; the database's error
   */
  async revealLicenceNumber(actor: Actor, studentId: string, context: RequestContext = {}): Promise<string | null> {
    const outcome = await this.#policies.databaseRead.execute(
      () => this.#repository.transaction((transaction) => this.#reveal(actor, studentId, transaction)),
      context,
    );
    if ('refusal' in outcome) throw outcome.refusal;
    return outcome.licenceNumber;
  }

  /** What is refused is a value, so that the entry about it in the audit log is not rolled back. */
  async #reveal(
    actor: Actor,
    studentId: string,
    transaction: DatabaseTransaction,
  ): Promise<{ readonly licenceNumber: string | null } | { readonly refusal: Error }> {
    const sealed = await this.#repository.findSealed(studentId, transaction);
    if (sealed === undefined || !mayChange(actor) || !this.#maySee(actor, sealed)) {
      return { refusal: new StudentNotFoundError() };
    }
    if (sealed.student.licence_number_masked === null) return { licenceNumber: null };
    const refusal = await LicenceAccess.refuseReveal(transaction, actor, studentId);
    if (refusal !== undefined) return { refusal };
    let licenceNumber: string | null;
    try {
      licenceNumber = sealed.openLicenceNumber();
    } catch (error) {
      if (error instanceof LicenceUnreadableError) return { refusal: error };
      throw error;
    }
    await LicenceAccess.recordReveal(transaction, actor, studentId);
    return { licenceNumber };
  }

  /** Reads a CSV file of students and adds all of them, or says what is wrong and adds none; see `StudentImporter`. */
  import(file: Uint8Array, request: ImportRequest): Promise<ImportReport> {
    return this.#importer.import(file, request);
  }

  /** One change of one student; its answer is the copy that is kept from then on. */
  async #change(
    request: ChangeOrder,
    work: (transaction: DatabaseTransaction) => Promise<StudentRecord>,
  ): Promise<StudentReading> {
    const asOf = this.#wallClock.now();
    const { schoolId, student } = await this.#saved(request, work);
    this.#keep({ schoolId, student, asOf });
    return { student, asOf, stale: false };
  }

  /** Saves the change, and records a look-up when the answer tells that a licence number is taken. */
  async #saved(
    request: ChangeOrder,
    work: (transaction: DatabaseTransaction) => Promise<StudentRecord>,
  ): Promise<StudentRecord> {
    try {
      return await this.#changes.run(request, work, complete);
    } catch (error) {
      if (!(error instanceof LicenceTakenError)) throw error;
      const { actor, context } = request;
      await this.#policies.databaseWrite
        .execute(
          () =>
            this.#repository.transaction((transaction) =>
              LicenceAccess.recordLookup(transaction, actor, { lookupBy: 'saving', found: 1 }),
            ),
          context,
        )
        // An answer that cannot be recorded is not given.
        .catch((cause: unknown) => {
          throw new ChangeNotSavedError(cause);
        });
      throw error;
    }
  }

  /** @throws LicenceLimitError when the actor has compared too many licence numbers within an hour */
  async #requireLookup(actor: Actor, transaction: DatabaseTransaction): Promise<void> {
    const refusal: LicenceLimitError | undefined = await LicenceAccess.refuseLookup(transaction, actor);
    if (refusal !== undefined) throw refusal;
  }

  #accepted(input: unknown): StudentFields {
    const parsed = parseStudent(input, this.#today());
    if (!parsed.ok) throw new StudentInvalidError(parsed.problems);
    return parsed.value;
  }

  /** The student to be changed, locked, at the version that the caller has seen. */
  async #held(
    studentId: string,
    { version, actor }: { readonly version: number; readonly actor: Actor },
    transaction: DatabaseTransaction,
  ): Promise<StudentRecord> {
    const held = await this.#repository.findForChange(studentId, transaction);
    if (held === undefined || !this.#maySee(actor, held)) throw new StudentNotFoundError();
    if (held.student.version !== version) throw new StudentChangedError(held.student.version);
    return held;
  }

  async #requireInstructor(id: string | null, actor: Actor, transaction: DatabaseTransaction): Promise<void> {
    if (id === null) return;
    const known = await this.#repository.instructorsAmong(actor.schoolId, [id], transaction);
    if (known.has(id)) return;
    const message = 'Choose an instructor of this school who is not disabled.';
    throw new StudentInvalidError([{ pointer: '/instructor_id', code: 'unknown_instructor', message }]);
  }

  async #mustFind(studentId: string, transaction: DatabaseTransaction): Promise<StudentRecord> {
    const found = await this.#repository.find(studentId, transaction);
    if (found === undefined) throw new StudentNotFoundError();
    return found;
  }

  #maySee(actor: Actor, { schoolId, student }: StudentRecord): boolean {
    return maySee(actor, { schoolId, instructorId: student.instructor_id });
  }

  #today(): CalendarDay {
    return this.#wallClock.today(this.#zone).toString();
  }

  /** Best effort: a full disk must not make a student unreadable whom the database has just given us. */
  #keep(record: DatedStudent): void {
    try {
      this.#copies.keep(record);
    } catch (error) {
      this.#onCopyFailure(error);
    }
  }

  #forget(studentId: string): void {
    try {
      this.#copies.forget(studentId);
    } catch (error) {
      this.#onCopyFailure(error);
    }
  }
}

/** The actor has seen the card, unless another name is given. */
function withWitness(fields: StudentFields, actor: Actor): StudentFields {
  const missing = fields.licence_sighted_on !== null && fields.licence_sighted_by === null;
  return missing ? { ...fields, licence_sighted_by: actor.name } : fields;
}

function withWarning(record: StudentRecord, code: 'possible_duplicate'): StudentRecord {
  const message = 'Another student has the same name and birth date. Check that this is not the same person.';
  const warnings = [...record.student.warnings, { field: 'legal_family_name', code, message }];
  return { ...record, student: { ...record.student, warnings } };
}

/** Answers are kept for days: one from before an update lacks what has been added to students since. */
function complete({ schoolId, student }: StudentRecord): StudentRecord {
  return { schoolId, student: studentSchema.parse(student) };
}
