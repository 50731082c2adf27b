import { DatabaseSync } from 'node:sqlite';
import { defaultRegistry, type Registry } from 'dualbrake';
import { installAmbientContext } from 'dualbrake/node';
import { pino } from 'pino';
import type { Actor } from '../../../contract/session.ts';
import { databaseBreaker, type Policies } from '../../policies.ts';
import { sharedDatabase, type TestDatabase } from '../../platform/database/testing/test-database.ts';
import type { HttpServer } from '../../platform/http/http.ts';
import { testHttp } from '../../platform/http/testing/test-http.ts';
import { Idempotency } from '../../platform/idempotency.ts';
import type { SliceOptions } from '../../platform/slice-options.ts';
import { SettableWallClock } from '../../platform/wall-clock.ts';
import { patientPolicies, waitPatiently } from '../../testing/patience.ts';
import { addPeople, type People, PeopleIdentity } from '../../testing/people.ts';
import { type Answer, type Method, type RequestOptions as SentOptions, send } from '../../testing/requests.ts';
import { createStudents, registerStudents, type Students } from '../students.ts';
import { testSecrets } from './test-secrets.ts';

export type { Answer } from '../../testing/requests.ts';

/** The date of the tests; the clock starts at its noon in Toronto. */
export const testToday = '2026-03-15';
const testNow = '2026-03-15T16:00:00Z';

/** A school with a real database, a user of each role and a second instructor, accessed over HTTP. */
export interface TestSchool extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly local: DatabaseSync;
  readonly students: Students;
  readonly app: HttpServer;
  readonly registry: Registry;
  readonly wallClock: SettableWallClock;
  readonly schoolId: string;
  readonly people: People;
  /** Signs in a user that the test has added to the database. */
  enrol(actor: Actor): Actor;
  /** Sends a request as a user. Text and bytes are sent as CSV, other bodies as JSON. */
  request(actor: Actor, method: Method, url: string, options?: RequestOptions): Promise<Answer>;
  /** Creates the slice and its routes again, as after a restart. */
  restarted(): { readonly app: HttpServer; readonly students: Students };
}

export interface RequestOptions extends SentOptions {
  readonly app?: HttpServer;
}

export interface TestSchoolOptions {
  /** Assembles the slices. Default: the students only. */
  readonly assemble?: (options: SliceOptions & { readonly policies: Policies }) => {
    readonly students: Students;
    register(app: HttpServer): void;
  };
  /** Receives the log. Default: none. */
  readonly log?: NodeJS.WritableStream;
  /** Disposed with the school. Default: a shared one, which must not be stopped. */
  readonly database?: TestDatabase;
}

/** Creates the school. */
export async function testSchool({
  log,
  database: given,
  assemble = onlyStudents,
}: TestSchoolOptions = {}): Promise<TestSchool> {
  installAmbientContext();
  const database = given ?? (await sharedDatabase());
  const local = new DatabaseSync(':memory:');
  const wallClock = new SettableWallClock(testNow);
  const { registry, policies } = patientPolicies();
  // Shared by the process: an earlier test may have left it open.
  databaseBreaker.reset('for the next test');
  // The decorated methods of the service register here.
  waitPatiently(defaultRegistry);
  const { schoolId, people } = await addPeople(database.kysely);
  const logger = log === undefined ? pino({ level: 'silent' }) : pino({ level: 'trace' }, log);
  const identity = new PeopleIdentity(people, wallClock);
  const make = () => {
    const assembled = assemble({
      database,
      local,
      secrets: testSecrets,
      idempotency: new Idempotency(testSecrets),
      policies,
      log: logger,
      wallClock,
    });
    const app = testHttp({ identity, log: logger });
    assembled.register(app);
    const { students } = assembled;
    return { students, app };
  };
  const first = make();
  return {
    database,
    local,
    ...first,
    registry,
    wallClock,
    schoolId,
    people,
    restarted: make,
    enrol: (actor) => identity.enrol(actor),
    request: (actor, method, url, { app = first.app, ...options } = {}) => send(app, actor, method, url, options),
    async [Symbol.asyncDispose]() {
      await first.app.close();
      await database[Symbol.asyncDispose]();
      local.close();
    },
  };
}

/** The slice of the students alone. */
function onlyStudents(options: SliceOptions & { readonly policies: Policies }) {
  const students = createStudents(options);
  const { policies } = options;
  return { students, register: (app: HttpServer) => registerStudents(app, { students: students.service, policies }) };
}
