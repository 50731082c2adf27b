import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { defaultRegistry, Registry } from 'dualbrake';
import { installAmbientContext } from 'dualbrake/node';
import type { Kysely } from 'kysely';
import { pino } from 'pino';
import { localTime } from '../../../contract/local-time.ts';
import type { Actor, Role } from '../../../contract/session.ts';
import { createDatabaseBreaker, createPolicies, databaseBreaker } from '../../policies.ts';
import { sharedDatabase, type TestDatabase } from '../../platform/database/testing/test-database.ts';
import type { Identity } from '../../platform/http/access.ts';
import { testHttp } from '../../platform/http/testing/test-http.ts';
import { Idempotency } from '../../platform/idempotency.ts';
import { SettableWallClock } from '../../platform/wall-clock.ts';
import { createSchool, registerSchool } from '../../school.ts';
import { claim } from '../calendar.ts';

/** The clock starts on Monday 2 March 2026 at 09:00 in Toronto. */
const testNow = '2026-03-02T14:00:00Z';

/** A school with a real database and lessons that tests insert with SQL, accessed over HTTP. */
export interface TestPlaces extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly wallClock: SettableWallClock;
  readonly people: Readonly<Record<Role | 'stranger', Actor>>;
  request(actor: Actor, method: Method, url: string, options?: RequestOptions): Promise<Answer>;
  /** Adds a location over HTTP. @returns its ID */
  addLocation(fields?: object): Promise<string>;
  /** Adds a vehicle over HTTP, insured and registered for years. @returns its ID */
  addVehicle(fields?: object): Promise<string>;
  /** Books a lesson with its claims, as the lessons' slice does. @returns its ID */
  addLesson(lesson: TestLesson): Promise<string>;
  /** The status and the active claims of a lesson. */
  lessonState(lessonId: string): Promise<{ readonly status: string; readonly activeClaims: number }>;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests compare it with what they expect
  readonly body: any;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
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
  schools: { id: string; name: string };
  users: { id: string; school_id: string; role: string; name: string; email: string | null };
  students: Record<string, unknown>;
  lessons: Record<string, unknown>;
  resource_claims: { source_id: string; active: boolean };
}

/** Creates the school. @param database disposed with the school. Default: a shared one, which must not be stopped */
export async function testPlaces(given?: TestDatabase): Promise<TestPlaces> {
  installAmbientContext();
  const database = given ?? (await sharedDatabase());
  const tables = database.kysely as unknown as Kysely<Tables>;
  const local = new DatabaseSync(':memory:');
  const wallClock = new SettableWallClock(testNow);
  const registry = new Registry();
  const policies = createPolicies(registry, { breaker: createDatabaseBreaker() });
  // Shared by the process: an earlier test may have left it open.
  databaseBreaker.reset('for the next test');
  waitPatiently(registry);
  waitPatiently(defaultRegistry);
  const secrets = { derive: (purpose: string) => Buffer.alloc(32, purpose) };
  const log = pino({ level: 'silent' });
  const options = { database, local, secrets, idempotency: new Idempotency(secrets), policies, log, wallClock };
  const people = await addPeople(tables);
  const byId = new Map(Object.values(people).map((actor) => [actor.userId, actor]));
  const identity: Identity = {
    async register() {},
    async identify(request) {
      const actor = byId.get(String(request.headers['x-test-user']));
      return actor && { actor, email: 'somebody@example.com', asOf: wallClock.now(), source: 'live' };
    },
  };
  const app = testHttp({ identity, log });
  registerSchool(app, createSchool(options), { policies });

  const { schoolId } = people.owner;
  let count = 0;
  const request: TestPlaces['request'] = async (actor, method, url, { body, headers = {} } = {}) => {
    const answer = await app.inject({
      method,
      url,
      headers: {
        'x-test-user': actor.userId,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const isJson = String(answer.headers['content-type']).includes('json');
    return {
      status: answer.statusCode,
      body: isJson ? answer.json() : undefined,
      text: answer.body,
      headers: answer.headers,
    };
  };
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
    async [Symbol.asyncDispose]() {
      await app.close();
      await database[Symbol.asyncDispose]();
      local.close();
    },
  };
}

async function addPeople(tables: Kysely<Tables>): Promise<TestPlaces['people']> {
  const school = await tables.selectFrom('schools').select('id').executeTakeFirstOrThrow();
  const otherSchool = { id: randomUUID(), name: 'Another school' };
  await tables.insertInto('schools').values(otherSchool).execute();
  const person = async (role: Role, name: string, schoolId = school.id): Promise<Actor> => {
    const id = randomUUID();
    await tables
      .insertInto('users')
      .values({ id, school_id: schoolId, role, name, email: `${id}@example.com` })
      .execute();
    return { userId: id, schoolId, role, name };
  };
  return {
    owner: await person('owner', 'Olive Owner'),
    office: await person('office', 'Otto Office'),
    instructor: await person('instructor', 'Ines Instructor'),
    operator: await person('operator', 'Oscar Operator'),
    stranger: await person('owner', 'Stan Stranger', otherSchool.id),
  };
}

/** A short code of four characters. */
function shortCode(number: number): string {
  const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  return [3, 2, 1, 0].map((power) => letters[Math.floor(number / letters.length ** power) % letters.length]).join('');
}

/** Raises every time limit, so that no answer depends on the machine's speed. */
function waitPatiently(registry: Registry): void {
  for (const { name: group, members } of registry.report()) {
    for (const { name, settings } of members) {
      if ('limitMs' in settings) registry.change(group, name, { limitMs: 120_000 });
    }
  }
}
