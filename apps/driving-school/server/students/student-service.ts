import type { Pipeline } from 'dualbrake';
import { circuitBreaker, retry, timeout } from 'dualbrake/decorators';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import type { ImportReport } from '../../contract/student-import.ts';
import type { Student, StudentList, StudentQuery } from '../../contract/students.ts';
import { isUnavailable, type RequestContext } from '../platform/database/unavailable.ts';
import type { ListCursors } from '../platform/http/list-cursor.ts';
import { isolatedForMs, isolationEnd } from '../platform/isolation.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { type Policies, studentReading } from '../policies.ts';
import type { StudentAccessReader } from './student-access.ts';
import { revealLicenceNumber } from './licence-reveal.ts';
import { type ChangedStudent, StudentChanges } from './student-changes.ts';
import type { StudentCopies } from './student-copies.ts';
import { StudentNotFoundError } from './student-errors.ts';
import { type ImportRequest, StudentImporter } from './student-importer.ts';
import type { StudentLessons } from './student-lessons.ts';
import { StudentLister } from './student-lister.ts';
import type { StudentRepository } from './student-repository.ts';
import { type DatedStudent, isVisible, type StudentReading } from './student.ts';

/** The parts of the service. */
export interface StudentServiceParts {
  readonly repository: StudentRepository;
  readonly access: StudentAccessReader;
  /** The lessons that a change of dates would break. Without it there are none. */
  readonly lessons?: StudentLessons | undefined;
  readonly unitOfWork: UnitOfWork;
  readonly copies: StudentCopies;
  readonly cursors: ListCursors;
  readonly policies: Policies;
  readonly wallClock: WallClock;
  /** The school's calendar day. */
  readonly today: () => CalendarDay;
  /** Receives errors of writing a copy, which do not fail the request. */
  readonly onCopyFailure?: (error: unknown) => void;
}

/** All operations on students. While the database is unavailable, reads return copies and writes fail. */
export class StudentService {
  readonly #parts: StudentServiceParts;
  readonly #changes: StudentChanges;
  readonly #lister: StudentLister;
  readonly #importer: StudentImporter;

  constructor(parts: StudentServiceParts) {
    this.#parts = parts;
    this.#changes = new StudentChanges({
      ...parts,
      keep: (record) => this.#keep(record),
      forget: (studentId) => this.#forget(studentId),
    });
    this.#lister = new StudentLister(parts);
    this.#importer = new StudentImporter(parts);
  }

  /**
   * Reads a student from the database, without checking permissions and without copies.
   *
   * @returns undefined when the database has no such student
   * @throws CircuitBreakerOpenError without a query; the database's error
   */
  @circuitBreaker(studentReading.breaker)
  @retry(studentReading.retry)
  @timeout(studentReading.attempt)
  async getStudentData(studentId: string): Promise<DatedStudent | undefined> {
    // Read before the query, so that the data is never older than `asOf`.
    const asOf = this.#parts.wallClock.now();
    const found = await this.#parts.repository.find(studentId);
    return found && { ...found, asOf };
  }

  /**
   * Reads a student for a user: live, or the copy while the database is unavailable.
   *
   * @param guard pipeline around the live read only, so that the copy is also used when it refuses the call
   * @throws StudentNotFoundError when the database has no such student; the error of the live read when there is no
   *   visible copy
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
      if (!isUnavailable(error, context)) throw error;
      const copy = this.#parts.copies.find(studentId);
      // The same answer for a hidden student as for an unknown one, so that it does not reveal that the student exists.
      if (copy === undefined || !isVisible(actor, copy)) throw error;
      const forMs = isolatedForMs(error);
      return {
        student: copy.student,
        asOf: copy.asOf,
        stale: true,
        ...(forMs === undefined ? {} : { isolatedUntil: isolationEnd(forMs, this.#parts.wallClock) }),
      };
    }
    if (live === undefined) {
      this.#forget(studentId);
      throw new StudentNotFoundError();
    }
    this.#keep(live);
    if (!isVisible(actor, live) && !(await this.#isTaughtNear(actor, live, context))) throw new StudentNotFoundError();
    return { student: live.student, asOf: live.asOf, stale: false };
  }

  /** Returns a page of the list; see `StudentLister`. */
  list(actor: Actor, query: StudentQuery, context?: RequestContext): Promise<StudentList> {
    return this.#lister.list(actor, query, context);
  }

  /** Adds a student; see `StudentChanges`. */
  create(input: unknown, request: ChangeRequest): Promise<StudentReading> {
    return this.#changes.create(input, request);
  }

  /** Changes a student by a JSON merge patch; see `StudentChanges`. */
  change(
    studentId: string,
    patch: unknown,
    request: ChangeRequest & { readonly version: number },
  ): Promise<ChangedStudent> {
    return this.#changes.change(studentId, patch, request);
  }

  /** Returns what a change would break, and changes nothing; see `StudentChanges`. */
  preview(
    studentId: string,
    patch: unknown,
    request: ChangeRequest & { readonly version: number },
  ): Promise<ChangedStudent> {
    return this.#changes.preview(studentId, patch, request);
  }

  /** Archives or restores a student; see `StudentChanges`. */
  setStatus(
    studentId: string,
    status: Student['status'],
    request: ChangeRequest & { readonly version: number },
  ): Promise<StudentReading> {
    return this.#changes.setStatus(studentId, status, request);
  }

  /** Returns the full licence number; see `revealLicenceNumber`. */
  revealLicenceNumber(actor: Actor, studentId: string, context?: RequestContext): Promise<string | null> {
    return revealLicenceNumber(this.#parts, { actor, studentId, context });
  }

  /** Imports a CSV file; see `StudentImporter`. */
  import(file: Uint8Array, request: ImportRequest): Promise<ImportReport> {
    return this.#importer.import(file, request);
  }

  /** While the database is down, only the assigned instructor sees a student: copies of lessons may be older. */
  async #isTaughtNear(actor: Actor, { schoolId, student }: DatedStudent, context?: RequestContext): Promise<boolean> {
    if (actor.role !== 'instructor' || actor.schoolId !== schoolId) return false;
    const { policies, repository } = this.#parts;
    return policies.databaseRead.execute(() => repository.isTaughtNear(actor, student.id), context);
  }

  /** Best effort: on a full disk, a student that the database has just returned must still be shown. */
  #keep(record: DatedStudent): void {
    try {
      this.#parts.copies.keep(record);
    } catch (error) {
      this.#parts.onCopyFailure?.(error);
    }
  }

  #forget(studentId: string): void {
    try {
      this.#parts.copies.forget(studentId);
    } catch (error) {
      this.#parts.onCopyFailure?.(error);
    }
  }
}
