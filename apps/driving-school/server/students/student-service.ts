import { createHash, randomUUIDv7 } from 'node:crypto';
import { type CallContext, type Classification, classify, type Pipeline } from 'dualbrake';
import { circuitBreaker, retry, timeout } from 'dualbrake/decorators';
import type { Actor } from '../../contract/session.ts';
import {
  type CalendarDay,
  looksLikeLicenceNumber,
  parseLicenceNumber,
  parseStudent,
  type ImportReport,
  type Student,
  type StudentFields,
  type StudentList,
  type StudentQuery,
} from '../../contract/students.ts';
import { type Policies, studentReading } from '../policies.ts';
import { isolatedForMs, isolationEnd } from '../platform/isolation.ts';
import { type Idempotency, IdempotencyKeyReusedError } from '../platform/idempotency.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import type { ListCursors, ListPosition } from './list-cursor.ts';
import type { StudentCopies } from './student-copies.ts';
import {
  ChangeNotSavedError,
  ChangeUnknownError,
  CursorInvalidError,
  LicenceTakenError,
  StudentChangedError,
  StudentInvalidError,
  StudentNotFoundError,
} from './student-errors.ts';
import { type ImportPlan, planImport, readImportFile, reportOf } from './student-import.ts';
import { type DatabaseTransaction, isLicenceTaken, type StudentRepository } from './student-repository.ts';
import {
  type DatedStudent,
  type StudentRecord,
  mayChange,
  maySee,
  patched,
  searchedWords,
  sortNameOf,
  summaryOf,
  visiblePart,
} from './student.ts';

/** What a caller knows of the request that it serves. */
export type RequestContext = Partial<CallContext>;

/** A student, live or from a copy. */
export interface StudentReading {
  readonly student: Student;
  readonly asOf: Temporal.Instant;
  /** True for a copy. */
  readonly stale: boolean;
  /** When an operator's isolation of the database ends, ISO 8601; only when it is a copy for that reason. */
  readonly isolatedUntil?: string;
}

/** One change of one student. */
export interface ChangeRequest {
  readonly actor: Actor;
  readonly context?: RequestContext;
  /** The client's `Idempotency-Key`: with it the change is repeated when the database falters. */
  readonly idempotencyKey?: string;
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

/** What can be done with students. Reads answer from copies while the database cannot; writes never do. */
export class StudentService {
  readonly #repository: StudentRepository;
  readonly #copies: StudentCopies;
  readonly #cursors: ListCursors;
  readonly #idempotency: Idempotency;
  readonly #policies: Policies;
  readonly #wallClock: WallClock;
  readonly #zone: string;
  readonly #onCopyFailure: (error: unknown) => void;

