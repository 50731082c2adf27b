import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { defaultRuleSet } from '../../contract/booking/rule-sets-of-world.ts';
import { testBook } from './testing/test-book.ts';

test('lessons without a course follow the rules of their own day, and a school without rules the default', async () => {
  await using book = await testBook();
  const { kysely } = book.school.database;
  const young = await book.addStudent({ name: 'Yves Young', birth_date: '2009-06-01' });
  const wanted = (starts_at: string) => ({ type: 'private', student_id: young.id, enrolment_id: null, starts_at });
  // From Tuesday on, students must be 17.
  await kysely.transaction().execute(async (transaction) => {
    await sql`UPDATE rule_sets SET effective = daterange('2000-01-01', '2026-03-10')`.execute(transaction);
    await sql`INSERT INTO rule_sets (id, school_id, name, effective, rules)
      SELECT gen_random_uuid(), school_id, 'bde-17', daterange('2026-03-10', NULL), rules || '{"student_age_min": 17}'
      FROM rule_sets`.execute(transaction);
  });
  const monday = await book.book(wanted('2026-03-09T09:00'));
  assert.equal(monday.status, 201, monday.text);
  const tuesday = await book.book(wanted('2026-03-10T09:00'));
  assert.deepEqual(
    [tuesday.status, tuesday.body.refusals?.map(({ rule, source }: Record<string, string>) => [rule, source])],
    [422, [['student_age', 'rule_set:bde-17']]],
    tuesday.text,
  );
  const { rows } = await sql<{ rules: unknown }>`
    SELECT rules FROM rule_sets WHERE name = 'bde-2024'`.execute(kysely);
  assert.deepEqual(rows[0]?.rules, defaultRuleSet.rules, 'the default has the numbers with which a school begins');
  await sql`DELETE FROM enrolments`.execute(kysely);
  await sql`DELETE FROM rule_sets`.execute(kysely);
  const free = await book.book(wanted('2026-03-10T11:00'));
  assert.equal(free.status, 201, free.text);
});
