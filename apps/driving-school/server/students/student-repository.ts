import { type Generated, type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type {
  CalendarDay,
  Student,
  StudentFields,
  StudentSort,
  StudentSummary,
  Warning,
} from '../../contract/students.ts';
import { maskLicenceNumber } from '../../contract/students.ts';
import { type LicenceCipher, LicenceUnreadableError } from './licence-cipher.ts';
import type { ListPosition } from './list-cursor.ts';
import { Turns } from '../platform/turns.ts';
import { displayName, searchWordsOf, sortNameOf, type StudentRecord, warningsFor } from './student.ts';

/** A transaction of the application's database. */
export type DatabaseTransaction = Transaction<Record<string, never>>;
/** The application's database, or a transaction of it. */
export type DatabaseHandle = Kysely<Record<string, never>>;

/** Calendar days go in as text. They come out through `day`, never by themselves: the driver would make them instants. */
interface StudentTable {
  id: string;
  school_id: string;
  legal_given_names: string | null;
  legal_family_name: string;
  preferred_name: string | null;
  birth_date: string;
  email: string | null;
  phone: string | null;
  phone_extension: string | null;
  sms_capable: Student['sms_capable'];
  street: string | null;
  city: string | null;
  province: string | null;
  postal_code: string | null;
  preferred_language: Student['preferred_language'];
  licence_number_sealed: Buffer | null;
  licence_number_digest: Buffer | null;
  licence_number_masked: string | null;
  licence_class: Student['licence_class'];
  licence_issued_on: string | null;
  licence_expires_on: string | null;
  licence_sighted_on: string | null;
  licence_sighted_by: string | null;
  instructor_id: string | null;
  notes: string | null;
  status: Student['status'];
  sort_name: string;
  search_words: string;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
  updated_at: Generated<Date>;
  updated_by: string | null;
}

/** Read here, owned by sign-in: an instructor is a person who signs in. */
/** A view of sign-in's: what other slices may read of a person. */
interface PersonView {
  id: string;
  school_id: string;
  role: string;
  name: string;
  email: string | null;
  disabled: boolean;
}

interface Tables {
  students: StudentTable;
  people: PersonView;
}

/** Which students a list shows. */
export interface StudentSearch {
  readonly schoolId: string;
  /** Only students of this instructor: as far as the person who asks may see. */
  readonly instructorId?: string;
  /** Only students of this instructor, or, with null, of none: as was asked for. */
  readonly taughtBy?: string | null;
  readonly status: 'active' | 'archived' | 'all';
  readonly sort: StudentSort;
  /** Beginnings of words that must all be there. */
  readonly words: readonly string[];
  /** A whole licence number in its normal form, instead of words. */
  readonly licenceNumber?: string;
  readonly after?: ListPosition;
  readonly limit: number;
}

export interface ListedStudent {
  readonly summary: StudentSummary;
  readonly position: ListPosition;
}

/** A student to be written, with an id that the application has made. */
export interface NewStudent {
  readonly id: string;
  readonly fields: StudentFields;
  /** Default `active`. */
  readonly status?: Student['status'];
}

/** What makes two records look like the same person. */
export interface Likeness {
  readonly licenceNumber: string | null;
  readonly sortName: string;
  readonly birthDate: CalendarDay;
}

/** A student who is there already, and by what. */
export interface LikeStudent {
  readonly id: string;
  readonly licenceDigest: string | null;
  readonly sortName: string;
  readonly birthDate: CalendarDay;
}

/**
 * Rows of one statement. Sealing licence numbers and writing some 3,000 parameters takes a few milliseconds, and the
 * event loop is held meanwhile.
 */
const rowsPerStatement = 100;

/** The students in the database. Rows never leave this file, and errors pass through it as they are. */
export class StudentRepository {
  readonly #database: DatabaseHandle;
  readonly #cipher: LicenceCipher;
  readonly #today: () => CalendarDay;

  /** @param today the school's calendar day, for what is said about licences that expire */
  constructor(database: DatabaseHandle, cipher: LicenceCipher, today: () => CalendarDay) {
    this.#database = database;
    this.#cipher = cipher;
    this.#today = today;
  }

  /** Runs the work in one transaction, which is rolled back when the work throws. */
  transaction<T>(work: (transaction: DatabaseTransaction) => Promise<T>): Promise<T> {
    return this.#database.transaction().execute(work);
  }

  async find(studentId: string, handle = this.#database): Promise<StudentRecord | undefined> {
    const row = await studentRows(handle).where('students.id', '=', studentId).executeTakeFirst();
    return row === undefined ? undefined : this.#record(row);
  }

  /** The same, and nobody else changes the row until the transaction has ended. */
  async findForChange(studentId: string, transaction: DatabaseTransaction): Promise<StudentRecord | undefined> {
    const row = await studentRows(transaction)
      .where('students.id', '=', studentId)
      .forUpdate('students')
      .executeTakeFirst();
    return row === undefined ? undefined : this.#record(row);
  }

  /** Students in the order of the list, from a position on. */
  async list(search: StudentSearch, handle = this.#database): Promise<ListedStudent[]> {
    const { sort, after, limit } = search;
    const { column, key, value, descending } = listOrders[sort];
    const direction = descending ? 'desc' : 'asc';
    let query = this.#matching(search, handle)
      .leftJoin('people', 'people.id', 'students.instructor_id')
      .select([
        'students.id',
        'students.legal_given_names',
        'students.legal_family_name',
        'students.preferred_name',
        'students.phone',
        'students.licence_class',
        'students.status',
        'students.updated_at',
        'people.name as instructor_name',
        day('birth_date').as('birth_date'),
        key.as('key'),
      ])
      .orderBy(column, direction)
      .orderBy('students.id', direction)
      .limit(limit);
    if (after !== undefined) {
      const compared = descending ? sql`<` : sql`>`;
      query = query.where(
        sql<boolean>`(${sql.ref(column)}, students.id) ${compared} (${value(after.key)}, ${after.id}::uuid)`,
      );
    }
    const rows = await query.execute();
    return rows.map((row) => ({
      summary: {
        id: row.id,
        display_name: displayName(row),
        preferred_name: row.preferred_name,
        phone: row.phone,
        licence_class: row.licence_class,
        status: row.status,
        birth_date: row.birth_date,
        instructor_name: row.instructor_name,
        updated_at: row.updated_at.toISOString(),
      },
      position: { key: row.key, id: row.id },
    }));
  }

  /** How many students match a search, on all its pages. */
  async count(search: StudentSearch): Promise<number> {
    const { count } = await this.#matching(search, this.#database)
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  #matching(search: StudentSearch, handle: DatabaseHandle) {
    const { schoolId, instructorId, taughtBy, status, words, licenceNumber } = search;
    let query = tablesOf(handle).selectFrom('students').where('students.school_id', '=', schoolId);
    if (instructorId !== undefined) query = query.where('students.instructor_id', '=', instructorId);
    if (taughtBy === null) query = query.where('students.instructor_id', 'is', null);
    else if (taughtBy !== undefined) query = query.where('students.instructor_id', '=', taughtBy);
    if (status !== 'all') query = query.where('students.status', '=', status);
    if (licenceNumber !== undefined) {
      return query.where('students.licence_number_digest', '=', this.#cipher.digest(licenceNumber, schoolId));
    }
    return words.length === 0
      ? query
      : query.where(sql<boolean>`students.search_words @@ ${wordsQuery(words)}::tsquery`);
  }

  /** Adds students of one school. @throws the database's error when a licence number is there already */
  async insert(
    students: readonly NewStudent[],
    { schoolId, actorId }: { readonly schoolId: string; readonly actorId: string | null },
    transaction: DatabaseTransaction,
    { turns = new Turns(), signal }: { readonly turns?: Turns; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    for (let start = 0; start < students.length; start += rowsPerStatement) {
      await turns.rest(signal);
      const rows = students.slice(start, start + rowsPerStatement).map(({ id, fields, status }) => ({
        id,
        school_id: schoolId,
        ...this.#columns(fields, { schoolId, studentId: id }),
        status: status ?? 'active',
        created_by: actorId,
        updated_by: actorId,
      }));
      await tablesOf(transaction).insertInto('students').values(rows).execute();
    }
  }

  /** Writes all fields of a student whose row `findForChange` holds. `licenceNumber` is written only if it is meant. */
  async update(
    studentId: string,
    fields: StudentFields,
    { schoolId, actorId, withLicenceNumber }: { schoolId: string; actorId: string; withLicenceNumber: boolean },
    transaction: DatabaseTransaction,
  ): Promise<void> {
    const { licence_number_sealed, licence_number_digest, licence_number_masked, ...columns } = this.#columns(fields, {
      schoolId,
      studentId,
    });
    await tablesOf(transaction)
      .updateTable('students')
      .set({
        ...columns,
        ...(withLicenceNumber ? { licence_number_sealed, licence_number_digest, licence_number_masked } : {}),
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
    await tablesOf(transaction)
      .updateTable('students')
      .set({ status, ...changedBy(actorId) })
      .where('id', '=', studentId)
      .execute();
  }

  /** A student with the licence number still sealed. `openLicenceNumber` throws LicenceUnreadableError. */
  async findSealed(
    studentId: string,
    handle = this.#database,
  ): Promise<(StudentRecord & { readonly openLicenceNumber: () => string | null }) | undefined> {
    const row = await studentRows(handle).where('students.id', '=', studentId).executeTakeFirst();
    return row && { ...this.#record(row), openLicenceNumber: () => this.#open(row) };
  }

  /** Students of the school who look like one of these. */
  async findAlike(schoolId: string, wanted: readonly Likeness[], handle: DatabaseHandle): Promise<LikeStudent[]> {
    const digests = wanted.flatMap(({ licenceNumber }) =>
      licenceNumber === null ? [] : [this.#cipher.digest(licenceNumber, schoolId)],
    );
    const names = wanted.map(({ sortName }) => sortName);
    const days = wanted.map(({ birthDate }) => birthDate);
    const candidates = tablesOf(handle)
      .selectFrom('students')
      .select(['students.id', 'sort_name', 'licence_number_digest', day('birth_date').as('birth_date')])
      .where('school_id', '=', schoolId);
    // Two questions, each with an index of its own; joined by OR they would read the whole table.
    const sameLicence =
      digests.length === 0
        ? []
        : await candidates.where(sql<boolean>`students.licence_number_digest = ANY (${digests}::bytea[])`).execute();
    const samePerson = await candidates
      .innerJoin(
        sql<{ name: string; day: string }>`unnest(${names}::text[], ${days}::date[])`.as<'wanted'>(
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

  /** How `findAlike` spells a licence number. */
  digestText(licenceNumber: string, schoolId: string): string {
    return this.#cipher.digest(licenceNumber, schoolId).toString('hex');
  }

  /** Those of the given people who are instructors of the school and not disabled. */
  async instructorsAmong(schoolId: string, userIds: readonly string[], handle: DatabaseHandle): Promise<Set<string>> {
    const rows = await tablesOf(handle)
      .selectFrom('people')
      .select('id')
      .where('school_id', '=', schoolId)
      .where('role', '=', 'instructor')
      .where('disabled', '=', false)
      .where(sql<boolean>`people.id = ANY (${[...userIds]}::uuid[])`)
      .execute();
    return new Set(rows.map(({ id }) => id));
  }

  /** The school's instructors who are not disabled: e-mail address in small letters to id. */
  async instructorsByEmail(schoolId: string, handle = this.#database): Promise<Map<string, string>> {
    const rows = await tablesOf(handle)
      .selectFrom('people')
      .select(['id', 'email'])
      .where('school_id', '=', schoolId)
      .where('role', '=', 'instructor')
      .where('disabled', '=', false)
      .execute();
    return new Map(rows.flatMap(({ id, email }) => (email === null ? [] : [[email.toLowerCase(), id] as const])));
  }

  /** Whether the school has any student, archived ones included. */
  async hasStudents(schoolId: string, handle: DatabaseHandle): Promise<boolean> {
    const row = await tablesOf(handle)
      .selectFrom('students')
      .select('id')
      .where('school_id', '=', schoolId)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  #record(row: StudentRow): StudentRecord {
    const address =
      row.province === null
        ? null
        : {
            street: row.street,
            city: row.city,
            province: row.province as NonNullable<Student['address']>['province'],
            postal_code: row.postal_code,
          };
    const student: Student = {
      id: row.id,
      legal_given_names: row.legal_given_names,
      legal_family_name: row.legal_family_name,
      preferred_name: row.preferred_name,
      birth_date: row.birth_date,
      email: row.email,
      phone: row.phone,
      phone_extension: row.phone_extension,
      sms_capable: row.sms_capable,
      address,
      preferred_language: row.preferred_language,
      licence_number_masked: row.licence_number_masked,
      licence_class: row.licence_class,
      licence_issued_on: row.licence_issued_on,
      licence_expires_on: row.licence_expires_on,
      licence_sighted_on: row.licence_sighted_on,
      licence_sighted_by: row.licence_sighted_by,
      instructor_id: row.instructor_id,
      instructor_name: row.instructor_name,
      notes: row.notes,
      status: row.status,
      version: row.version,
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      updated_by_name: row.updated_by_name,
      warnings: [],
    };
    return { schoolId: row.school_id, student: { ...student, warnings: this.#warnings(student, row) } };
  }

  /** A number that cannot be opened must not make the rest of the record unreadable. */
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

  #columns(fields: StudentFields, owner: { readonly schoolId: string; readonly studentId: string }) {
    const { address, licence_number: number, ...others } = fields;
    return {
      ...others,
      street: address?.street ?? null,
      city: address?.city ?? null,
      province: address?.province ?? null,
      postal_code: address?.postal_code ?? null,
      licence_number_sealed: number === null ? null : this.#cipher.seal(number, owner),
      licence_number_digest: number === null ? null : this.#cipher.digest(number, owner.schoolId),
      licence_number_masked: number === null ? null : maskLicenceNumber(number),
      sort_name: sortNameOf(fields),
      search_words: sql<string>`array_to_tsvector(${searchWordsOf(fields)}::text[])`,
    };
  }
}

/** Whether the database refused a row because the school has its licence number already. */
export function isLicenceTaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === '23505' &&
    'constraint' in error &&
    error.constraint === 'students_licence_number'
  );
}

type SealedRow = Pick<StudentRow, 'id' | 'school_id' | 'licence_number_sealed'>;
type StudentRow = Awaited<ReturnType<ReturnType<typeof studentRows>['executeTakeFirstOrThrow']>>;

/** An untyped database says of every table that it is not there; this says which ones are. */
function tablesOf(handle: DatabaseHandle): Kysely<Tables> {
  return handle;
}

function studentRows(handle: DatabaseHandle) {
  return tablesOf(handle)
    .selectFrom('students')
    .leftJoin('people', 'people.id', 'students.instructor_id')
    .leftJoin('people as changers', (join) =>
      join.onRef('changers.id', '=', 'students.updated_by').onRef('changers.school_id', '=', 'students.school_id'),
    )
    .selectAll('students')
    .select([
      'people.name as instructor_name',
      'changers.name as updated_by_name',
      day('birth_date').as('birth_date'),
      day('licence_issued_on').as('licence_issued_on'),
      day('licence_expires_on').as('licence_expires_on'),
      day('licence_sighted_on').as('licence_sighted_on'),
    ]);
}

interface ListOrder {
  readonly column: 'students.sort_name' | 'students.updated_at' | 'students.created_at';
  /** The column as text, exact enough to go on behind it. */
  readonly key: RawBuilder<string>;
  /** The text as the column's type. */
  readonly value: (key: string) => RawBuilder<unknown>;
  readonly descending: boolean;
}

/** The orders of a list, each with the student's id as the last word. */
const listOrders: Readonly<Record<StudentSort, ListOrder>> = {
  name: {
    column: 'students.sort_name',
    key: sql<string>`students.sort_name`,
    value: (key) => sql`${key}`,
    descending: false,
  },
  updated: timeOrder('students.updated_at'),
  created: timeOrder('students.created_at'),
};

/** Microseconds and all: an import gives thousands of students the same instant. */
function timeOrder(column: 'students.updated_at' | 'students.created_at'): ListOrder {
  return {
    column,
    key: sql<string>`to_char(${sql.ref(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
    value: (key) => sql`${key}::timestamptz`,
    descending: true,
  };
}

type DayColumn = 'birth_date' | 'licence_issued_on' | 'licence_expires_on' | 'licence_sighted_on';

/** A date as `YYYY-MM-DD`, whatever the driver and the session would make of it. */
function day<C extends DayColumn>(column: C): RawBuilder<StudentTable[C]> {
  return sql<StudentTable[C]>`to_char(${sql.ref(`students.${column}`)}, 'YYYY-MM-DD')`;
}

function changedBy(actorId: string) {
  return { version: sql<number>`version + 1`, updated_at: sql<Date>`now()`, updated_by: actorId };
}

/** All words, each as the beginning of one: `'jea':* & 'tre':*`. Quoted, so that nothing in a word is an operator. */
function wordsQuery(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}':*`).join(' & ');
}