  constructor(parts: StudentServiceParts) {
    this.#repository = parts.repository;
    this.#copies = parts.copies;
    this.#cursors = parts.cursors;
    this.#idempotency = parts.idempotency;
    this.#policies = parts.policies;
    this.#wallClock = parts.wallClock;
    this.#zone = parts.zone;
    this.#onCopyFailure = parts.onCopyFailure ?? (() => {});
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
   * @throws StudentNotFoundError after a live "no"; the live reading's error when there is no copy that he may see
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
      // A student that he must not see is answered as one that nobody has seen: nothing shows that it exists.
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

  /**
   * One page of the list. While the database cannot answer, the copies are searched: `complete` is then false.
   *
   * @throws CursorInvalidError; the database's error when there is nothing to search
   */
  async list(actor: Actor, query: StudentQuery, context: RequestContext = {}): Promise<StudentList> {
    const part = visiblePart(actor);
    const { q = '', status, limit } = query;
    const asOf = this.#wallClock.now();
    if (part === undefined) return emptyList(asOf);
    const licence = looksLikeLicenceNumber(q) ? parseLicenceNumber(q) : undefined;
    const words = licence === undefined ? searchedWords(q) : [];
    if (licence === undefined && words.length === 0 && q.trim() !== '') return emptyList(asOf);
    const bound = JSON.stringify([part, q, status]);
    const after = query.cursor === undefined ? undefined : this.#cursors.read(query.cursor, bound);
    if (query.cursor !== undefined && after === undefined) throw new CursorInvalidError();
    const search = { ...part, status, words, limit: limit + 1, ...(after === undefined ? {} : { after }) };
    const page = (positions: readonly ListPosition[]): string | null => {
      const last = positions[limit - 1];
      return positions.length > limit && last !== undefined ? this.#cursors.write(last, bound) : null;
    };
    try {
      const licenceNumber = licence?.ok === true ? { licenceNumber: licence.value } : {};
      const rows = await this.#policies.databaseRead.execute(
        () => this.#repository.list({ ...search, ...licenceNumber }),
        context,
      );
      return {
        data: rows.slice(0, limit).map(({ summary }) => summary),
        next_cursor: page(rows.map(({ position }) => position)),
        stale: false,
        as_of: asOf.toString({ smallestUnit: 'millisecond' }),
        complete: true,
      };
    } catch (error) {
      if (!cannotBeHad(error, context)) throw error;
      // Copies hold no licence number, so none can be found by it.
      const found = licence === undefined ? this.#copies.search(search) : [];
      const shown = found.slice(0, limit);
      const forMs = isolatedForMs(error);
      const oldest = shown.reduce((early, copy) => earlier(early, copy.asOf), asOf);
      return {
        data: shown.map(({ student }) => summaryOf(student)),
        next_cursor: page(found.map(({ student }) => ({ sortName: sortNameOf(student), id: student.id }))),
        stale: true,
        as_of: oldest.toString({ smallestUnit: 'millisecond' }),
        complete: false,
        ...(forMs === undefined ? {} : { isolated_until: isolationEnd(forMs, this.#wallClock) }),
      };
    }
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
      const { schoolId, userId: actorId } = actor;
      await this.#repository.update(studentId, fields, { schoolId, actorId, withLicenceNumber }, transaction);
      // Before the commit: were we to end right after it, the instructor of before would still find the copy.
      if (fields.instructor_id !== student.instructor_id) this.#forget(studentId);
      return this.#mustFind(studentId, transaction);
    });
  }

  /** Archives a student or takes him back, if nobody else has changed him since `version`. Throws as `change`. */
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
   * The licence number in full. Never from a copy. Whoever calls this writes down who asked.
   *
   * @throws StudentNotFoundError; LicenceUnreadableError; the database's error
   */
  async revealLicenceNumber(actor: Actor, studentId: string, context: RequestContext = {}): Promise<string | null> {
    const sealed = await this.#policies.databaseRead.execute(() => this.#repository.findSealed(studentId), context);
    if (sealed === undefined || !mayChange(actor) || !this.#maySee(actor, sealed)) throw new StudentNotFoundError();
    return sealed.openLicenceNumber();
  }

  /**
   * Reads a CSV file of students and adds all of them, or says what is wrong and adds none.
   *
   * @param file as it was uploaded
   */
  async import(
    file: Uint8Array,
    { dryRun, actor, context, idempotencyKey }: ChangeRequest & { readonly dryRun: boolean },
  ): Promise<ImportReport> {
    const content = readImportFile(file, this.#today());
    const { schoolId, userId: actorId } = actor;
    const plan = async (transaction: DatabaseTransaction): Promise<ImportPlan> =>
      planImport(content, {
        instructors: await this.#repository.instructorsByEmail(schoolId, transaction),
        witness: actor.name,
        digest: (licenceNumber) => this.#repository.digestText(licenceNumber, schoolId),
        findAlike: (wanted) => this.#repository.findAlike(schoolId, wanted, transaction),
      });
    if (dryRun) {
      const found = await this.#policies.databaseImport.execute(() => this.#repository.transaction(plan), context);
      return reportOf(found, { dryRun: true, applied: 0 });
    }
    const operation = 'import students';
    const request = createHash('sha256').update(file).digest('hex');
    return this.#transact(
      { actor, context, idempotencyKey, operation, request, pipeline: this.#policies.databaseImport },
      async (transaction) => {
        const found = await plan(transaction);
        if (!found.applicable) return reportOf(found, { dryRun: false, applied: 0 });
        const students = found.students.map((fields) => ({ id: randomUUIDv7(), fields }));
        await this.#repository.insert(students, { schoolId, actorId }, transaction);
        return reportOf(found, { dryRun: false, applied: students.length });
      },
    );
  }

  /** One change of one student; its answer is the copy that is kept from then on. */
  async #change(
    request: Transaction,
    work: (transaction: DatabaseTransaction) => Promise<StudentRecord>,
  ): Promise<StudentReading> {
    const asOf = this.#wallClock.now();
    const { schoolId, student } = await this.#transact(request, work);
    this.#keep({ schoolId, student, asOf });
    return { student, asOf, stale: false };
  }

  /**
   * Runs a change in one transaction, and can always say whether it was saved.
   * What the rules refuse is carried out of the pipeline as a value: it is no failure of the database.
   */
  async #transact<T>(request: Transaction, work: (transaction: DatabaseTransaction) => Promise<T>): Promise<T> {
    const { actor, context, idempotencyKey, operation } = request;
    const { databaseWrite, databaseWriteOnce } = this.#policies;
    const pipeline = request.pipeline ?? (idempotencyKey === undefined ? databaseWrite : databaseWriteOnce);
    const keyed = idempotencyKey !== undefined && {
      schoolId: actor.schoolId,
      actorId: actor.userId,
      key: idempotencyKey,
      operation,
      request: request.request,
    };
    // Of each attempt: from the moment a commit is sent until its answer is there, nobody knows.
    const attempts: { committing: boolean }[] = [];
    const attempt = async ({ signal }: CallContext): Promise<T> => {
      const state = { committing: false };
      attempts.push(state);
      try {
        return await this.#repository.transaction(async (transaction) => {
          const answer = keyed
            ? (await this.#idempotency.once(transaction, keyed, () => work(transaction))).answer
            : await work(transaction);
          // Who has stopped waiting is told that nothing was saved; so nothing must be.
          signal.throwIfAborted();
          state.committing = true;
          return answer;
        });
      } catch (error) {
        if (judged(error).applied === 'no') state.committing = false;
        throw error;
      }
    };
    let outcome: { readonly answer: T } | { readonly refusal: unknown };
    try {
      outcome = await pipeline.execute(async (call) => {
        try {
          return { answer: await attempt(call) };
        } catch (error) {
          if (isLicenceTaken(error)) return { refusal: new LicenceTakenError() };
          if (isRefusal(error)) return { refusal: error };
          throw error;
        }
      }, context);
    } catch (error) {
      if (!cannotBeHad(error, context)) throw error;
      throw attempts.some(({ committing }) => committing)
        ? new ChangeUnknownError(error)
        : new ChangeNotSavedError(error);
    }
    if ('refusal' in outcome) throw outcome.refusal;
    return outcome.answer;
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

interface Transaction {
  readonly actor: Actor;
  readonly context: RequestContext | undefined;
  readonly idempotencyKey: string | undefined;
  /** What is asked for and of what; part of what a key is bound to. */
  readonly operation: string;
  readonly request: unknown;
  /** Default: by whether there is a key. */
  readonly pipeline?: Pipeline;
}

/** Whether the database could not be asked, or did not answer. An answer that we did not like is something else. */
function cannotBeHad(error: unknown, context: RequestContext | undefined): boolean {
  if (context?.signal?.aborted === true) return false;
  const found = judged(error);
  return found.class === 'refused' || found.class === 'transient' || found.class === 'system';
}

function judged(error: unknown): Classification {
  return classify(error, { dependency: 'database' });
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof StudentInvalidError ||
    error instanceof StudentNotFoundError ||
    error instanceof StudentChangedError ||
    error instanceof IdempotencyKeyReusedError
  );
}

/** Who has seen the card is who says so, unless another name is given. */
function withWitness(fields: StudentFields, actor: Actor): StudentFields {
  const missing = fields.licence_sighted_on !== null && fields.licence_sighted_by === null;
  return missing ? { ...fields, licence_sighted_by: actor.name } : fields;
}

function withWarning(record: StudentRecord, code: 'possible_duplicate'): StudentRecord {
  const message = 'Another student has the same name and birth date. Check that this is not the same person.';
  const warnings = [...record.student.warnings, { field: 'legal_family_name', code, message }];
  return { ...record, student: { ...record.student, warnings } };
}

function emptyList(asOf: Temporal.Instant): StudentList {
  const as_of = asOf.toString({ smallestUnit: 'millisecond' });
  return { data: [], next_cursor: null, stale: false, as_of, complete: true };
}

function earlier(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) <= 0 ? a : b;
}
