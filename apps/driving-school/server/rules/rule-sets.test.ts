import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { addDays } from '../../contract/parsers.ts';
import { testToday } from '../students/testing/test-school.ts';
import type { TestSchool } from '../students/testing/test-school.ts';
import { wholeSchool } from '../testing/whole-school.ts';

let school: TestSchool;
before(async () => {
  school = await wholeSchool();
});
after(() => school[Symbol.asyncDispose]());

const numbers = {
  in_vehicle_day_cap_minutes: 120,
  in_vehicle_class_day_cap_minutes: 60,
  student_age_min: 16,
  g1_from_minute: 300,
  g1_to_minute: 1440,
  deadline_near_days: 14,
  in_vehicle_minutes: 600,
  classroom_minutes: 1200,
  flexible_minutes: 600,
};

const add = (effective_from: string, { rules = numbers, name = 'a change', by = school.people.owner } = {}) =>
  school.request(by, 'POST', '/api/rule-sets', { body: { name, effective_from, rules } });
const all = async () => (await school.request(school.people.office, 'GET', '/api/rule-sets')).body;
const removeFuture = async () => {
  for (const { id, state } of (await all()).data) {
    if (state === 'future') await school.request(school.people.owner, 'DELETE', `/api/rule-sets/${id}`);
  }
};

test('a new school has the rules of 2024 for every day', async () => {
  const { data, complete, next_cursor, stale } = await all();
  assert.deepEqual([complete, next_cursor, stale], [true, null, false]);
  assert.equal(data.length, 1);
  const { id: _, ...first } = data[0];
  assert.deepEqual(first, {
    name: 'bde-2024',
    effective_from: '2000-01-01',
    effective_to: null,
    state: 'current',
    rules: numbers,
    version: 1,
  });
});

test('rules that begin on a day end those before on the day before, and can be read at their location', async () => {
  const added = await add('2026-09-01', { name: 'bde-2026' });
  assert.deepEqual([added.status, added.headers['etag']], [201, '"1"']);
  const { data } = await all();
  assert.deepEqual(
    data.map(({ name, effective_from, effective_to, state }: Record<string, string>) => [
      name,
      effective_from,
      effective_to,
      state,
    ]),
    [
      ['bde-2026', '2026-09-01', null, 'future'],
      ['bde-2024', '2000-01-01', '2026-08-31', 'current'],
    ],
  );
  const read = await school.request(school.people.office, 'GET', String(added.headers['location']));
  assert.deepEqual([read.status, read.body.data, read.headers['etag']], [200, added.body.data, '"1"']);
  await removeFuture();
});

test('two changes on one day are refused, also at the same moment', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => add('2026-10-01')));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  const refused = answers.find(({ status }) => status === 409);
  assert.deepEqual([refused?.body.code, refused?.body.errors[0].pointer], ['rule_set_day_taken', '/effective_from']);
  await removeFuture();
});

test('rules of the past can’t be changed', async () => {
  const { status, body } = await add(addDays(testToday, -1));
  assert.deepEqual([status, body.code, body.errors[0].pointer], [422, 'invalid_request', '/effective_from']);
});

test('every number is checked, and all problems are answered at once', async () => {
  const rules = {
    ...numbers,
    in_vehicle_day_cap_minutes: 10,
    student_age_min: 16.5,
    g1_to_minute: 1441,
    deadline_near_days: -1,
  };
  const { status, body } = await add('2026-12-01', { rules });
  assert.equal(status, 422);
  assert.deepEqual(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted(), [
    '/rules/deadline_near_days',
    '/rules/g1_to_minute',
    '/rules/in_vehicle_day_cap_minutes',
    '/rules/student_age_min',
  ]);
  const { in_vehicle_minutes: _, ...missing } = numbers;
  assert.equal((await add('2026-12-01', { rules: missing as typeof numbers })).status, 422);
  const more = await add('2026-12-01', { rules: { ...numbers, in_vehicle_class_day_cap_minutes: 130 } });
  assert.equal(more.body.errors[0].pointer, '/rules/in_vehicle_class_day_cap_minutes');
  assert.equal((await add('2026-02-30')).status, 422);
});

