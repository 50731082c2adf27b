import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { parseTime } from '../../../contract/local-time.ts';
import type { Actor } from '../../../contract/session.ts';
import { sharedDatabase, type TestDatabase } from '../../platform/database/testing/test-database.ts';
import { SettableWallClock } from '../../platform/wall-clock.ts';
import { insertLesson } from '../../testing/insert-lesson.ts';
import { addPeople, type People, PeopleIdentity } from '../../testing/people.ts';
import { type Answer, type Method, send } from '../../testing/requests.ts';
import { openTestApplication, type TestApplication } from '../../testing/test-application.ts';

/** The date of the tests, a Monday; the clock starts at its noon in Toronto. */
export const testToday = '2026-03-02';
const zone = 'America/Toronto';

/** A lesson to be written with SQL. */
export interface LessonToBook {
  readonly instructorId: string;
  readonly studentId?: string;
  readonly vehicleId?: string | null;
  /** Wall time in Toronto, such as `2026-03-09T09:00`. */
  readonly startsAt: string;
  readonly minutes?: number;
  readonly status?: 'booked' | 'cancelled';
}

type Parts = Pick<
  TestInstructors,
  'database' | 'application' | 'wallClock' | 'schoolId' | 'people' | 'locationId' | 'studentId'
>;

/** The whole application with a real database, a user of each role, a location and a student, accessed over HTTP. */
export class TestInstructors implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly application: TestApplication;
  readonly wallClock: SettableWallClock;
  readonly schoolId: string;
  readonly people: People;
  readonly locationId: string;
  readonly studentId: string;

  private constructor(parts: Parts) {
    this.database = parts.database;
    this.application = parts.application;
    this.wallClock = parts.wallClock;
    this.schoolId = parts.schoolId;
    this.people = parts.people;
    this.locationId = parts.locationId;
    this.studentId = parts.studentId;
  }

  /** @param database disposed at the end. Default: a shared one, which must not be stopped */
  static async open(database?: TestDatabase): Promise<TestInstructors> {
    const opened = database ?? (await sharedDatabase());
    const { kysely } = opened;
    const wallClock = new SettableWallClock(`${testToday}T17:00:00Z`);
    const { schoolId, people } = await addPeople(kysely);
    const locationId = randomUUID();
    await sql`INSERT INTO locations (id, school_id, name, time_zone) VALUES
      (${locationId}, ${schoolId}, 'Main', ${zone})`.execute(kysely);
    const identity = new PeopleIdentity(people, wallClock);
    const application = await openTestApplication({
      database: opened,
      wallClock,
      async identify(request) {
        const signedIn = await identity.identify(request);
        return signedIn && { ...signedIn, recentlyAuthenticated: request.headers['x-test-recent'] !== 'no' };
      },
    });
    const studentId = await addStudent(opened, schoolId, {});
    return new TestInstructors({
      database: opened,
      application,
      wallClock,
      schoolId,
      people,
      locationId,
      studentId,
    });
  }

  send(
    actor: Actor,
    method: Method,
    url: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return send(this.application.app, actor, method, url, { body, headers });
  }

  /** Adds an instructor over HTTP. @returns the ID */
  async add(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const body = {
      name: 'Rosa Ruiz',
      licence_number: 'DI-104233',
      licence_expires_on: '2027-06-30',
      contract_from: '2025-01-01',
      ...fields,
    };
    const { status, body: answer } = await this.send(this.people.office, 'POST', '/api/instructors', body);
    if (status !== 201) throw new Error(JSON.stringify(answer));
    return answer.data.id;
  }

  /** Adds a student with SQL. @returns the ID */
  addStudent(fields: { readonly licenceClass?: string; readonly licenceExpiresOn?: string | null }): Promise<string> {
    return addStudent(this.database, this.schoolId, fields);
  }

  /** Adds a car with SQL. @returns the ID */
  async addVehicle(days: {
    readonly insurance: string | null;
    readonly registration: string | null;
    readonly safety: string | null;
  }): Promise<string> {
    const id = randomUUID();
    await sql`INSERT INTO vehicles
      (id, school_id, plate, insurance_expires_on, registration_expires_on, safety_expires_on) VALUES
      (${id}, ${this.schoolId}, ${`C${id.slice(0, 6).toUpperCase()}`}, ${days.insurance}, ${days.registration},
        ${days.safety})`.execute(this.database.kysely);
    return id;
  }

  /** Books a lesson with SQL, as the slice of lessons does: the row and its claims in one transaction. @returns the ID */
  async book({
    instructorId,
    studentId = this.studentId,
    vehicleId = null,
    startsAt,
    minutes = 60,
    status = 'booked',
  }: LessonToBook): Promise<string> {
    const time = parseTime(startsAt, zone);
    if (!time.ok) throw new Error(time.code);
    return insertLesson(this.database.kysely, {
      school_id: this.schoolId,
      student_id: studentId,
      instructor_id: instructorId,
      vehicle_id: vehicleId,
      location_id: this.locationId,
      starts_at: new Date(time.epochMs),
      minutes,
      status,
      withClaims: status === 'booked',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.application.close();
    await this.database[Symbol.asyncDispose]();
  }
}

async function addStudent(
  database: TestDatabase,
  schoolId: string,
  {
    licenceClass = 'G1',
    licenceExpiresOn = null,
  }: { readonly licenceClass?: string; readonly licenceExpiresOn?: string | null },
): Promise<string> {
  const id = randomUUID();
  await sql`INSERT INTO students
    (id, school_id, legal_family_name, birth_date, sort_name, search_words, licence_class, licence_expires_on) VALUES
    (${id}, ${schoolId}, 'Tremblay', '2000-03-09', 'tremblay', ''::tsvector, ${licenceClass}, ${licenceExpiresOn})`.execute(
    database.kysely,
  );
  return id;
}
