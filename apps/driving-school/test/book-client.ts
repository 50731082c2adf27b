import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Client, Program } from './program.ts';

/** A JSON answer, as a program sees it that knows nothing of our types. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests compare it with what they expect
  readonly body: any;
  readonly text: string;
}

/** Headers and body of a request. */
export interface Sent {
  readonly body?: unknown;
  readonly ifMatch?: string | number;
  readonly key?: string;
}

/** The IDs that a lesson needs. */
export interface Party {
  readonly student_id: string;
  readonly enrolment_id: string;
  readonly instructor_id: string;
  readonly vehicle_id: string;
  readonly location_id: string;
}

const everyDay = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' }));
let count = 0;

/** Talks to the running program by the contract alone: no type, no table and no route of ours is used. */
export class BookClient {
  readonly #client: Client;
  #locationId: string | undefined;

  constructor(client: Client, locationId?: string) {
    this.#client = client;
    this.#locationId = locationId;
  }

  /** The location `Main` in Toronto, after the first `addParty`. */
  get locationId(): string {
    return this.#locationId ?? '';
  }

  get cookie(): string {
    return this.#client.cookie;
  }

  /** The same school, for another user. */
  as(client: Client): BookClient {
    return new BookClient(client, this.#locationId);
  }

  async send(method: string, path: string, { body, ifMatch, key }: Sent = {}): Promise<Answer> {
    const response = await this.#client.fetch(path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  post(path: string, body?: unknown, key: string = randomUUID()): Promise<Answer> {
    return this.send('POST', path, { body, key });
  }

  /** Adds something. Repeating the request changes nothing, and its Location can be read. @returns the first answer */
  async add(path: string, body: unknown): Promise<Answer> {
    const key = randomUUID();
    const added = await this.post(path, body, key);
    assert.equal(added.status, 201, `${path}: ${added.text}`);
    assert.match(added.body.data.id, /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/, path);
    const repeated = await this.post(path, body, key);
    assert.equal(repeated.status, 201, `${path}: ${repeated.text}`);
    assert.equal(repeated.text, added.text, path);
    assert.equal(repeated.headers.get('x-data-as-of'), added.headers.get('x-data-as-of'), path);
    const reused = await this.post(path, { ...(body as object), notes: 'other' }, key);
    if (reused.body.code !== 'invalid_request') assertProblem(reused, 422, 'idempotency_key_reused');
    const location = added.headers.get('location') ?? assert.fail(`${path} has no Location`);
    const read = await this.get(location);
    assert.equal(read.status, 200, `${location}: ${read.text}`);
    assert.equal(read.body.data.id, added.body.data.id, location);
    assert.equal(read.body.stale, false, location);
    assert.ok(!Number.isNaN(Date.parse(read.body.as_of)), location);
    assert.match(read.headers.get('etag') ?? '', /^"\d+"$/, `the ETag of ${location}`);
    assert.match(added.headers.get('etag') ?? '', /^"\d+"$/, `the ETag of the answer to ${path}`);
    assert.equal(read.headers.get('x-data-source'), 'live', location);
    return added;
  }

  /** Adds something without looking at it. @returns its ID */
  async id(path: string, body: unknown): Promise<string> {
    const { status, body: answer, text } = await this.post(path, body);
    assert.equal(status, 201, `${path}: ${text}`);
    return answer.data.id;
  }

  addStudent(fields: object = {}): Promise<string> {
    count += 1;
    return this.id('/api/students', {
      legal_given_names: 'Zoé',
      legal_family_name: `Tremblay ${letters(count)}`,
      birth_date: '2000-05-17',
      licence_class: 'G2',
      phone: '416-555-0123',
      ...fields,
    });
  }

  async addInstructor(fields: object = {}, hours: readonly object[] = everyDay): Promise<string> {
    count += 1;
    const id = await this.id('/api/instructors', {
      name: `Ines ${letters(count)}`,
      licence_number: `DI-${count}`,
      licence_expires_on: '2028-03-31',
      contract_from: '2020-01-01',
      ...fields,
    });
    const put = await this.send('PUT', `/api/instructors/${id}/hours`, { body: { hours } });
    assert.equal(put.status, 200, put.text);
    return id;
  }

  addVehicle(fields: object = {}): Promise<string> {
    count += 1;
    return this.id('/api/vehicles', {
      plate: `CAR ${count}`,
      transmission: 'automatic',
      dual_brake: true,
      insurance_expires_on: '2028-12-31',
      registration_expires_on: '2028-12-31',
      ...fields,
    });
  }

  addEnrolment(studentId: string, startsOn = '2026-03-02'): Promise<string> {
    return this.id(`/api/students/${studentId}/enrolments`, { kind: 'bde', course_started_on: startsOn });
  }

  /** A student on a BDE course, an instructor who is always there, a car, and the school's location. */
  async addParty(student: object = {}): Promise<Party> {
    this.#locationId ??= await this.id('/api/locations', {
      name: 'Main',
      time_zone: 'America/Toronto',
      buffer_minutes: 15,
    });
    const studentId = await this.addStudent(student);
    return {
      student_id: studentId,
      enrolment_id: await this.addEnrolment(studentId),
      instructor_id: await this.addInstructor(),
      vehicle_id: await this.addVehicle(),
      location_id: this.#locationId,
    };
  }

  /** Sends the booking of B4. */
  book(party: Partial<Party>, startsAt: string, more: object = {}, key?: string): Promise<Answer> {
    return this.post(
      '/api/lessons',
      { ...party, type: 'bde_in_vehicle', starts_at: startsAt, minutes: 60, ...more },
      key,
    );
  }

  /** @returns the booked lesson */
  async booked(party: Partial<Party>, startsAt: string, more: object = {}): Promise<Answer['body']> {
    const answer = await this.book(party, startsAt, more);
    assert.equal(answer.status, 201, `${startsAt}: ${answer.text}`);
    return answer.body.data;
  }
}

