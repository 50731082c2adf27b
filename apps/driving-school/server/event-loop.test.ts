/**
 * No request blocks the event loop for more than 50 ms: every route of the application and the console, with the most
 * expensive requests, on a full school and console.
 */
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CircuitBreaker } from 'dualbrake';
import { sql } from 'kysely';
import { calendarDaysMax } from '../contract/calendar.ts';
import { seedDemo } from '../seed/seed-demo.ts';
import { sharedDatabase, type TestDatabase } from './platform/database/testing/test-database.ts';
import { until } from './platform/database/testing/until.ts';
import type { Identity } from './platform/http/access.ts';
import { identityByHeader } from './platform/http/testing/test-http.ts';
import { pagePaths } from './routes.ts';
import { worstFiles } from './students/testing/worst-files.ts';
import { addLargeBook } from './testing/large-book.ts';
import { longestSliceMs, slowness } from './testing/loop-slices.ts';
import { waitPatiently } from './testing/patience.ts';
import { openTestApplication, type TestApplication } from './testing/test-application.ts';
import {
  worstBookReads,
  worstRequests,
  type Description,
  type WorstBook,
  type WorstRequest,
} from './testing/worst-requests.ts';

const limitMs = 50;
/** One slow run may be caused by the compiler or the garbage collector; only a route that is always slow fails. */
const roundsMax = 5;
const auditLines = 30_000;
const logLines = 20_000;

const consoleApi = '/admin/api/v1';

let database: TestDatabase;
let school: TestApplication;
let studentId: string;
let book: WorstBook;
let userId: string;
let incident: string;
let asked = 0;

before(async () => {
  database = await sharedDatabase();
  school = await openTestApplication({ database, identify: await asOwner() });
  // Only the event loop is judged: on a busy machine, reads of the largest book take seconds.
  waitPatiently(school.registry);
  await seedDemo({ ...school.school.students, now: Temporal.Now.instant(), size: 'S' });
  const { rows } = await sql<{ id: string }>`select id from students limit 1`.execute(database.kysely);
  studentId = rows[0]?.id ?? assert.fail('there are students');
  book = await openLargeBook();
  fillAuditLog();
  await fillLog();
  await useBreakers();
  const { incidents } = await read<{ incidents: readonly { readonly number: number }[] }>(`${consoleApi}/incidents`);
  incident = String(incidents[0]?.number ?? assert.fail('there is an incident'));
});
after(async () => {
  await school.close();
  await database[Symbol.asyncDispose]();
});

test('no route blocks the event loop for more than 50 ms or fails, for any request', async (context) => {
  const limit = limitMs * slowness();
  const requests = [
    ...worstBookReads(book),
    ...worstRequests(await read('/api/openapi.json'), { base: '', bodyBytesMax: 99_000, idOf }),
    // A stream has no end; it sends the same snapshots as `overview`.
    ...worstRequests(await read(`${consoleApi}/openapi.json`), { base: consoleApi, bodyBytesMax: 64_000, idOf }).filter(
      ({ url }) => !url.startsWith(`${consoleApi}/events`),
    ),
    ...undescribed(),
    ...(await withWork()),
    ...imports(),
  ];
  const slow: string[] = [];
  const failed: string[] = [];
  const judge = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    let ms = Infinity;
    for (let round = 0; round < roundsMax && ms > limit; round += 1) ms = Math.min(ms, await longestSliceMs(work));
    if (ms > limit) slow.push(`${name}: ${ms.toFixed(0)} ms`);
    if (ms > limit / 2) context.diagnostic(`${name}: ${ms.toFixed(0)} ms`);
  };
  await judge('the standby copies', () => school.school.schedule.standby.refresh());
  for (const request of requests) {
    let status = 0;
    await judge(request.name, async () => {
      status = await send(request);
    });
    const { status: expected } = request;
    const isRight = expected === undefined ? status < 500 || status === 503 : status === expected;
    if (!isRight) failed.push(`${request.name}: ${status}`);
  }
  context.diagnostic(`${requests.length} requests`);
  assert.deepEqual(slow, []);
  assert.deepEqual(failed, []);
});

