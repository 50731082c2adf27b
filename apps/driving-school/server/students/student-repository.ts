import { sql } from 'kysely';
import { maskLicenceNumber } from '../../contract/licence-number.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import { studentFields } from '../../contract/student-fields.ts';
import { type Student, type StudentFields, studentSchema, type Warning } from '../../contract/students.ts';
import { columnsOf, dayColumn, dayColumns, recordOf } from '../platform/database/field-columns.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { searchWordsOf } from '../platform/search-words.ts';
import { EventLoopYielder } from '../platform/event-loop-yielder.ts';
import { instructorsAmong, instructorsByEmail } from './instructors.ts';
import { type LicenceCipher, LicenceUnreadableError } from './licence-cipher.ts';
import type { StudentAccessReader } from './student-access.ts';
import { countStudents, type ListedStudent, listStudents, type StudentSearch } from './student-list-query.ts';
import { studentTables } from './student-table.ts';
import { sortNameOf, type StudentRecord, warningsFor } from './student.ts';

/** A student to be inserted, with an ID created by the application. */
export interface NewStudent {
  readonly id: string;
  readonly fields: StudentFields;
  /** Default `active`. */
  readonly status?: Student['status'];
}

/** The data by which two records look like the same person. */
export interface Likeness {
  readonly licenceNumber: string | null;
  readonly sortName: string;
  readonly birthDate: CalendarDay;
}

/** A student of the school who looks like a given one. */
export interface LikeStudent {
  readonly id: string;
  readonly licenceDigest: string | null;
  readonly sortName: string;
  readonly birthDate: CalendarDay;
}

/** Rows per statement: encrypting their licence numbers and writing some 3,000 parameters takes a few milliseconds. */
const rowsPerStatement = 100;

/** The students in the database. Errors of the database are thrown unchanged. */
export class StudentRepository {
  readonly #database: DatabaseHandle;
  readonly #cipher: LicenceCipher;
  readonly #today: () => CalendarDay;
  readonly #access: StudentAccessReader;

  /** @param today the school's calendar day, for warnings about expired licences */
  constructor(database: DatabaseHandle, cipher: LicenceCipher, today: () => CalendarDay, access: StudentAccessReader) {
    this.#database = database;
    this.#access = access;
    this.#cipher = cipher;
    this.#today = today;
  }

  async find(studentId: string, handle = this.#database): Promise<StudentRecord | undefined> {
    const row = await studentRows(handle).where('students.id', '=', studentId).executeTakeFirst();
    return row === undefined ? undefined : this.#record(row);
  }

  /** Finds a student and locks the row until the transaction ends. */
  async findForChange(studentId: string, transaction: DatabaseTransaction): Promise<StudentRecord | undefined> {
    const row = await studentRows(transaction)
      .where('students.id', '=', studentId)
      .forUpdate('students')
      .executeTakeFirst();
    return row === undefined ? undefined : this.#record(row);
  }

