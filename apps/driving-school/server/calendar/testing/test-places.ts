import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { localTime } from '../../../contract/local-time.ts';
import type { TestDatabase } from '../../platform/database/testing/test-database.ts';
import type { SettableWallClock } from '../../platform/wall-clock.ts';
import type { TestSchool } from '../../students/testing/test-school.ts';
import type { People } from '../../testing/people.ts';
import { wholeSchool } from '../../testing/whole-school.ts';
import { claim } from '../calendar.ts';

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
  readonly status?: string;
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
  const { database, wallClock, people, schoolId, request } = school;
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
      const [id, studentId, instructorId] = [randomUUID(), randomUUID(), randomUUID()];
      const from = Date.parse(startsAt);
      const to = from + 3_600_000;
      const busyTo = to + bufferMinutes * 60_000;
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
      await database.kysely.transaction().execute(async (transaction) => {
        const lesson = {
          id,
          school_id: schoolId,
          short_code: `L-${shortCode(count)}`,
          student_id: studentId,
          instructor_id: instructorId,
          vehicle_id: vehicleId,
          location_id: locationId,
          type: 'private',
          starts_at: new Date(from),
          ends_at: new Date(to),
          time_zone: 'America/Toronto',
          local_date: localTime(from, 'America/Toronto').day,
          buffer_after_minutes: bufferMinutes,
          status,
        };
        await (transaction as unknown as Kysely<Tables>).insertInto('lessons').values(lesson).execute();
        if (status !== 'booked') return;
        await claim(transaction, schoolId, [
          { source_kind: 'lesson', source_id: id, resource_kind: 'student', resource_id: studentId, from, to },
          {
            source_kind: 'lesson',
            source_id: id,
            resource_kind: 'instructor',
            resource_id: instructorId,
            from,
            to: busyTo,
          },
          ...(vehicleId === null
            ? []
            : [
                {
                  source_kind: 'lesson',
                  source_id: id,
                  resource_kind: 'vehicle',
                  resource_id: vehicleId,
                  from,
                  to: busyTo,
                } as const,
              ]),
        ]);
      });
      return id;
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

/** A short code of four characters. */
function shortCode(number: number): string {
  const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  return [3, 2, 1, 0].map((power) => letters[Math.floor(number / letters.length ** power) % letters.length]).join('');
}
