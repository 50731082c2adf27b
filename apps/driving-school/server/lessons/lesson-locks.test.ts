import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { pino } from 'pino';
import { createInstructors, registerInstructors } from '../instructors/instructors.ts';
import { skipWithoutPostgres, startPostgres } from '../platform/database/testing/postgres.ts';
import { testDatabase } from '../platform/database/testing/test-database.ts';
import { until } from '../platform/database/testing/until.ts';
import type { Answer } from '../students/testing/test-school.ts';
import { testSecrets } from '../students/testing/test-secrets.ts';
import { createVehicles, registerVehicles } from '../vehicles/vehicles.ts';
import { lessonHooks } from './lessons.ts';
import { lessonsOptions, testBook, type TestBook } from './testing/test-book.ts';

// The embedded database runs one transaction at a time; overlapping ones need a server.
const skip = skipWithoutPostgres();

/** Adds the routes of cars and instructors, whose time off and outages cancel lessons. */
function withAllRoutes(book: TestBook): void {
  const { app, local } = book.school;
  const log = pino({ level: 'silent' });
  const options = { ...lessonsOptions(book), local, secrets: testSecrets, log, lessons: lessonHooks };
  registerVehicles(app, createVehicles(options));
  const instructors = createInstructors(options);
  registerInstructors(app, { instructors: instructors.service, timeOff: instructors.timeOff });
}

for (const [table, code] of [
  ['vehicles', 'vehicle_archived'],
  ['locations', 'location_archived'],
] as const) {
  test(`a booking waits for the archiving of its record in ${table}, and is then refused`, { skip }, async () => {
    await using postgres = await startPostgres();
    await using book = await testBook({
      database: await testDatabase({ url: await postgres.createDatabase('school') }),
    });
    const { kysely } = book.school.database;
    const id = table === 'vehicles' ? book.vehicle : book.location;
    let booking: Promise<Answer> | undefined;
    await kysely.transaction().execute(async (transaction) => {
      // As the archiving does it: lock, look for lessons, write.
      await sql`SELECT FROM ${sql.table(table)} WHERE id = ${id} FOR UPDATE`.execute(transaction);
      await sql`UPDATE ${sql.table(table)} SET status = 'archived' WHERE id = ${id}`.execute(transaction);
      booking = book.book();
      await until('the booking waits', async () => {
        const { rows } = await sql`SELECT FROM pg_locks WHERE NOT granted`.execute(transaction);
        return rows.length > 0;
      });
    });
    const answer = await booking;
    assert.deepEqual(
      [answer?.status, answer?.body.errors?.map((problem: { code: string }) => problem.code)],
      [422, [code]],
      answer?.text ?? '',
    );
  });
}