  /** Finds a student with the encrypted licence number. `openLicenceNumber` throws LicenceUnreadableError. */
  async findSealed(
    studentId: string,
    handle = this.#database,
  ): Promise<(StudentRecord & { readonly openLicenceNumber: () => string | null }) | undefined> {
    const row = await studentRows(handle).where('students.id', '=', studentId).executeTakeFirst();
    return row && { ...this.#record(row), openLicenceNumber: () => this.#open(row) };
  }

  /** Whether an instructor has a lesson with a student within 14 days. */
  isTaughtNear(actor: Actor, studentId: string): Promise<boolean> {
    return this.#access.isTaughtNear(this.#database, actor, studentId);
  }

  /** Reads a page of the list. */
  list(search: StudentSearch, handle = this.#database): Promise<ListedStudent[]> {
    return listStudents(search, handle);
  }

  /** Counts all students that match a search. */
  count(search: StudentSearch): Promise<number> {
    return countStudents(search, this.#database);
  }

  /** Inserts students of a school. @throws the database's error when a licence number already exists */
  async insert(
    students: readonly NewStudent[],
    { schoolId, actorId }: { readonly schoolId: string; readonly actorId: string | null },
    transaction: DatabaseTransaction,
    {
      yielder = new EventLoopYielder(),
      signal,
    }: { readonly yielder?: EventLoopYielder; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    for (let start = 0; start < students.length; start += rowsPerStatement) {
      await yielder.yieldIfDue(signal);
      const rows = students.slice(start, start + rowsPerStatement).map(({ id, fields, status }) => ({
        id,
        school_id: schoolId,
        ...this.#columns(fields),
        ...this.#licenceColumns(fields, { schoolId, studentId: id }),
        status: status ?? 'active',
        created_by: actorId,
        updated_by: actorId,
      }));
      await studentTables(transaction).insertInto('students').values(rows).execute();
    }
  }

  /** Writes all fields of a student that `findForChange` has locked, including the licence number if `withLicenceNumber`. */
  async update(
    studentId: string,
    fields: StudentFields,
    { schoolId, actorId, withLicenceNumber }: { schoolId: string; actorId: string; withLicenceNumber: boolean },
    transaction: DatabaseTransaction,
  ): Promise<void> {
    await studentTables(transaction)
      .updateTable('students')
      .set({
        ...this.#columns(fields),
        ...(withLicenceNumber ? this.#licenceColumns(fields, { schoolId, studentId }) : {}),
        ...changedBy(actorId),
      })
      .where('id', '=', studentId)
      .execute();
  }

  async setStatus(
    studentId: string,
    { status, actorId }: { readonly status: Student['status']; readonly actorId: string },
    transaction: DatabaseTransaction,
  ): Promise<void> {
    await studentTables(transaction)
      .updateTable('students')
      .set({ status, ...changedBy(actorId) })
      .where('id', '=', studentId)
      .execute();
  }

  /** Finds students of the school who look like one of the given ones. */
  async findAlike(schoolId: string, wanted: readonly Likeness[], handle: DatabaseHandle): Promise<LikeStudent[]> {
    const digests = wanted.flatMap(({ licenceNumber }) =>
      licenceNumber === null ? [] : [this.digest(licenceNumber, schoolId)],
    );
    const names = wanted.map(({ sortName }) => sortName);
    const birthDates = wanted.map(({ birthDate }) => birthDate);
    const candidates = studentTables(handle)
      .selectFrom('students')
      .select(['students.id', 'sort_name', 'licence_number_digest', dayColumn('students.birth_date').as('birth_date')])
      .where('school_id', '=', schoolId);
    // Two queries, each with its own index: a single query with OR would read the whole table.
    const sameLicence =
      digests.length === 0
        ? []
        : await candidates.where(sql<boolean>`students.licence_number_digest = ANY (${digests}::bytea[])`).execute();
    const samePerson = await candidates
      .innerJoin(
        sql<{ name: string; day: string }>`unnest(${names}::text[], ${birthDates}::date[])`.as<'wanted'>(
          sql`wanted(name, day)`,
        ),
        (join) => join.on(sql<boolean>`students.sort_name = wanted.name AND students.birth_date = wanted.day`),
      )
      .execute();
    const found = new Map([...sameLicence, ...samePerson].map((row) => [row.id, row]));
    return Array.from(found.values(), (row) => ({
      id: row.id,
      licenceDigest: row.licence_number_digest?.toString('hex') ?? null,
      sortName: row.sort_name,
      birthDate: row.birth_date,
    }));
  }

  /** Computes the digest by which a licence number can be found. */
  digest(licenceNumber: string, schoolId: string): Buffer {
    return this.#cipher.digest(licenceNumber, schoolId);
  }

  /** See `instructors.ts`. */
  instructorsAmong(schoolId: string, userIds: readonly string[], handle: DatabaseHandle): Promise<Set<string>> {
    return instructorsAmong(schoolId, userIds, handle);
  }

  /** See `instructors.ts`. */
  instructorsByEmail(schoolId: string, handle = this.#database): Promise<Map<string, string>> {
    return instructorsByEmail(schoolId, handle);
  }

  /** Whether the school has any student, including archived ones. */
  async hasStudents(schoolId: string, handle: DatabaseHandle): Promise<boolean> {
    const row = await studentTables(handle)
      .selectFrom('students')
      .select('id')
      .where('school_id', '=', schoolId)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  #record(row: StudentRow): StudentRecord {
    const student = studentSchema.parse({
      ...recordOf(studentFields, row),
      id: row.id,
      instructor_name: row.instructor_name,
      status: row.status,
      version: row.version,
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      updated_by_name: row.updated_by_name,
      warnings: [],
    });
    return { schoolId: row.school_id, student: { ...student, warnings: this.#warnings(student, row) } };
  }

  /** A licence number that can't be decrypted becomes a warning, so that the rest of the record can be read. */
  #warnings(student: Student, row: SealedRow): Warning[] {
    try {
      return warningsFor({ ...student, licence_number: this.#open(row) }, this.#today());
    } catch (error) {
      if (!(error instanceof LicenceUnreadableError)) throw error;
      const unreadable: Warning = {
        field: 'licence_number',
        code: 'licence_number_unreadable',
        message: 'The licence number cannot be read with the key of this installation. Enter it again from the card.',
      };
      return [unreadable, ...warningsFor({ ...student, licence_number: null }, this.#today())];
    }
  }

  #open({ id, school_id, licence_number_sealed: sealed }: SealedRow): string | null {
    return sealed === null ? null : this.#cipher.open(sealed, { schoolId: school_id, studentId: id });
  }

  #columns(fields: StudentFields) {
    return {
      ...columnsOf(studentFields, fields),
      sort_name: sortNameOf(fields),
      search_words: sql<string>`array_to_tsvector(${searchWordsOf(studentFields, fields)}::text[])`,
    };
  }

  #licenceColumns(
    { licence_number: number }: StudentFields,
    owner: { readonly schoolId: string; readonly studentId: string },
  ) {
    return {
      licence_number_sealed: number === null ? null : this.#cipher.seal(number, owner),
      licence_number_digest: number === null ? null : this.digest(number, owner.schoolId),
      licence_number_masked: number === null ? null : maskLicenceNumber(number),
    };
  }
}

type SealedRow = Pick<StudentRow, 'id' | 'school_id' | 'licence_number_sealed'>;
type StudentRow = Awaited<ReturnType<ReturnType<typeof studentRows>['executeTakeFirstOrThrow']>>;

function studentRows(handle: DatabaseHandle) {
  return studentTables(handle)
    .selectFrom('students')
    .leftJoin('people', 'people.id', 'students.instructor_id')
    .leftJoin('people as changers', (join) =>
      join.onRef('changers.id', '=', 'students.updated_by').onRef('changers.school_id', '=', 'students.school_id'),
    )
    .selectAll('students')
    .select(['people.name as instructor_name', 'changers.name as updated_by_name'])
    .select(dayColumns(studentFields, 'students'));
}

function changedBy(actorId: string) {
  return { version: sql<number>`version + 1`, updated_at: sql<Date>`now()`, updated_by: actorId };
}
