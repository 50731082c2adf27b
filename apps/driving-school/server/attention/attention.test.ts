import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Attention } from '../../contract/attention.ts';
import type { Actor } from '../../contract/session.ts';
import { sharedDatabase, type TestDatabase } from '../platform/database/testing/test-database.ts';
import { type Book, openBook } from '../testing/book.ts';

let database: TestDatabase;
let book: Book;

// It is noon in Toronto on 2 March 2026.
before(async () => {
  database = await sharedDatabase();
  book = await openBook(database);
});

after(async () => {
  await book[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function listed(actor: Actor = book.people.office): Promise<Attention> {
  const { status, body, text } = await book.request(actor, 'GET', '/api/attention');
  assert.equal(status, 200, text);
  assert.equal(body.stale, false);
  return body.data;
}

const student = (family: string, birthDate = '2005-06-01'): Promise<string> =>
  book.addStudent({ legal_given_names: 'Ada', legal_family_name: family, birth_date: birthDate });

test('road tests are listed while they can be cancelled for 48 hours at most, for their instructor too', async () => {
  const studentId = await student('Roadtest');
  const add = (cancelBy: string, columns = {}): Promise<string> =>
    book.addLesson({
      studentId,
      startsAt: '2026-03-20T14:00:00Z',
      withClaims: false,
      columns: { type: 'road_test', cancel_by: new Date(cancelBy), ...columns },
    });
  const last = await add('2026-03-04T17:00:00Z');
  await add('2026-03-04T17:01:00Z');
  await add('2026-03-02T17:00:00Z');
  await add('2026-03-03T17:00:00Z', { status: 'cancelled', status_reason: 'weather' });
  const soon = await add('2026-03-02T17:01:00Z', { instructor_id: book.people.otherInstructor.userId });
  const ids = async (actor?: Actor) => (await listed(actor)).road_tests.map(({ lesson_id }) => lesson_id);

  assert.deepEqual(await ids(), [soon, last]);
  assert.deepEqual(await ids(book.people.instructor), [last]);
  assert.deepEqual(await ids(book.people.otherInstructor), [soon]);
  const [own] = (await listed(book.people.instructor)).road_tests;
  assert.deepEqual([own?.local_start, own?.cancel_by], ['2026-03-20T10:00', '2026-03-04T17:00:00.000Z']);
});

test('a student under 18 with a lesson to come and no guardian is listed until the 18th birthday', async () => {
  const [minor, adult, idle] = [
    await student('Minor', '2008-03-03'),
    await student('Adult', '2008-03-02'),
    await student('Idle', '2008-03-03'),
  ];
  for (const studentId of [minor, adult])
    await book.addLesson({ studentId, startsAt: `2026-03-0${studentId === minor ? 5 : 6}T14:00:00Z` });
  await book.addLesson({ studentId: idle, startsAt: '2026-03-01T14:00:00Z' });
  const minors = async (actor?: Actor) =>
    (await listed(actor)).minors_without_guardian.filter(({ student_id }) => [minor, adult, idle].includes(student_id));

  assert.deepEqual(
    (await minors()).map(({ student_id, next_lesson_at, turns_18_on }) => [student_id, next_lesson_at, turns_18_on]),
    [[minor, '2026-03-05T14:00:00.000Z', '2026-03-03']],
  );
  assert.equal((await minors(book.people.instructor)).length, 1);
  assert.deepEqual(await minors(book.people.otherInstructor), []);

  const body = { name: 'Marie Minor', relation: 'mother', phone: '+16135550142' };
  const path = `/api/students/${minor}/guardians`;
  assert.equal((await book.request(book.people.office, 'POST', path, { body })).status, 201);
  assert.deepEqual(await minors(), []);
});

test('a course that ends within 30 days is listed while time of it is neither given nor booked', async () => {
  const enrolled = async (family: string, startedOn: string): Promise<{ studentId: string; enrolmentId: string }> => {
    const studentId = await student(family);
    const body = { kind: 'bde', course_started_on: startedOn };
    const path = `/api/students/${studentId}/enrolments`;
    const { status, body: answer, text } = await book.request(book.people.office, 'POST', path, { body });
    assert.equal(status, 201, text);
    return { studentId, enrolmentId: answer.data.id };
  };
  const [inside, outside, booked] = [
    await enrolled('Inside', '2025-04-02'),
    await enrolled('Outside', '2025-04-03'),
    await enrolled('Booked', '2025-04-02'),
  ];
  for (const [startsAt, minutes] of [
    ['2026-02-10T14:00:00Z', 480],
    ['2026-03-12T14:00:00Z', 120],
  ] as const) {
    await book.addLesson({
      studentId: booked.studentId,
      startsAt,
      minutes,
      withClaims: false,
      columns: { type: 'bde_in_vehicle', enrolment_id: booked.enrolmentId },
    });
  }
  const ids = [inside, outside, booked].map(({ enrolmentId }) => enrolmentId);
  const courses = (await listed()).courses_ending.filter(({ enrolment_id }) => ids.includes(enrolment_id));

  assert.deepEqual(
    courses.map(({ enrolment_id, deadline_on, days_left, missing_minutes }) => [
      enrolment_id,
      deadline_on,
      days_left,
      missing_minutes,
    ]),
    [[inside.enrolmentId, '2026-04-01', 30, 600]],
  );
  assert.deepEqual((await listed(book.people.otherInstructor)).courses_ending, []);
});

test('documents are listed from 30 days before they expire, and not for instructors', async () => {
  const [inside, outside] = [await book.addVehicle('CATN 001'), await book.addVehicle('CATN 002')];
  const expires = (id: string, day: string) =>
    book.sql.updateTable('vehicles').set({ insurance_expires_on: day }).where('id', '=', id).execute();
  await expires(inside, '2026-04-01');
  await expires(outside, '2026-04-02');
  const ids = ({ expiries }: Attention): string[] =>
    expiries.filter(({ kind }) => kind === 'vehicle_insurance').map(({ subject_id }) => subject_id);

  assert.deepEqual(ids(await listed()), [inside]);
  assert.deepEqual((await listed(book.people.instructor)).expiries, []);
});

test('another school’s list is empty, operators get none, and without the database there is no list', async () => {
  assert.deepEqual(await listed(book.people.stranger), {
    expiries: [],
    minors_without_guardian: [],
    courses_ending: [],
    road_tests: [],
  });
  assert.equal((await book.request(book.people.operator, 'GET', '/api/attention')).status, 403);
  book.setDown(true);
  const { status, headers } = await book.request(book.people.office, 'GET', '/api/attention');
  book.setDown(false);
  assert.equal(status, 503);
  assert.ok(headers['retry-after']);
});
