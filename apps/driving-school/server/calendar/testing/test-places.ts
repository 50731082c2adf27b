import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Lesson } from '../../../contract/lessons.ts';
import type { TestDatabase } from '../../platform/database/testing/test-database.ts';
import type { SettableWallClock } from '../../platform/wall-clock.ts';
import type { TestSchool } from '../../students/testing/test-school.ts';
import { insertLesson, shortCode } from '../../testing/insert-lesson.ts';
import type { People } from '../../testing/people.ts';
import { wholeSchool } from '../../testing/whole-school.ts';

export type { Answer } from '../../testing/requests.ts';

/** The clock starts on Monday 2 March 2026 at 09:00 in Toronto. */
const testNow = '2026-03-02T14:00:00Z';

/** A school with a real database and lessons that tests insert with SQL, accessed over HTTP. */
export interface TestPlaces extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly wallClock: SettableWallClock;
  readonly people: People;
  readonly request: TestSchool['request'];
  /** Adds a location over HTTP. @returns its ID */
  addLocation(fields?: object): Promise<string>;
  /** Adds a vehicle over HTTP, insured and registered for years. @returns its ID */
  addVehicle(fields?: object): Promise<string>;
  /** Books a lesson with its claims, as the lessons' slice does. @returns its ID */
  addLesson(lesson: TestLesson): Promise<string>;
  /** The status and the active claims of a lesson. */
  lessonState(lessonId: string): Promise<{ readonly status: string; readonly activeClaims: number }>;
}

/** A lesson of one hour. Each has a student and an instructor of its own unless an instructor is given. */
export interface TestLesson {
  readonly locationId: string;
  readonly vehicleId?: string;
  /** ISO 8601. */
  readonly startsAt: string;
  readonly bufferMinutes?: number;
  readonly status?: Lesson['status'];
}

interface Tables {
  users: { id: string; school_id: string; role: string; name: string; email: string | null };
  students: Record<string, unknown>;
  lessons: Record<string, unknown>;
  resource_claims: { source_id: string; active: boolean };
}

/** Creates the school. @param database disposed with the school. Default: a shared one, which must not be stopped */
export async function testPlaces(given?: TestDatabase): Promise<TestPlaces> {
  const school = await wholeSchool(given === undefined ? {} : { database: given });
  const { database, wallClock, people, schoolId } = school;
  const request: TestSchool['request'] = (...sent) => school.request(...sent);
  wallClock.set(testNow);
  const tables = database.kysely as unknown as Kysely<Tables>;
  let count = 0;
  const add = async (url: string, body: object): Promise<string> => {
    const answer = await request(people.office, 'POST', url, { body });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body.data.id;
  };
  return {
    database,
    wallClock,
    people,
    request,
    addLocation: (fields = {}) => add('/api/locations', { name: `Location ${(count += 1)}`, ...fields }),
    addVehicle: (fields = {}) =>
      add('/api/vehicles', {
        plate: `TEST ${(count += 1)}`,
        insurance_expires_on: '2030-12-31',
        registration_expires_on: '2030-12-31',
        ...fields,
      }),
    async addLesson({ locationId, vehicleId = null, startsAt, bufferMinutes = 15, status = 'booked' }) {
      count += 1;
      const [studentId, instructorId] = [randomUUID(), randomUUID()];
      await tables
        .insertInto('users')
        .values({ id: instructorId, school_id: schoolId, role: 'instructor', name: 'Some Instructor', email: null })
        .execute();
      await tables
        .insertInto('students')
        .values({
          id: studentId,
          school_id: schoolId,
          legal_family_name: 'Student',
          birth_date: '2000-01-01',
          sort_name: 'student',
          search_words: '',
        })
        .execute();
      return insertLesson(database.kysely, {
        school_id: schoolId,
        short_code: shortCode(count),
        student_id: studentId,
        instructor_id: instructorId,
        vehicle_id: vehicleId,
        location_id: locationId,
        starts_at: new Date(startsAt),
        buffer_after_minutes: bufferMinutes,
        status,
        withClaims: status === 'booked',
      });
    },
    async lessonState(lessonId) {
      const lesson = await tables
        .selectFrom('lessons')
        .select('status')
        .where('id', '=', lessonId)
        .executeTakeFirstOrThrow();
      const claims = await tables
        .selectFrom('resource_claims')
        .select('source_id')
        .where('source_id', '=', lessonId)
        .where('active', '=', true)
        .execute();
      return { status: String(lesson['status']), activeClaims: claims.length };
    },
    [Symbol.asyncDispose]: () => school[Symbol.asyncDispose](),
  };
}