/** Asserts the one shape of problems. */
export function assertProblem(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.code, code, answer.text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(typeof answer.body.correlation_id, 'string', answer.text);
  assert.equal(answer.body.status, status);
}

/** Asserts `422 rules_refuse` with exactly these rules, each of the kind. */
export function assertRefused(answer: Answer, kind: 'hard' | 'soft', ...rules: readonly string[]): void {
  assertProblem(answer, 422, 'rules_refuse');
  const refusals = answer.body.refusals as readonly Record<string, unknown>[];
  assert.deepEqual(
    refusals.map(({ rule }) => rule),
    rules,
    answer.text,
  );
  for (const refusal of refusals) {
    assert.equal(refusal['kind'], kind, answer.text);
    assert.match(String(refusal['source']), /^\w/);
    assert.equal(typeof refusal['message'], 'string');
    assert.equal(typeof refusal['facts'], 'object');
  }
}

/** The members that a lesson has wherever it appears (B4 and section 3.6). */
export const lessonMembers = [
  'id',
  'short_code',
  'student_id',
  'enrolment_id',
  'instructor_id',
  'vehicle_id',
  'location_id',
  'type',
  'starts_at',
  'ends_at',
  'local_start',
  'local_date',
  'time_zone',
  'status',
  'status_reason',
  'overrides',
  'version',
];

/** Asserts that a lesson has all members, or all but some. */
export function assertLesson(lesson: object, ...except: readonly string[]): void {
  const missing = lessonMembers.filter((name) => !except.includes(name) && !Object.hasOwn(lesson, name));
  assert.deepEqual(missing, [], JSON.stringify(lesson));
}

/** Uses a one-time link, as `POST /api/users` and `POST /api/instructors` return it. @returns the cookie */
export async function useLink(
  program: Program,
  { url }: { readonly url: string },
  person: { readonly name: string; readonly email: string },
): Promise<string> {
  const token = /#(?:token=)?([\w-]+)$/.exec(url)?.[1];
  const { address } = program;
  const response = await fetch(`${address}/api/welcome`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: address },
    body: JSON.stringify({ token, ...person, password: 'another long passphrase' }),
  });
  assert.ok(response.ok, `${response.status} ${await response.text()}`);
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
  return cookies.find((cookie) => cookie.includes('school_session=')) ?? assert.fail('no session');
}

/** Numbers that repeat with the seed (mulberry32). */
export function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Names contain no digits. */
function letters(number: number): string {
  return Array.from(String(number), (digit) => 'abcdefghij'[Number(digit)]).join('');
}
