import { randomUUIDv7 } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Actor } from '../../../contract/session.ts';
import { sharedDatabase, type TestDatabase } from '../../platform/database/testing/test-database.ts';
import { Idempotency } from '../../platform/idempotency.ts';
import { testSecrets } from '../../students/testing/test-secrets.ts';
import { type Answer, testSchool, type TestSchool } from '../../students/testing/test-school.ts';
import { patientPolicies } from '../../testing/patience.ts';
import { createLessons, type Lessons, type LessonsOptions, registerLessons } from '../lessons.ts';
import type { RandomInteger } from '../short-code.ts';

/** Everything that a lesson needs, by its ID. */
export interface TestBook extends AsyncDisposable {
  readonly school: TestSchool;
  readonly lessons: Lessons;
  readonly office: Actor;
  /** Works on weekdays from 08:00 to 18:00, on Saturdays until 24:00, on Sundays all day. */
  readonly instructor: string;
  readonly otherInstructor: string;
  readonly vehicle: string;
  readonly otherVehicle: string;
  /** In Toronto, with a buffer of 15 minutes. */
  readonly location: string;
  /** In Kenora (`America/Winnipeg`), with a buffer of 15 minutes. */
  readonly kenora: string;
  /** An adult with G2 and an enrolment in a course from 2026-03-02 to 2027-03-01. */
  readonly student: Student;
  /** Adds a student like the first. */
  addStudent(fields?: Partial<StudentFields>): Promise<Student>;
  /** Changes rows, as the routes of other slices do. */
  change(table: string, id: string, values: Readonly<Record<string, unknown>>): Promise<void>;
  /** Adds an instructor like the first. */
  addInstructor(
    name: string,
    hours?: readonly (readonly [weekday: number, from: number, to: number])[],
  ): Promise<string>;
  addVehicle(plate: string): Promise<string>;
  /** A request to book the first student on Monday 2026-03-09 at 09:00 for an hour. */
  lesson(fields?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** Books as the office. */
  book(fields?: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends `POST /api/lessons/{id}/{action}` as the office, with the version or the ETag `*`. */
  act(lesson: Versioned, action: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Reads a lesson as the office. */
  get(id: string): Promise<Answer>;
  /** Pairs of active claims that overlap, counted by a query that does not rely on the constraint. */
  overlaps(): Promise<number>;
}

type Versioned = { readonly id: string; readonly version: number };

export interface Student {
  readonly id: string;
  readonly enrolment: string;
}

interface StudentFields {
  readonly name: string;
  readonly birth_date: string;
  readonly licence_class: string;
  readonly licence_issued_on: string | null;
  readonly licence_expires_on: string | null;
}

export interface TestBookOptions {
  /** Default: a shared one. */
  readonly database?: TestDatabase;
  readonly random?: RandomInteger;
}

type Tables = Record<string, Record<string, unknown>>;

/** Opens a school with everything that lessons need. The clock is stopped on Monday 2026-03-02 at 10:00 in Toronto. */
export async function testBook(options: TestBookOptions = {}): Promise<TestBook> {
  const school = await testSchool({ database: options.database ?? (await sharedDatabase()) });
  try {
    return await openBook(school, options);
  } catch (error) {
    // Otherwise its database keeps the process alive.
    await school[Symbol.asyncDispose]();
    throw error;
  }
}

async function openBook(school: TestSchool, { random }: TestBookOptions): Promise<TestBook> {
  school.wallClock.set('2026-03-02T15:00:00Z');
  const lessons = createLessons({ ...lessonsOptions({ school }), ...(random === undefined ? {} : { random }) });
  registerLessons(school.app, lessons.service);
  const tables = school.database.kysely as unknown as Kysely<Tables>;
  const { schoolId: school_id } = school;
  const { office, instructor, otherInstructor } = school.people;
  const insert = async (table: string, values: Record<string, unknown>): Promise<string> => {
    const id = randomUUIDv7();
    await tables
      .insertInto(table)
      .values({ id, school_id, ...values })
      .execute();
    return id;
  };
  const teach = async (id: string, hours: readonly (readonly [number, number, number])[]): Promise<void> => {
    await tables
      .insertInto('instructors')
      .values({ id, school_id, licence_number: 'DI-1', licence_expires_on: '2029-03-31' })
      .execute();
    for (const [weekday, from, to] of hours) {
      await tables
        .insertInto('instructor_hours')
        .values({ school_id, instructor_id: id, weekday, minutes: sql`int4range(${from}::int, ${to}::int)` })
        .execute();
    }
  };
  const addVehicle = (plate: string): Promise<string> =>
    insert('vehicles', { plate, insurance_expires_on: '2029-12-31', registration_expires_on: '2029-12-31' });
  const location = await insert('locations', { name: 'Main', time_zone: 'America/Toronto', created_at: '2026-01-01' });
  const kenora = await insert('locations', { name: 'Kenora', time_zone: 'America/Winnipeg', created_at: '2026-01-02' });
  await teach(instructor.userId, usualHours);
  await teach(otherInstructor.userId, usualHours);
  const ruleSet = await tables.selectFrom('rule_sets').select('id').executeTakeFirstOrThrow();
  const addStudent = async (fields: Partial<StudentFields> = {}): Promise<Student> => {
    const { name = 'Zoé Tremblay', ...columns } = fields;
    const [given = '', family = ''] = name.split(' ');
    const { student } = await school.students.service.create(
      {
        legal_given_names: given,
        legal_family_name: family,
        birth_date: '2000-01-31',
        licence_class: 'G2',
        ...columns,
      },
      { actor: office },
    );
    const { id } = student;
    const enrolment = await insert('enrolments', {
      student_id: id,
      kind: 'bde',
      rule_set_id: ruleSet['id'],
      course_started_on: '2026-03-02',
      deadline_on: '2027-03-01',
    });
    return { id, enrolment };
  };
  const student = await addStudent();
  const vehicle = await addVehicle('AAAA 111');
  const lesson: TestBook['lesson'] = (fields = {}) => ({
    student_id: student.id,
    enrolment_id: student.enrolment,
    instructor_id: instructor.userId,
    vehicle_id: vehicle,
    location_id: location,
    type: 'bde_in_vehicle',
    starts_at: '2026-03-09T09:00',
    minutes: 60,
    ...fields,
  });
  return {
    school,
    lessons,
    office,
    instructor: instructor.userId,
    otherInstructor: otherInstructor.userId,
    vehicle,
    otherVehicle: await addVehicle('BBBB 222'),
    location,
    kenora,
    student,
    addStudent,
    addVehicle,
    async addInstructor(name, hours = usualHours) {
      const id = await insert('users', { role: 'instructor', name, email: `${randomUUIDv7()}@example.com` });
      await teach(id, hours);
      return id;
    },
    async change(table, id, values) {
      await tables.updateTable(table).set(values).where('id', '=', id).execute();
    },
    lesson,
    book: (fields, headers = {}) => school.request(office, 'POST', '/api/lessons', { body: lesson(fields), headers }),
    act: ({ id, version }, action, body, headers = {}) =>
      school.request(office, 'POST', `/api/lessons/${id}/${action}`, {
        ...(body === undefined ? {} : { body }),
        headers: { 'if-match': `"${version}"`, ...headers },
      }),
    get: (id) => school.request(office, 'GET', `/api/lessons/${id}`),
    async overlaps() {
      const { rows } = await sql<{ found: number }>`
        SELECT count(*)::int AS found FROM resource_claims a JOIN resource_claims b ON a.resource_id = b.resource_id
          AND a.active AND b.active AND a.ctid < b.ctid
          AND lower(a.during) < upper(b.during) AND lower(b.during) < upper(a.during)
      `.execute(tables);
      return rows[0]?.found ?? -1;
    },
    [Symbol.asyncDispose]: () => school[Symbol.asyncDispose](),
  };
}

const usualHours = [
  [1, 480, 1_080],
  [2, 480, 1_080],
  [3, 480, 1_080],
  [4, 480, 1_080],
  [5, 480, 1_080],
  [6, 480, 1_440],
  [7, 0, 1_440],
] as const;

/** The options of `createLessons` for the school of a test. Time limits don't depend on the machine's speed. */
export function lessonsOptions({ school }: Pick<TestBook, 'school'>): LessonsOptions {
  return {
    database: school.database,
    idempotency: new Idempotency(testSecrets),
    policies: patientPolicies().policies,
    wallClock: school.wallClock,
  };
}