test('only the owner changes rules; the change is in the audit log', async () => {
  assert.equal((await add('2026-12-01', { by: school.people.office })).status, 403);
  assert.equal((await school.request(school.people.instructor, 'GET', '/api/rule-sets')).status, 403);
  await add('2026-12-01');
  const { rows } = await sql<{ count: string }>`
    SELECT count(*) FROM audit_entries WHERE action = 'rule_set.added' AND detail->>'effective_from' = '2026-12-01'
      AND school_id = ${school.schoolId}`.execute(school.database.kysely);
  assert.equal(Number(rows[0]?.count), 1);
  await removeFuture();
});

test('a change that has not begun can be taken back, unless a course keeps it', async () => {
  const { body } = await add('2026-12-01');
  const { owner, office } = school.people;
  const student = await school.request(office, 'POST', '/api/students', {
    body: { legal_family_name: 'Later', birth_date: '2008-03-09' },
  });
  const enrolled = await school.request(office, 'POST', `/api/students/${student.body.data.id}/enrolments`, {
    body: { kind: 'bde', course_started_on: '2026-12-05' },
  });
  assert.equal(enrolled.body.data.rule_set.id, body.data.id, 'the rules of the first day');
  const refused = await school.request(owner, 'DELETE', `/api/rule-sets/${body.data.id}`);
  assert.deepEqual([refused.status, refused.body.code], [409, 'rule_set_in_use']);
  const moved = await school.request(office, 'PATCH', `/api/enrolments/${enrolled.body.data.id}`, {
    body: { course_started_on: '2026-03-20' },
    headers: { 'if-match': '"1"' },
  });
  assert.equal(moved.body.data.rule_set.name, 'bde-2024');
  assert.equal((await school.request(owner, 'DELETE', `/api/rule-sets/${body.data.id}`)).status, 204);
  const { data } = await all();
  assert.deepEqual([data.length, data[0].effective_to], [1, null]);
  const current = await school.request(owner, 'DELETE', `/api/rule-sets/${data[0].id}`);
  assert.equal(current.body.code, 'rule_set_in_use');
});

test('after any changes, every day from the first on has exactly one set, the one that began last', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 5 }), async (offsets) => {
      const begun: string[] = ['2000-01-01'];
      for (const offset of offsets) {
        const day = addDays('2027-01-01', offset);
        const { status } = await add(day);
        assert.equal(status, begun.includes(day) ? 409 : 201);
        if (!begun.includes(day)) begun.push(day);
      }
      const { data } = await all();
      for (const day of Array.from({ length: 24 }, (_, index) => addDays('2026-12-30', index))) {
        const holding = data.filter(
          (set: { effective_from: string; effective_to: string | null }) =>
            set.effective_from <= day && (set.effective_to === null || day <= set.effective_to),
        );
        const expected = begun
          .filter((from) => from <= day)
          .toSorted()
          .at(-1);
        assert.deepEqual(
          holding.map(({ effective_from }: { effective_from: string }) => effective_from),
          [expected],
          day,
        );
      }
      await removeFuture();
    }),
    { numRuns: 10 },
  );
});

test('the database itself refuses gaps and overlaps', async () => {
  const { kysely } = school.database;
  await assert.rejects(
    sql`UPDATE rule_sets SET effective = daterange('2000-01-01', '2026-05-01') WHERE school_id = ${school.schoolId}`.execute(
      kysely,
    ),
    { constraint: 'rule_sets_no_gap' },
  );
  await assert.rejects(
    sql`INSERT INTO rule_sets (id, school_id, name, effective, rules)
      VALUES (gen_random_uuid(), ${school.schoolId}, 'twice', daterange('2026-05-01', NULL), '{}')`.execute(kysely),
    { constraint: 'rule_sets_no_overlap' },
  );
});
