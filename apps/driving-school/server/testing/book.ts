import { randomUUIDv7 } from 'node:crypto';
import { CircuitBreaker } from 'dualbrake';
import type { Insertable, Kysely } from 'kysely';
import { claimsOf } from '../../contract/booking/claims.ts';
import { localTime } from '../../contract/local-time.ts';
import type { Actor } from '../../contract/session.ts';
import { claim } from '../calendar/calendar.ts';
import type { LessonTable } from '../lessons/lesson-table.ts';
import type { ApplicationDatabase } from '../platform/database/database.ts';
import { SettableWallClock } from '../platform/wall-clock.ts';
import { waitPatiently } from './patience.ts';
import { addPeople, type People, PeopleIdentity } from './people.ts';
import { type Answer, type Method, type RequestOptions, send } from './requests.ts';
import { openTestApplication, type TestApplication } from './test-application.ts';

/** A lesson to be added; other columns have defaults. */
export interface NewLesson {
  readonly studentId: string;
  readonly instructorId?: string;
  readonly startsAt: string;
  readonly minutes?: number;
  readonly columns?: Partial<Insertable<LessonTable>>;
  /** Default true. */
  readonly withClaims?: boolean;
}

/** A school with people, a location, a car and lessons, accessed over HTTP. The lessons are written by SQL. */
export interface Book extends AsyncDisposable {
  readonly application: TestApplication;
  /** Untyped access to every table. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests plant faults in any table
  readonly sql: Kysely<any>;
  readonly wallClock: SettableWallClock;
  readonly schoolId: string;
  readonly people: People;
  readonly locationId: string;
  readonly vehicleId: string;
  /** Makes the database unreachable, or reachable again. */
  setDown(down: boolean): void;
  /** The number of statements that the application has sent to the database. */
  statements(): number;
  request(actor: Actor | undefined, method: Method, url: string, options?: RequestOptions): Promise<Answer>;
  /** Adds a student over HTTP. @returns the ID */
  addStudent(fields: Readonly<Record<string, unknown>>): Promise<string>;
  /** @returns the ID */
  addLesson(lesson: NewLesson): Promise<string>;
  /** Adds a car. @returns the ID */
  addVehicle(plate: string): Promise<string>;
}

/** The clock of the tests starts here: noon in Toronto, a week before the clocks are set forward. */
export const bookNow = '2026-03-02T17:00:00Z';

/** Opens the school on a database. @param database not disposed with it */
export async function openBook(database: ApplicationDatabase): Promise<Book> {
  const wallClock = new SettableWallClock(bookNow);
  let isDown = false;
  let statements = 0;
  const kysely = database.kysely.withPlugin({
    transformQuery({ node }) {
      statements += 1;
      if (isDown) {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
      }
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const { schoolId, people } = await addPeople(database.kysely);
  const application = await openTestApplication({
    database: replaced(database, kysely),
    wallClock,
    identify: new PeopleIdentity(people, wallClock).identify,
  });
  waitPatiently(application.registry);
  // oxlint-disable-next-line typescript/no-explicit-any -- see `Book.sql`
  const sql = database.kysely as Kysely<any>;
  const locationId = randomUUIDv7();
  await sql
    .insertInto('locations')
    .values({ id: locationId, school_id: schoolId, name: 'Main office', time_zone: 'America/Toronto' })
    .execute();
  const addVehicle = async (plate: string): Promise<string> => {
    const id = randomUUIDv7();
    const dates = { insurance_expires_on: '2027-12-31', registration_expires_on: '2027-12-31' };
    await sql
      .insertInto('vehicles')
      .values({ id, school_id: schoolId, plate, ...dates })
      .execute();
    return id;
  };
  const vehicleId = await addVehicle('CABC 123');
  let codes = 0;

  const request: Book['request'] = (...sent) => send(application.app, ...sent);

  return {
    application,
    sql,
    wallClock,
    schoolId,
    people,
    locationId,
    vehicleId,
    setDown(down) {
      isDown = down;
      if (down) return;
      for (const member of application.registry.members()) {
        if (member instanceof CircuitBreaker) member.reset('the database is back');
      }
    },
    statements: () => statements,
    request,
    addVehicle,
    async addStudent(fields) {
      const body = { birth_date: '2005-06-01', ...fields };
      const { status, body: answer, text } = await request(people.office, 'POST', '/api/students', { body });
      if (status !== 201) throw new Error(`The student was not added: ${text}`);
      return answer.data.id;
    },
    async addLesson({
      studentId,
      instructorId = people.instructor.userId,
      startsAt,
      minutes = 60,
      columns = {},
      withClaims = true,
    }) {
      const startsMs = Date.parse(startsAt);
      codes += 1;
      const row = {
        id: randomUUIDv7(),
        school_id: schoolId,
        short_code: codeOf(codes),
        student_id: studentId,
        instructor_id: instructorId,
        vehicle_id: vehicleId,
        location_id: locationId,
        type: 'private' as const,
        starts_at: new Date(startsMs),
        ends_at: new Date(startsMs + minutes * 60_000),
        time_zone: 'America/Toronto',
        local_date: localTime(startsMs, 'America/Toronto').day,
        buffer_after_minutes: 15,
        status: 'booked' as const,
        updated_at: new Date('2026-03-01T12:00:00.000Z'),
        ...columns,
      };
      await sql.transaction().execute(async (transaction) => {
        await transaction.insertInto('lessons').values(row).execute();
        if (!withClaims) return;
        await claim(
          transaction,
          row.school_id,
          claimsOf({
            ...row,
            lesson_id: row.id,
            enrolment_id: null,
            starts_at: row.starts_at.getTime(),
            ends_at: row.ends_at.getTime(),
            relay_after: null,
          }),
        );
      });
      return row.id;
    },
    async [Symbol.asyncDispose]() {
      await application.close();
    },
  };
}

/** `L-2222`, `L-2223`, …: without 0, O, 1 and I. */
function codeOf(count: number): string {
  const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  let rest = count;
  let code = '';
  for (let place = 0; place < 4; place += 1) {
    code = `${letters[rest % letters.length]}${code}`;
    rest = Math.floor(rest / letters.length);
  }
  return `L-${code}`;
}

/** The same database with other access to its tables. */
function replaced(database: ApplicationDatabase, kysely: ApplicationDatabase['kysely']): ApplicationDatabase {
  return new Proxy(database, {
    get(target, name) {
      if (name === 'kysely') return kysely;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
