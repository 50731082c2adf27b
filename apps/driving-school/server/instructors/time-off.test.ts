import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { TestInstructors } from './testing/test-instructors.ts';

let school: TestInstructors;
before(async () => {
  school = await TestInstructors.open();
});
after(() => school[Symbol.asyncDispose]());

const path = (id: string): string => `/api/instructors/${id}/time-off`;
const add = (id: string, body: object, headers: Record<string, string> = {}) =>
  school.send(school.people.office, 'POST', path(id), body, headers);

test('time off by wall time, instant or whole day is kept as instants and shown in the school’s zone', async () => {
  const id = await school.add();
  const wall = await add(id, { from: '2026-03-03T09:00', to: '2026-03-03T12:00', reason: ' Dentist ' });
  assert.equal(wall.status, 201, JSON.stringify(wall.body));
  const { data } = wall.body;
  assert.deepEqual(data, {
    id: data.id,
    instructor_id: id,
    from: '2026-03-03T14:00:00.000Z',
    to: '2026-03-03T17:00:00.000Z',
    local_from: '2026-03-03T09:00',
    local_to: '2026-03-03T12:00',
    time_zone: 'America/Toronto',
    whole_days: false,
    reason: 'Dentist',
  });
  const read = await school.send(school.people.office, 'GET', String(wall.headers['location']));
  assert.deepEqual([read.status, read.body.data], [200, data]);

  const instant = await add(id, { from: '2026-03-04T09:00:00-06:00', to: '2026-03-04T16:00:00Z' });
  assert.deepEqual(
    [instant.body.data.from, instant.body.data.local_to],
    ['2026-03-04T15:00:00.000Z', '2026-03-04T11:00'],
  );
  // The clock goes forward on 8 March, so this weekend has 47 hours.
  const days = await add(id, { from: '2026-03-07', to: '2026-03-08' });
  assert.deepEqual(
    [days.body.data.from, days.body.data.to, days.body.data.whole_days],
    ['2026-03-07T05:00:00.000Z', '2026-03-09T04:00:00.000Z', true],
  );
  const list = await school.send(school.people.office, 'GET', `${path(id)}?from=2026-03-04&to=2026-03-07`);
  assert.deepEqual(
    list.body.data.map((each: { id: string }) => each.id),
    [instant.body.data.id, days.body.data.id],
  );
  assert.deepEqual([list.body.next_cursor, list.body.complete], [null, true]);
});

test('times that do not exist, are ambiguous or wrong are refused with what to send instead', async () => {
  const id = await school.add();
  const gap = await add(id, { from: '2026-03-08T02:30', to: '2026-03-08T12:00' });
  assert.deepEqual(
    [gap.status, gap.body.code, gap.body.nearest],
    [422, 'time_does_not_exist', '2026-03-08T03:00:00-04:00'],
  );
  const twice = await add(id, { from: '2026-11-01T00:00', to: '2026-11-01T01:30' });
  assert.deepEqual(
    [twice.status, twice.body.code, twice.body.choices, twice.body.errors[0].pointer],
    [422, 'time_ambiguous', ['2026-11-01T01:30:00-04:00', '2026-11-01T01:30:00-05:00'], '/to'],
  );
  for (const [from, to, pointer] of [
    ['tomorrow', '2026-03-09', '/from'],
    ['2026-03-09', '2026-03-08', '/to'],
    ['2026-03-09T10:00', '2026-03-09T10:00', '/to'],
    ['2026-02-30', '2026-03-09', '/from'],
    ['2026-03-09', '2029-03-09', '/to'],
  ]) {
    const answer = await add(id, { from, to });
    assert.deepEqual([answer.status, answer.body.errors[0].pointer], [422, pointer], `${from} to ${to}`);
  }
  assert.equal((await add(randomUUID(), { from: '2026-03-09', to: '2026-03-09' })).status, 404);
});