test('moves, cancellations, undoing, time off and outages at once neither deadlock nor overlap', { skip }, async () => {
  await using postgres = await startPostgres();
  await using book = await testBook({ database: await testDatabase({ url: await postgres.createDatabase('school') }) });
  withAllRoutes(book);
  const instructors = [book.instructor, book.otherInstructor];
  const vehicles = [book.vehicle, book.otherVehicle];
  const lessons: { readonly id: string; readonly version: number }[] = [];
  for (let index = 0; index < 8; index += 1) {
    const { id } = await book.addStudent();
    const answer = await book.book({
      type: 'private',
      enrolment_id: null,
      student_id: id,
      instructor_id: instructors[index % 2],
      vehicle_id: vehicles[index % 2],
      starts_at: `2026-03-09T${String(8 + Math.floor(index / 2) * 2).padStart(2, '0')}:00`,
    });
    assert.equal(answer.status, 201, answer.text);
    lessons.push(answer.body.data);
  }
  const post = (url: string, body: unknown) => book.school.request(book.office, 'POST', url, { body });
  const change = (index: number): Promise<Answer> => {
    const lesson = lessons[index % 8] ?? assert.fail();
    const hour = 8 + (index % 8);
    const clock = (hours: number) => `2026-03-09T${String(hours).padStart(2, '0')}:00`;
    const period = { from: clock(hour), to: clock(hour + 3), and_cancel: { reason: 'weather' } };
    switch (index % 5) {
      case 0:
        return book.act(lesson, 'move', {
          instructor_id: instructors[(index + 1) % 2],
          vehicle_id: vehicles[index % 2],
          starts_at: clock(hour),
        });
      case 1:
        return post(`/api/instructors/${instructors[index % 2]}/time-off`, period);
      case 2:
        return post(`/api/vehicles/${vehicles[index % 2]}/outages`, period);
      case 3:
        return book.act(lesson, 'cancel', { reason: 'student' });
      default:
        return book.act(lesson, 'undo');
    }
  };
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => change(index)));
  const failed = answers.filter(({ status }) => status >= 500 || status === 400 || status === 404);
  assert.deepEqual(
    failed.map(({ text }) => text),
    [],
  );
  assert.ok(answers.filter(({ status }) => status < 300).length > 5);
  assert.equal(await book.overlaps(), 0);
  const { rows } = await sql<{ n: number }>`SELECT deadlocks::int AS n FROM pg_stat_database
    WHERE datname = current_database()`.execute(book.school.database.kysely);
  assert.ok((rows[0]?.n ?? 0) <= 2, `${rows[0]?.n} deadlocks were ended and repeated`);
});

test('400 lessons are cancelled in a dozen statements, and each can be undone', async () => {
  await using book = await testBook();
  const { kysely } = book.school.database;
  const first = await book.book({ type: 'private', enrolment_id: null, starts_at: '2026-03-03T09:00' });
  assert.equal(first.status, 201, first.text);
  await sql`WITH copied AS (
      INSERT INTO lessons (id, school_id, short_code, student_id, instructor_id, vehicle_id, location_id, type, starts_at,
        ends_at, time_zone, local_date, buffer_after_minutes)
      SELECT gen_random_uuid(), school_id, 'L-' || translate(lpad((1000 + day)::text, 4, '2'), '01', 'AB'), student_id,
        instructor_id, vehicle_id, location_id, type, starts_at + day * interval '1 day', ends_at + day * interval '1 day',
        time_zone, local_date + day, buffer_after_minutes
      FROM lessons, generate_series(1, 399) AS day RETURNING *
    ) INSERT INTO resource_claims (school_id, source_kind, source_id, resource_kind, resource_id, during)
    SELECT school_id, 'lesson', id, 'instructor', instructor_id, tstzrange(starts_at, ends_at) FROM copied`.execute(
    kysely,
  );
  const { rows } = await sql<{ id: string }>`SELECT id FROM lessons ORDER BY starts_at`.execute(kysely);
  const ids = rows.map(({ id }) => id);
  assert.equal(ids.length, 400);
  let statements = 0;
  const counted = kysely.withPlugin({
    transformQuery({ node }) {
      statements += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const at = book.school.wallClock.now();
  await counted
    .transaction()
    .execute((transaction) => lessonHooks.cancel(transaction, ids, { actor: book.office, reason: 'weather', at }));
  assert.ok(statements <= 12, `${statements} statements`);
  const left = await sql<{ booked: number; claims: number; steps: number }>`SELECT
    (SELECT count(*)::int FROM lessons WHERE status = 'booked') AS booked,
    (SELECT count(*)::int FROM resource_claims WHERE active) AS claims,
    (SELECT count(*)::int FROM lesson_steps WHERE action = 'cancelled') AS steps`.execute(kysely);
  assert.deepEqual(left.rows[0], { booked: 0, claims: 0, steps: 400 });
  const undone = await book.act({ id: ids[0] ?? '', version: 2 }, 'undo');
  assert.deepEqual([undone.status, undone.body.data?.status], [200, 'booked'], undone.text);
});
