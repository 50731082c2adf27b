import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { skipWithoutPostgres, startPostgres } from '../platform/database/testing/postgres.ts';
import { sharedDatabase, testDatabase, type TestDatabase } from '../platform/database/testing/test-database.ts';
import { openBook, type Book } from '../testing/book.ts';
import { type CheckResult, runChecks } from './verify.ts';

let database: TestDatabase;
let book: Book;
let studentId: string;
let otherStudentId: string;
before(async () => {
  database = await sharedDatabase();
  book = await openBook(database);
  await prepare(book);
});
after(async () => {
  await book[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => clear(book));

async function prepare(school: Book): Promise<void> {
  const licence = { licence_class: 'G2', licence_issued_on: '2024-01-01', licence_expires_on: '2029-01-01' };
  studentId = await school.addStudent({ legal_given_names: 'Zoé', legal_family_name: 'Tremblay', ...licence });
  otherStudentId = await school.addStudent({ legal_given_names: 'Ewan', legal_family_name: 'MacDonald', ...licence });
  for (const { userId } of [school.people.instructor, school.people.otherInstructor]) {
    await school.sql
      .insertInto('instructors')
      .values({ id: userId, school_id: school.schoolId, licence_number: 'I-1', licence_expires_on: '2027-12-31' })
      .execute();
  }
}

/** Tests drop constraints to plant faults; they are put back with the tables. */
async function clear({ sql: tables }: Book): Promise<void> {
  const names = ['resource_claims', 'lessons', 'time_off', 'outages', 'student_guardians', 'guardians', 'enrolments'];
  for (const table of names) await tables.deleteFrom(table).execute();
  await tables.updateTable('instructors').set({ licence_expires_on: '2027-12-31', contract_to: null }).execute();
  await sql`ALTER TABLE resource_claims DROP CONSTRAINT IF EXISTS resource_claims_no_overlap`.execute(tables);
  await sql`ALTER TABLE resource_claims ADD CONSTRAINT resource_claims_no_overlap
    EXCLUDE USING gist (resource_id WITH =, during WITH &&) WHERE (active)`.execute(tables);
}

const dropOverlap = (school = book) =>
  sql`ALTER TABLE resource_claims DROP CONSTRAINT resource_claims_no_overlap`.execute(school.sql);

async function verify(school: Book = book, standby?: () => Promise<number>): Promise<CheckResult[]> {
  const now = school.wallClock.now();
  const results: CheckResult[] = [];
  const context = {
    now,
    today: (zone: string) => school.wallClock.today(zone).toString(),
    standbyDifferences: standby,
  };
  for await (const result of runChecks(school.sql, context)) {
    results.push(result);
  }
  return results;
}

/** The checks that found something, and the number of findings. */
const counts = (results: readonly CheckResult[]): Record<string, number> =>
  Object.fromEntries(
    results.filter(({ findings }) => findings.length > 0).map(({ check, findings }) => [check.name, findings.length]),
  );
const texts = (results: readonly CheckResult[]): string[] =>
  results.flatMap(({ findings }) => findings.map(({ text }) => text));

test('every check is reported once, in a fixed order, also when nothing is found', async () => {
  await book.addLesson({ studentId, startsAt: '2026-03-09T13:00:00Z' });
  await book.addLesson({ studentId, startsAt: '2026-03-09T14:15:00Z' });

  const results = await verify();

  assert.deepEqual(
    results.map(({ check, findings }) => [check.name, findings.length]),
    [
      ['overlaps', 0],
      ['claims', 0],
      ['standby', 0],
      ['enrolments', 0],
      ['guardians', 0],
      ['booked_past_expiry', 0],
    ],
  );
});

describe('overlaps', () => {
  test('claims that overlap are found without the constraint, each pair of a resource once', async () => {
    await dropOverlap();
    const [one, other] = [
      await book.addLesson({ studentId, startsAt: '2026-03-09T13:00:00Z', columns: { short_code: 'L-AAAA' } }),
      await book.addLesson({
        studentId: otherStudentId,
        startsAt: '2026-03-09T14:10:00Z',
        columns: { short_code: 'L-AAAB' },
      }),
    ];

    const results = await verify();

    // Only by the buffer, so not for the students.
    assert.deepEqual(counts(results), { overlaps: 2 });
    assert.deepEqual(texts(results).toSorted(), [
      'Lessons L-AAAA and L-AAAB overlap for the same instructor.',
      'Lessons L-AAAA and L-AAAB overlap for the same vehicle.',
    ]);
    assert.deepEqual(results[0]?.findings[0]?.ids, [one, other]);
  });

  test('lessons that overlap are found although they have no claims', async () => {
    const columns = { vehicle_id: null };
    await book.addLesson({ studentId, startsAt: '2026-03-09T13:00:00Z', withClaims: false, columns });
    await book.addLesson({
      studentId,
      instructorId: book.people.otherInstructor.userId,
      startsAt: '2026-03-09T13:30:00Z',
      withClaims: false,
      columns,
    });

    const results = await verify();

    assert.equal(counts(results)['overlaps'], 1);
    assert.match(texts(results)[0] ?? '', /overlap for the same student/);
  });

  test('claims of time off over a lesson are found', async () => {
    await book.addLesson({ studentId, startsAt: '2026-03-09T13:00:00Z', columns: { short_code: 'L-AAAA' } });
    await dropOverlap();
    await timeOff('2026-03-09T00:00:00Z', '2026-03-10T00:00:00Z');

    const results = await verify();

    assert.deepEqual(counts(results), { overlaps: 1 });
    assert.match(texts(results)[0] ?? '', /claims of .*L-AAAA.* overlap for the same instructor/);
  });

  test('cancelled lessons, touching lessons and a relay without buffer are no overlap', async () => {
    const relay = { buffer_after_minutes: 0 };
    await book.addLesson({ studentId, startsAt: '2026-03-09T13:00:00Z', columns: relay });
    await book.addLesson({ studentId: otherStudentId, startsAt: '2026-03-09T14:00:00Z' });
    await book.addLesson({
      studentId,
      startsAt: '2026-03-09T13:00:00Z',
      columns: { status: 'cancelled' },
      withClaims: false,
    });

    assert.deepEqual(counts(await verify()), {});
  });

  test('as many pairs are found as by comparing all lessons with each other', async () => {
    const { instructor, otherInstructor } = book.people;
    const cars = [book.vehicleId, await book.addVehicle('CXYZ 987'), null];
    const minute = 60_000;
    const lessonArbitrary = fc.record({
      start: fc.integer({ min: 0, max: 20 }),
      length: fc.integer({ min: 1, max: 6 }),
      buffer: fc.constantFrom(0, 15, 30),
      student: fc.constantFrom(studentId, otherStudentId),
      instructor: fc.constantFrom(instructor.userId, otherInstructor.userId),
      car: fc.constantFrom(...cars),
      cancelled: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(lessonArbitrary, { maxLength: 12 }), async (lessons) => {
        await book.sql.deleteFrom('lessons').execute();
        for (const { start, length, buffer, student, instructor: by, car, cancelled } of lessons) {
          await book.addLesson({
            studentId: student,
            instructorId: by,
            startsAt: new Date(Date.parse('2026-03-09T12:00:00Z') + start * 15 * minute).toISOString(),
            minutes: length * 15,
            withClaims: false,
            columns: { vehicle_id: car, buffer_after_minutes: buffer, status: cancelled ? 'cancelled' : 'booked' },
          });
        }
        let expected = 0;
        const active = lessons.filter(({ cancelled }) => !cancelled);
        for (const [index, one] of active.entries()) {
          for (const other of active.slice(index + 1)) {
            const overlap = (withBuffer: boolean): boolean => {
              const end = (lesson: typeof one): number =>
                (lesson.start + lesson.length) * 15 + (withBuffer ? lesson.buffer : 0);
              return one.start * 15 < end(other) && other.start * 15 < end(one);
            };
            if (one.student === other.student && overlap(false)) expected += 1;
            if (one.instructor === other.instructor && overlap(true)) expected += 1;
            if (one.car !== null && one.car === other.car && overlap(true)) expected += 1;
          }
        }
        assert.equal(counts(await verify())['overlaps'] ?? 0, expected);
      }),
      { numRuns: 25 },
    );
  });
});

async function timeOff(from: string, to: string, withClaim = true): Promise<string> {
  const id = randomUUIDv7();
  const { userId } = book.people.instructor;
  const period = { starts_at: new Date(from), ends_at: new Date(to) };
  await book.sql
    .insertInto('time_off')
    .values({ id, school_id: book.schoolId, instructor_id: userId, ...period })
    .execute();
  if (withClaim) {
    await sql`INSERT INTO resource_claims (school_id, source_kind, source_id, resource_kind, resource_id, during)
      VALUES (${book.schoolId}::uuid, 'time_off', ${id}::uuid, 'instructor', ${userId}::uuid,
        tstzrange(${from}::timestamptz, ${to}::timestamptz))`.execute(book.sql);
  }
  return id;
}

describe('claims', () => {
  let lessonId: string;
  beforeEach(async () => {
    lessonId = await book.addLesson({
      studentId,
      startsAt: '2026-03-09T13:00:00Z',
      columns: { short_code: 'L-AAAA' },
    });
  });
  const ofLesson = (kind: string) => sql`source_id = ${lessonId}::uuid AND resource_kind = ${kind}`;

  test('a missing claim is found', async () => {
    await sql`DELETE FROM resource_claims WHERE ${ofLesson('vehicle')}`.execute(book.sql);
    assert.deepEqual(texts(await verify()), ['Lesson L-AAAA has no claim (vehicle).']);
  });

  test('a claim with another period is found, such as one without the buffer', async () => {
    await sql`UPDATE resource_claims SET during = tstzrange(lower(during), upper(during) - interval '15 minutes')
      WHERE ${ofLesson('instructor')}`.execute(book.sql);
    assert.deepEqual(texts(await verify()), ['Lesson L-AAAA has a claim with another period (instructor).']);
  });

  test('an inactive claim of a booked lesson is found', async () => {
    await sql`UPDATE resource_claims SET active = false WHERE ${ofLesson('student')}`.execute(book.sql);
    assert.deepEqual(texts(await verify()), ['Lesson L-AAAA has an inactive claim (student).']);
  });

  test('active claims of a cancelled lesson are found, inactive ones are as they should be', async () => {
    await sql`UPDATE lessons SET status = 'cancelled' WHERE id = ${lessonId}::uuid`.execute(book.sql);
    assert.deepEqual(counts(await verify()), { claims: 3 });
    await sql`UPDATE resource_claims SET active = false WHERE source_id = ${lessonId}::uuid`.execute(book.sql);
    assert.deepEqual(counts(await verify()), {});
  });

  test('claims without a source are found', async () => {
    await sql`UPDATE lessons SET vehicle_id = NULL WHERE id = ${lessonId}::uuid`.execute(book.sql);
    assert.deepEqual(counts(await verify()), { claims: 1 });
    await book.sql.deleteFrom('lessons').execute();
    assert.deepEqual(counts(await verify()), { claims: 3 });
  });

  test('a claim that says road test for a lesson, or belongs to another school, is found', async () => {
    await sql`UPDATE resource_claims SET source_kind = 'road_test' WHERE ${ofLesson('student')}`.execute(book.sql);
    assert.deepEqual(counts(await verify()), { claims: 2 }, 'one is missing, one is too many');
    await sql`UPDATE resource_claims SET source_kind = 'lesson' WHERE ${ofLesson('student')}`.execute(book.sql);
    await sql`UPDATE resource_claims SET school_id = ${book.people.stranger.schoolId}::uuid WHERE ${ofLesson('student')}`.execute(
      book.sql,
    );
    assert.deepEqual(texts(await verify()), ['Lesson L-AAAA has a claim of another school (student).']);
  });

  test('time off and outages without their claim are found', async () => {
    const id = await timeOff('2026-04-01T12:00:00Z', '2026-04-02T12:00:00Z', false);
    const outage = randomUUIDv7();
    const period = { starts_at: new Date('2026-04-01T12:00:00Z'), ends_at: new Date('2026-04-02T12:00:00Z') };
    await book.sql
      .insertInto('outages')
      .values({ id: outage, school_id: book.schoolId, vehicle_id: book.vehicleId, ...period })
      .execute();

    assert.deepEqual(texts(await verify()), [
      `Outage ${outage} has no claim (vehicle).`,
      `Time off ${id} has no claim (instructor).`,
    ]);
  });

  test('lessons that are over may have lost their claims', async () => {
    await sql`UPDATE lessons SET status = 'done' WHERE id = ${lessonId}::uuid`.execute(book.sql);
    assert.deepEqual(counts(await verify()), {});
    await book.sql.deleteFrom('resource_claims').execute();
    assert.deepEqual(counts(await verify()), {});
  });
});

describe('enrolments', () => {
  test('two active beginner courses of a student are found without the unique index', async () => {
    const { id: ruleSetId } = await book.sql.selectFrom('rule_sets').select('id').executeTakeFirstOrThrow();
    const enrol = (kind: string, status: string) =>
      book.sql
        .insertInto('enrolments')
        .values({
          id: randomUUIDv7(),
          school_id: book.schoolId,
          student_id: studentId,
          kind,
          rule_set_id: ruleSetId,
          course_started_on: '2026-03-02',
          status,
        })
        .execute();
    await enrol('bde', 'active');
    await enrol('bde', 'withdrawn');
    await enrol('lesson_pack', 'active');
    assert.deepEqual(counts(await verify()), {});
    await sql`DROP INDEX one_active_bde`.execute(book.sql);
    try {
      await enrol('bde', 'complete');
      assert.deepEqual(counts(await verify()), { enrolments: 1 });
    } finally {
      await book.sql.deleteFrom('enrolments').execute();
      await sql`CREATE UNIQUE INDEX one_active_bde ON enrolments (student_id)
        WHERE kind = 'bde' AND status IN ('active', 'complete', 'certifiable')`.execute(book.sql);
    }
  });
});

describe('guardians', () => {
  let minorId: string;
  before(async () => {
    minorId = await book.addStudent({
      legal_given_names: 'Mia',
      legal_family_name: 'Minor',
      birth_date: '2009-01-01',
      licence_class: 'G1',
      licence_issued_on: '2025-02-01',
      licence_expires_on: '2029-01-01',
    });
  });
  const guardian = async (isPrimary: boolean, student = minorId): Promise<void> => {
    const id = randomUUIDv7();
    await book.sql.insertInto('guardians').values({ id, school_id: book.schoolId, name: 'Pat Minor' }).execute();
    await book.sql
      .insertInto('student_guardians')
      .values({ school_id: book.schoolId, student_id: student, guardian_id: id, is_primary: isPrimary })
      .execute();
  };
  const lesson = (student = minorId) => book.addLesson({ studentId: student, startsAt: '2026-03-09T13:00:00Z' });

  test('a minor with a lesson ahead and without a primary guardian is found, until there is one', async () => {
    assert.deepEqual(counts(await verify()), {}, 'a minor who is not taught yet');
    await lesson();
    assert.deepEqual(texts(await verify()), [`Student ${minorId} is a minor and has no guardian.`]);
    await guardian(false);
    assert.deepEqual(counts(await verify()), { guardians: 1 });
    await guardian(true);
    assert.deepEqual(counts(await verify()), {});
  });

  test('a minor who has guardians but no primary one is found also without lessons', async () => {
    await guardian(false);
    await guardian(false);
    assert.deepEqual(texts(await verify()), [
      `Student ${minorId} is a minor and has 2 guardians, none of them primary.`,
    ]);
  });

  test('a second primary guardian is found without the unique index', async () => {
    await sql`DROP INDEX one_primary_guardian`.execute(book.sql);
    try {
      await guardian(true);
      await guardian(true);
      assert.deepEqual(counts(await verify()), { guardians: 1 });
    } finally {
      await book.sql.deleteFrom('student_guardians').execute();
      await sql`CREATE UNIQUE INDEX one_primary_guardian ON student_guardians (student_id) WHERE is_primary`.execute(
        book.sql,
      );
    }
  });

  test('students of full age need none, from their 18th birthday', async () => {
    await lesson();
    book.wallClock.set('2027-01-01T17:00:00Z');
    await book.addLesson({ studentId: minorId, startsAt: '2027-03-09T13:00:00Z' });
    assert.deepEqual(counts(await verify()), {});
    book.wallClock.set('2026-12-31T17:00:00Z');
    assert.deepEqual(counts(await verify()), { guardians: 1 });
    book.wallClock.set('2026-03-02T17:00:00Z');
  });
});

describe('booked_past_expiry', () => {
  const soon = '2026-03-08';
  beforeEach(async () => {
    await book.addLesson({ studentId, startsAt: '2026-03-09T13:00:00Z', columns: { short_code: 'L-AAAA' } });
  });
  const set = (table: string, id: string, values: object) =>
    book.sql.updateTable(table).set(values).where('id', '=', id).execute();

  for (const [what, table, id, values, undo] of [
    ['the instructor’s licence', 'instructors', () => book.people.instructor.userId, { licence_expires_on: soon }, {}],
    ['the instructor’s contract', 'instructors', () => book.people.instructor.userId, { contract_to: soon }, {}],
    [
      'the insurance of the car',
      'vehicles',
      () => book.vehicleId,
      { insurance_expires_on: soon },
      { insurance_expires_on: '2027-12-31' },
    ],
    [
      'the registration of the car',
      'vehicles',
      () => book.vehicleId,
      { registration_expires_on: soon },
      { registration_expires_on: '2027-12-31' },
    ],
    [
      'the safety certificate of the car',
      'vehicles',
      () => book.vehicleId,
      { safety_expires_on: soon },
      { safety_expires_on: null },
    ],
    [
      'the student’s licence',
      'students',
      () => studentId,
      { licence_expires_on: soon },
      { licence_expires_on: '2029-01-01' },
    ],
  ] as const) {
    test(`a lesson after the end of ${what} is found`, async () => {
      assert.deepEqual(counts(await verify()), {});
      await set(table, id(), values);
      try {
        assert.deepEqual(texts(await verify()), [`Lesson L-AAAA is on a day on which ${what} is not valid.`]);
        // A lesson that has begun is no longer ahead.
        book.wallClock.set('2026-03-09T13:30:00Z');
        assert.deepEqual(counts(await verify()), {});
      } finally {
        book.wallClock.set('2026-03-02T17:00:00Z');
        if (Object.keys(undo).length > 0) await set(table, id(), undo);
      }
    });
  }
});

describe('standby', () => {
  test('differences that the running program reports are findings; without a program there are none', async () => {
    assert.deepEqual(counts(await verify(book, async () => 3)), { standby: 3 });
    assert.deepEqual(counts(await verify(book, async () => 0)), {});
  });
});

const skip = skipWithoutPostgres();
test('a PostgreSQL server gives the same results', { skip }, async () => {
  await using postgres = await startPostgres();
  await using external = await testDatabase({ url: await postgres.createDatabase('school') });
  await using there = await openBook(external);
  await prepare(there);
  await there.addLesson({ studentId, startsAt: '2026-03-09T13:00:00Z' });
  assert.deepEqual(counts(await verify(there)), {});
  await dropOverlap(there);
  await there.addLesson({ studentId, startsAt: '2026-03-09T13:30:00Z' });
  await sql`DELETE FROM resource_claims WHERE resource_kind = 'student'`.execute(there.sql);

  assert.deepEqual(counts(await verify(there)), { overlaps: 3, claims: 2 });
});
