import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { courseDeadline } from '../../contract/course-dates.ts';
import { enrolmentKinds, type EnrolmentStatus, enrolmentStatuses } from '../../contract/enrolments.ts';
import { addDays } from '../../contract/parsers.ts';
import { changedTerms, checkTerms, enrolmentEdges, latestDeadline, mayMove } from './enrolment.ts';

const days = fc.integer({ min: 0, max: 20_000 }).map((offset) => addDays('2001-01-01', offset));
const rules = {
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
const facts = { rules, today: '2026-03-15', bornOn: '1990-01-01' };

test('a course ends on the day before its first anniversary; that of 29 February is 28 February', () => {
  assert.equal(courseDeadline('2026-03-02'), '2027-03-01');
  assert.equal(courseDeadline('2026-01-01'), '2026-12-31');
  assert.equal(courseDeadline('2028-02-29'), '2029-02-27');
  assert.equal(courseDeadline('2027-03-01'), '2028-02-29');
});

test('the deadline is 364 or 365 days after the first day, as a slow calendar says', () => {
  fc.assert(
    fc.property(days, (from) => {
      const anniversary = Temporal.PlainDate.from(from).add({ years: 1 }, { overflow: 'constrain' });
      assert.equal(courseDeadline(from), anniversary.subtract({ days: 1 }).toString());
    }),
  );
});

test('a status moves only along its edges: confirmed and transferred courses never change', () => {
  const moves = fc.array(fc.constantFrom(...enrolmentStatuses), { maxLength: 30 });
  fc.assert(
    fc.property(moves, (wished) => {
      let status: EnrolmentStatus = 'active';
      const path: EnrolmentStatus[] = [status];
      for (const next of wished) {
        if (!mayMove(status, next)) continue;
        assert.ok(enrolmentEdges[status].includes(next));
        status = next;
        path.push(status);
      }
      for (const final of ['confirmed', 'transferred'] as const) {
        if (path.includes(final)) assert.equal(path.at(-1), final);
      }
      // A course is reported only from certifiable, and confirmed only from reported.
      for (const [index, each] of path.entries()) {
        if (each === 'confirmed') assert.equal(path[index - 1], 'reported');
        if (each === 'reported') assert.equal(path[index - 1], 'certifiable');
      }
    }),
  );
});

test('no status moves to itself', () => {
  for (const status of enrolmentStatuses) assert.equal(mayMove(status, status), false, status);
});

test('terms that are accepted lie within the rules, and changing nothing keeps them', () => {
  const asked = fc.record({
    kind: fc.constantFrom(...enrolmentKinds),
    course_started_on: days,
    deadline_on: fc.option(days, { nil: undefined }),
    in_vehicle_minutes_bought: fc.option(fc.integer({ min: 0, max: 3_000 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(asked, ({ kind, ...terms }) => {
      const checked = checkTerms(kind, terms, facts);
      if (!checked.ok) return;
      const { value } = checked;
      const latest = latestDeadline(kind, value.course_started_on);
      if (latest === null) assert.equal(value.deadline_on, null);
      else {
        assert.ok(value.deadline_on !== null);
        assert.ok(value.course_started_on <= value.deadline_on && value.deadline_on <= latest);
      }
      assert.ok(kind === 'bde' || value.in_vehicle_minutes_bought > 0);
      assert.deepEqual(checkTerms(kind, changedTerms(kind, value, {}), facts), checked);
    }),
  );
});

test('when the first day moves, the deadline of the rules moves with it and a shortened one stays', () => {
  const ordinary = { course_started_on: '2026-03-02', deadline_on: '2027-03-01', in_vehicle_minutes_bought: 600 };
  const move = { course_started_on: '2026-02-02' };
  assert.equal(changedTerms('bde', ordinary, move).deadline_on, undefined);
  const shortened = { ...ordinary, deadline_on: '2026-11-01' };
  assert.equal(changedTerms('bde', shortened, move).deadline_on, '2026-11-01');
  assert.equal(changedTerms('bde', shortened, { course_started_on: '2025-06-01' }).deadline_on, undefined);
  assert.equal(changedTerms('bde', shortened, { deadline_on: null }).deadline_on, null);
});