/** Six weeks of 50 instructors. */
async function openLargeBook(): Promise<WorstBook> {
  const { rows } = await sql<{ id: string; school_id: string }>`
    select id, school_id from locations where time_zone = 'America/Toronto' limit 1`.execute(database.kysely);
  const { id: locationId, school_id: schoolId } = rows[0] ?? assert.fail('there is a location');
  const from = Temporal.Now.zonedDateTimeISO('America/Toronto').toPlainDate().toString();
  const options = { schoolId, locationId, from, days: calendarDaysMax, instructors: 50 };
  return { ...(await addLargeBook(database.kysely, options)), locationId, from };
}

/** Pages, files and routes without an API description. */
function undescribed(): WorstRequest[] {
  const paths = [
    ...pagePaths.map((path) => path.replace(':student_id', studentId)),
    '/assets/app-1234.js',
    '/api/openapi.json',
    '/api/docs/',
    '/api/docs/static/swagger-ui-bundle.js',
    '/nothing',
    '/admin',
    '/admin/',
    '/admin/metrics',
    '/admin/plain',
    `${consoleApi}/openapi.json`,
  ];
  return paths.map((url) => ({ name: `GET ${url}`, method: 'GET', url }));
}

/** Valid requests that are expensive. */
async function withWork(): Promise<WorstRequest[]> {
  const { members } = await read<{
    members: readonly { readonly id: string; readonly values: Readonly<Record<string, number>> }[];
  }>(`${consoleApi}/config`);
  const post = (name: string, url: string, body: unknown): WorstRequest => ({
    name: `POST ${url} with ${name}`,
    method: 'POST',
    url,
    body: JSON.stringify(body),
    contentType: 'application/json',
  });
  return [
    ...['a', 'zzzz', '%', 'a%_b', 'A1234', '12', 'é'.repeat(50)].map((q) =>
      post(`the text ${q.slice(0, 5)}`, '/api/students/search', { q, limit: 100 }),
    ),
    post('a password', '/api/session', { email: 'somebody@school.example', password: 'a long enough password' }),
    post('nothing to say', `/api/students/${studentId}/licence-number/reveal`, {}),
    post('all settings', `${consoleApi}/config/validate`, {
      settings: Object.fromEntries(members.map(({ id, values }) => [id, values])),
    }),
    {
      name: 'POST /admin/plain/isolate with a long form',
      method: 'POST',
      url: '/admin/plain/isolate',
      body: `breaker=${'a%20'.repeat(15_000)}`,
      contentType: 'application/x-www-form-urlencoded',
    },
  ];
}

/** Import files as long, wide and full as allowed, and invalid ones. */
function imports(): WorstRequest[] {
  return worstFiles().map(({ name, text, query }) => ({
    name: `POST /api/students/import${query} with ${name}`,
    method: 'POST',
    url: `/api/students/import${query}`,
    body: text,
    contentType: 'text/csv',
  }));
}

async function send({ method, url, body, contentType = '' }: WorstRequest): Promise<number> {
  asked += 1;
  const answer = await school.app.inject({
    method: method as 'GET',
    url,
    headers: {
      ...ownPage,
      'idempotency-key': `key-${asked}`,
      'if-match': '"1"',
      ...(body === undefined ? {} : { 'content-type': contentType }),
    },
    ...(body === undefined ? {} : { payload: body }),
    // As a stream: concatenating the response here would take longer than producing it.
    payloadAsStream: true,
  });
  const stream = answer.stream().resume();
  if (!stream.readableEnded) await once(stream, 'end');
  return answer.statusCode;
}

async function read<T = Description>(url: string): Promise<T> {
  return (await school.app.inject({ url, headers: ownPage })).json<T>();
}

const ownPage = {
  'x-test-role': 'owner',
  host: 'localhost',
  origin: 'http://localhost',
  'sec-fetch-site': 'same-origin',
};