test('B13: time off over lessons is refused with their IDs; with and_cancel it is added and they are cancelled', async () => {
  const id = await school.add();
  const other = await school.add();
  await school.book({ instructorId: id, startsAt: '2026-03-09T08:00' });
  const first = await school.book({ instructorId: id, startsAt: '2026-03-10T09:00' });
  const second = await school.book({ instructorId: id, startsAt: '2026-03-11T15:00' });
  const foreign = await school.book({
    instructorId: other,
    studentId: await school.addStudent({}),
    startsAt: '2026-03-10T09:00',
  });
  const period = { from: '2026-03-10', to: '2026-03-11' };
  const refused = await add(id, period);
  assert.deepEqual(
    [refused.status, refused.body.code, refused.body.lessons],
    [409, 'time_off_has_lessons', [first, second]],
  );
  assert.deepEqual(
    refused.body.lesson_times.map((time: { readonly local_start: string }) => time.local_start),
    ['2026-03-10T09:00', '2026-03-11T15:00'],
    'by the clock of the location',
  );
  assert.deepEqual((await school.send(school.people.office, 'GET', path(id))).body.data, []);

  const unseen = await add(id, { ...period, and_cancel: { reason: 'illness', lessons: [first] } });
  assert.deepEqual([unseen.status, unseen.body.lessons], [409, [first, second]], 'a lesson that nobody has seen stays');
  assert.equal((await add(id, { ...period, and_cancel: { reason: 'boredom' } })).status, 422);

  const key = { 'idempotency-key': randomUUID() };
  const body = { ...period, and_cancel: { reason: 'illness' } };
  const added = await add(id, body, key);
  assert.deepEqual([added.status, added.body.cancelled_lessons], [201, [first, second]], JSON.stringify(added.body));
  const again = await add(id, body, key);
  assert.deepEqual([again.status, again.body.data.id], [201, added.body.data.id]);
  const { rows } =
    await sql`SELECT id, status, status_reason FROM lessons WHERE id = ANY (${[first, second, foreign]}::uuid[])
    ORDER BY starts_at, status DESC`.execute(school.database.kysely);
  assert.deepEqual(
    new Set(rows.map((row) => JSON.stringify(row))),
    new Set([
      JSON.stringify({ id: first, status: 'cancelled', status_reason: 'illness' }),
      JSON.stringify({ id: foreign, status: 'booked', status_reason: null }),
      JSON.stringify({ id: second, status: 'cancelled', status_reason: 'illness' }),
    ]),
  );
});

test('B13: when the time off can’t be added, no lesson is cancelled', async () => {
  const id = await school.add();
  const lesson = await school.book({ instructorId: id, startsAt: '2026-04-10T09:00' });
  await add(id, { from: '2026-04-11', to: '2026-04-11' });
  const refused = await add(id, { from: '2026-04-10', to: '2026-04-12', and_cancel: { reason: 'illness' } });
  assert.deepEqual([refused.status, refused.body.code], [409, 'time_off_overlaps']);
  assert.equal(refused.body.conflicts[0].source_kind, 'time_off');
  const { rows } = await sql`SELECT status FROM lessons WHERE id = ${lesson}`.execute(school.database.kysely);
  assert.deepEqual(rows, [{ status: 'booked' }]);
});

test('time off keeps bookings away until it is removed', async () => {
  const id = await school.add();
  const { body } = await add(id, { from: '2026-05-04', to: '2026-05-04' });
  const student = await school.addStudent({});
  const lesson = { instructorId: id, studentId: student, startsAt: '2026-05-04T09:00' };
  await assert.rejects(school.book(lesson), { code: '23P01' });
  const url = `${path(id)}/${body.data.id}`;
  assert.equal((await school.send(school.people.instructor, 'DELETE', url)).status, 403);
  assert.equal((await school.send(school.people.stranger, 'DELETE', url)).status, 404);
  assert.equal((await school.send(school.people.office, 'DELETE', url)).status, 204);
  assert.equal((await school.send(school.people.office, 'DELETE', url)).status, 404);
  await school.book(lesson);
});

test('of time off and a booking of the same time at once, exactly one is made', async () => {
  const id = await school.add();
  const outcomes = new Set<string>();
  for (let round = 0; round < 12; round += 1) {
    const day = `2026-06-${String(round + 1).padStart(2, '0')}`;
    const book = () =>
      school.book({ instructorId: id, startsAt: `${day}T09:00` }).then(
        () => 'booked',
        (error: unknown) => Reflect.get(Object(error), 'code'),
      );
    const off = () => add(id, { from: day, to: day });
    // Each begins first in half of the rounds.
    const [booking, timeOff] = round % 2 === 0 ? await Promise.all([book(), off()]) : await swapped(off(), book());
    assert.ok(
      (booking === 'booked' && timeOff.body.code === 'time_off_has_lessons') ||
        (booking === '23P01' && timeOff.status === 201),
      `${booking}, ${timeOff.status} ${timeOff.body.code}`,
    );
    outcomes.add(String(booking));
  }
  const { rows } = await sql`SELECT 1 FROM resource_claims one JOIN resource_claims other
    ON one.resource_id = other.resource_id AND one.source_id < other.source_id AND one.during && other.during
    WHERE one.active AND other.active AND one.resource_id = ${id}`.execute(school.database.kysely);
  assert.equal(rows.length, 0);
});

async function swapped<A, B>(one: Promise<A>, other: Promise<B>): Promise<readonly [B, A]> {
  const [a, b] = await Promise.all([one, other]);
  return [b, a];
}
