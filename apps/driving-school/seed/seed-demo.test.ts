import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { demoBook } from './demo-book.ts';
import { demoSchool, demoSeed } from './demo-school.ts';
import { demoScales } from './demo-sizes.ts';
import { insertBook } from './insert-book.ts';
import { seedDemo } from './seed-demo.ts';
import { runChecks } from '../server/verify/verify.ts';
import { testSchool } from '../server/students/testing/test-school.ts';

const now = Temporal.Instant.from('2026-03-15T16:00:00Z');

test('the demo school is added whole, once, and the database accepts every claim', async () => {
  await using school = await testSchool();
  const { kysely } = school.database;
  const seed = () => seedDemo({ ...school.students, now, size: 'S' });

  const added = await seed();
  assert.equal(added?.students, 150);
  assert.equal(await seed(), undefined, 'a school with students stays as it is');

  const { rows } = await sql<Record<string, number>>`SELECT
    (SELECT count(*)::int FROM lessons) AS lessons,
    (SELECT count(*)::int FROM lessons WHERE status <> 'cancelled') * 3 AS wanted,
    (SELECT count(*)::int FROM resource_claims WHERE active AND source_kind IN ('lesson', 'road_test')) AS claims,
    (SELECT count(*)::int FROM lessons WHERE relay_next_id IS NOT NULL) AS relays,
    (SELECT count(*)::int FROM locations) AS locations,
    (SELECT count(*)::int FROM instructor_hours) AS hours,
    (SELECT count(*)::int FROM student_guardians WHERE is_primary) AS guardians,
    (SELECT count(*)::int FROM time_off) AS time_off,
    (SELECT count(*)::int FROM outages) AS outages,
    (SELECT count(*)::int FROM closed_days) AS closed_days,
    (SELECT count(*)::int FROM products) AS products`.execute(kysely);
  const found = rows[0] ?? assert.fail();
  assert.equal(found['lessons'], added.lessons);
  assert.equal(found['claims'], found['wanted']);
  for (const [name, count] of Object.entries(found)) assert.ok(count > 0, name);
  const { rows: closed } = await sql<{ day: string }>`SELECT lessons.local_date::text AS day FROM lessons
    JOIN closed_days ON closed_days.day = lessons.local_date`.execute(kysely);
  assert.deepEqual(closed, [], 'no lesson is on a holiday');

  const today = (zone: string): string => now.toZonedDateTimeISO(zone).toPlainDate().toString();
  const counts: Record<string, number> = {};
  for await (const { check, findings } of runChecks(kysely, { now, today })) counts[check.name] = findings.length;
  const { guardians, booked_past_expiry, ...others } = counts;
  assert.deepEqual([guardians, booked_past_expiry], [1, 2], 'only the faults that the demo is meant to have');
  for (const [name, count] of Object.entries(others)) assert.equal(count, 0, name);
});

test('the overlap constraint also guards the lessons of the demo, whose progress is reported', async () => {
  await using school = await testSchool();
  const { kysely } = school.database;
  const scale = demoScales.S;
  const { schoolId } = school;
  const today = '2026-03-15';
  const people = demoSchool({ today, schoolId, studentCount: scale.students, instructorCount: scale.instructors });
  const book = await demoBook({ seed: demoSeed, schoolId, scale, today, now: now.epochMilliseconds, ...people });
  const shares: number[] = [];
  await school.students.unitOfWork.run(async (transaction) => {
    for (const { id, name, email } of people.instructors) {
      await sql`INSERT INTO users (id, school_id, role, name, email)
        VALUES (${id}, ${schoolId}, 'instructor', ${name}, ${email})`.execute(transaction);
    }
    await school.students.repository.insert(people.students, { schoolId, actorId: null }, transaction);
    await insertBook(book, schoolId, transaction, { onProgress: (share) => shares.push(share) });
  });

  assert.equal(shares.at(-1), 1);
  const lesson = book.lessons.find(({ status }) => status === 'booked') ?? assert.fail();
  await assert.rejects(
    sql`INSERT INTO resource_claims (school_id, source_kind, source_id, resource_kind, resource_id, during)
      VALUES (${schoolId}, 'lesson', gen_random_uuid(), 'instructor', ${lesson.instructor_id},
        tstzrange(${new Date(lesson.starts_at)}::timestamptz, ${new Date(lesson.ends_at)}::timestamptz))`.execute(
      kysely,
    ),
    { code: '23P01' },
  );
});