function idOf(path: string, parameter: string): string {
  const known: Readonly<Record<string, string>> = {
    student_id: studentId,
    lesson_id: book.lessonId,
    enrolment_id: book.enrolmentId,
    vehicle_id: book.vehicleId,
    location_id: book.locationId,
    instructor_id: book.instructorId,
    date: book.from,
  };
  const id = known[parameter];
  if (id !== undefined) return id;
  if (path.startsWith('/incidents')) return incident;
  if (path.startsWith('/breakers')) return 'database-read.database';
  if (path.startsWith('/services')) return 'database';
  if (path.startsWith('/retries')) return 'database-read.retry';
  return parameter === 'id' ? userId : '1';
}

/** An owner in the database; at the console a different user each time, because requests per user are limited. */
async function asOwner(): Promise<Identity['identify']> {
  const { rows } = await sql<{ id: string; school_id: string }>`select id, school_id from users limit 1`.execute(
    database.kysely,
  );
  const owner = rows[0] ?? assert.fail('there is an owner');
  userId = owner.id;
  return async (request) => {
    const signedIn = await identityByHeader.identify(request);
    const id = request.url.startsWith('/admin/') ? `u-${asked}` : owner.id;
    if (signedIn === undefined) return undefined;
    const session = { id: randomUUID(), idleEndsAt: signedIn.asOf.add({ hours: 1 }) };
    return { ...signedIn, session, actor: { ...signedIn.actor, userId: id, schoolId: owner.school_id } };
  };
}

/** Adds an hour of calls to each breaker, and an incident with several transitions. */
async function useBreakers(): Promise<void> {
  for (const breaker of school.registry.members().filter((member) => member instanceof CircuitBreaker)) {
    for (let call = 0; call < 20_000; call += 1) await breaker.execute(async () => call);
    for (let flap = 0; flap < 200; flap += 1) {
      while (breaker.state === 'closed') await breaker.execute(refuse).catch(() => {});
      breaker.reset('and back');
    }
  }
}

function refuse(): Promise<never> {
  return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' }));
}

async function fillLog(): Promise<void> {
  const { console } = school.console;
  for (let line = 1; line <= logLines; line += 1) {
    const msg = `line ${line} ${'lorem ipsum dolor sit amet '.repeat(20)}`;
    console.log(JSON.stringify({ level: 30, time: Date.now(), msg, breaker: 'database' }));
    // Lines are processed in batches; faster ones are dropped.
    if (line % 4_000 === 0) {
      await until(
        'the lines are taken in',
        async () => (await read<{ kept: number }>(`${consoleApi}/logs`)).kept >= line,
      );
    }
  }
}

/** Adds the audit entries of years. */
function fillAuditLog(): void {
  const key = school.secrets.derive('console-audit').toString('base64url');
  using file = new DatabaseSync(join(school.dataFolder.directory, 'console.sqlite'));
  const last = file.prepare('select seq, hash from audit order by seq desc limit 1').get();
  const first = Number(last?.['seq'] ?? 0) + 1;
  let prev = String(last?.['hash'] ?? '');
  const insert = file.prepare('insert into audit (seq, record, hash) values (?, ?, ?)');
  file.exec('begin');
  for (let seq = first; seq < first + auditLines; seq += 1) {
    const text = JSON.stringify({
      v: 1,
      seq,
      at: '2026-01-01T00:00:00.000Z',
      actor: { type: 'user', id: `u-${seq % 7}`, role: 'admin' },
      action: 'breaker.trip',
      target: { type: 'breaker', id: `database-${seq % 11}` },
      reason: 'for a reason that takes a line of text to tell',
      params: {},
      phase: 'event',
      outcome: 'recorded',
      before: { state: 'closed' },
      after: { state: 'open' },
      intent_seq: null,
      request_id: null,
      prev,
    });
    prev = `sha256:${createHmac('sha256', key).update(text).digest('hex')}`;
    insert.run(seq, text, prev);
  }
  file.exec('commit');
}
