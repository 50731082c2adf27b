import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { defaultRegistry, Registry } from 'dualbrake';
import { installAmbientContext } from 'dualbrake/node';
import type { Kysely } from 'kysely';
import { pino } from 'pino';
import type { Actor, Role } from '../../../contract/session.ts';
import { createDatabaseBreaker, createPolicies, databaseBreaker, type Policies } from '../../policies.ts';
import { sharedDatabase, type TestDatabase } from '../../platform/database/testing/test-database.ts';
import type { Identity } from '../../platform/http/access.ts';
import type { HttpServer } from '../../platform/http/http.ts';
import { testHttp } from '../../platform/http/testing/test-http.ts';
import { Idempotency } from '../../platform/idempotency.ts';
import type { SliceOptions } from '../../platform/slice-options.ts';
import { SettableWallClock } from '../../platform/wall-clock.ts';
import { createStudents, registerStudents, type Students } from '../students.ts';
import { testSecrets } from './test-secrets.ts';

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
  readonly people: Readonly<Record<Role | 'otherInstructor' | 'stranger', Actor>>;
  /** Signs in a user that the test has added to the database. */
  enrol(actor: Actor): Actor;
  /** Sends a request as a user. Text and bytes are sent as CSV, other bodies as JSON. */
  request(actor: Actor, method: Method, url: string, options?: RequestOptions): Promise<Answer>;
  /** Creates the slice and its routes again, as after a restart. */
  restarted(): { readonly app: HttpServer; readonly students: Students };
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly app?: HttpServer;
}

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests compare it with what they expect
  readonly body: any;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
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
  const registry = new Registry();
  const policies = createPolicies(registry, { breaker: createDatabaseBreaker() });
  // Shared by the process: an earlier test may have left it open.
  databaseBreaker.reset('for the next test');
  waitPatiently(registry);
  // The decorated methods of the service register here.
  waitPatiently(defaultRegistry);
  const { schoolId, people } = await addPeople(database);
  const logger = log === undefined ? pino({ level: 'silent' }) : pino({ level: 'trace' }, log);
  const byId = new Map(Object.values(people).map((actor) => [actor.userId, actor]));
  const identity: Identity = {
    async register() {},
    async identify(request) {
      const actor = byId.get(String(request.headers['x-test-user']));
      return actor && { actor, email: 'somebody@example.com', asOf: wallClock.now(), source: 'live' };
    },
  };
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
    enrol(actor) {
      byId.set(actor.userId, actor);
      return actor;
    },
    async request(actor, method, url, { body, headers = {}, app = first.app } = {}) {
      const isText = typeof body === 'string' || body instanceof Uint8Array;
      const answer = await app.inject({
        method,
        url,
        headers: {
          'x-test-user': actor.userId,
          ...(body === undefined ? {} : { 'content-type': isText ? 'text/csv' : 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: isText ? Buffer.from(body) : JSON.stringify(body) }),
      });
      const isJson = String(answer.headers['content-type']).includes('json');
      return {
        status: answer.statusCode,
        body: isJson ? answer.json() : undefined,
        text: answer.body,
        headers: answer.headers,
      };
    },
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

interface Tables {
  schools: { id: string; name: string };
  users: { id: string; school_id: string; role: string; name: string; email: string | null };
}

async function addPeople(database: TestDatabase): Promise<Pick<TestSchool, 'schoolId' | 'people'>> {
  const tables = database.kysely as unknown as Kysely<Tables>;
  const school = await tables.selectFrom('schools').select('id').executeTakeFirstOrThrow();
  const otherSchool = { id: randomUUID(), name: 'Another school' };
  await tables.insertInto('schools').values(otherSchool).execute();
  const person = async (role: Role, name: string, schoolId = school.id): Promise<Actor> => {
    const id = randomUUID();
    const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`;
    await tables.insertInto('users').values({ id, school_id: schoolId, role, name, email }).execute();
    return { userId: id, schoolId, role, name };
  };
  return {
    schoolId: school.id,
    people: {
      owner: await person('owner', 'Olive Owner'),
      office: await person('office', 'Otto Office'),
      instructor: await person('instructor', 'Ines Instructor'),
      otherInstructor: await person('instructor', 'Ivan Instructor'),
      operator: await person('operator', 'Oscar Operator'),
      stranger: await person('owner', 'Stan Stranger', otherSchool.id),
    },
  };
}

/** Raises every time limit, so that no answer depends on the machine's speed. */
function waitPatiently(registry: Registry): void {
  for (const { name: group, members } of registry.report()) {
    for (const { name, settings } of members) {
      if ('limitMs' in settings) registry.change(group, name, { limitMs: 120_000 });
    }
  }
}
