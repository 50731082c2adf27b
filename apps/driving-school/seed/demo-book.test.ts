import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictsOf, claimsOf } from '../contract/booking/claims.ts';
import { judge } from '../contract/booking/judge.ts';
import type { BookingWorld, Claim, Proposal } from '../contract/booking/world.ts';
import { addDays, ageInYears } from '../contract/parsers.ts';
import { demoBook, type DemoLesson } from './demo-book.ts';
import { demoSchool, demoSeed } from './demo-school.ts';
import { demoScales, type DemoSize } from './demo-sizes.ts';

const schoolId = '018f0000-0000-7000-8000-000000000001';

async function bookOf(size: DemoSize, now: string) {
  const scale = demoScales[size];
  const instant = Temporal.Instant.from(now);
  const today = instant.toZonedDateTimeISO('America/Toronto').toPlainDate().toString();
  const people = demoSchool({
    today,
    schoolId,
    studentCount: scale.students,
    instructorCount: scale.instructors,
  });
  const book = await demoBook({ seed: demoSeed, schoolId, scale, today, now: instant.epochMilliseconds, ...people });
  return { ...people, book, today, now: instant.epochMilliseconds };
}

const proposalOf = (lesson: DemoLesson, lessons: readonly DemoLesson[]): Proposal & { lesson_id: string } => ({
  ...lesson,
  lesson_id: lesson.id,
  relay_after: lessons.find(({ relay_next_id: next }) => next === lesson.id)?.id ?? null,
});

test('the same day creates the same book, and the sizes have the promised numbers', async () => {
  const one = await bookOf('M', '2026-03-15T16:00:00Z');
  assert.deepEqual((await bookOf('M', '2026-03-15T16:00:00Z')).book, one.book);
  assert.deepEqual([one.students.length, one.instructors.length, one.book.vehicles.length], [2_000, 12, 10]);
  assert.ok(one.book.lessons.length > 1_500, String(one.book.lessons.length));
  const ids = one.book.lessons.map(({ id }) => id);
  const codes = one.book.lessons.map(({ short_code }) => short_code);
  assert.deepEqual([new Set(ids).size, new Set(codes).size], [ids.length, codes.length]);
  for (const code of codes) assert.match(code, /^L-[2-9A-HJ-NP-Z]{4}$/);
});

for (const now of ['2026-03-15T16:00:00Z', '2026-11-28T02:30:00Z', '2028-02-29T22:00:00Z', '2026-03-07T13:00:00Z']) {
  for (const size of ['S', 'M'] as const) {
    test(`no one is busy twice in the book of size ${size} at ${now}`, async () => {
      const { book } = await bookOf(size, now);
      const claims = book.lessons
        .filter(({ status }) => status !== 'cancelled')
        .flatMap((lesson) => claimsOf(proposalOf(lesson, book.lessons)));
      const byResource = Map.groupBy(claims, ({ resource_id }) => resource_id);
      for (const list of byResource.values()) {
        const ordered = list.toSorted((a, b) => a.from - b.from);
        ordered.forEach((claim, index) => {
          const next = ordered[index + 1];
          assert.ok(next === undefined || claim.to <= next.from, JSON.stringify([claim, next]));
        });
      }
    });
  }
}

test('every lesson keeps the rules, except the awkward cases', async () => {
  const { book, students, instructors, today } = await bookOf('M', '2026-03-15T16:00:00Z');
  const ruleSet = { id: 'r', name: 'bde-2024', rules: ruleNumbers };
  const claims: Claim[] = [];
  const world: BookingWorld = {
    locations: book.locations.map((location) => ({ ...location, buffer_minutes: 15 })),
    instructors: instructors.map(({ id, name }) => {
      const record = book.instructors.find((each) => each.id === id) ?? assert.fail(name);
      const hours = book.hours
        .filter(({ instructor_id }) => instructor_id === id)
        .map(({ weekday, from, to }) => ({
          weekday,
          from_minute: from,
          to_minute: to,
          valid_from: null,
          valid_to: null,
        }));
      return { ...record, name, contract_to: null, disabled: false, hours };
    }),
    vehicles: book.vehicles.map((vehicle) => ({ ...vehicle, name: vehicle.plate, dual_brake: true })),
    students: students.map(({ id, fields }) => ({ ...fields, id, name: fields.legal_family_name, area: null })),
    enrolments: book.enrolments.map((enrolment) => ({ ...enrolment, kind: 'bde', rule_set: ruleSet })),
    rule_sets: [{ ...ruleSet, effective_from: '2000-01-01', effective_to: null }],
    closed_days: [],
    claims,
    in_vehicle: [],
    class_days: [],
    owing: [],
  };
  const broken: string[] = [];
  for (const lesson of book.lessons) {
    const overridden = new Set(lesson.overrides.map(({ rule }) => rule));
    for (const { rule, kind } of judge(proposalOf(lesson, book.lessons), world)) {
      if (kind !== 'advice' && !overridden.has(rule))
        broken.push(`${rule} ${lesson.local_date >= today ? 'ahead' : 'past'}`);
    }
    assert.deepEqual(conflictsOf(proposalOf(lesson, book.lessons), world), []);
  }
  assert.deepEqual(broken.toSorted(), ['student_licence ahead', 'vehicle_insurance ahead']);
});

test('the awkward cases exist on any day', async () => {
  for (const now of ['2026-03-15T16:00:00Z', '2026-11-28T15:30:00Z', '2028-02-29T22:00:00Z']) {
    const { book, students, today, now: nowMs, instructors } = await bookOf('M', now);
    const hoursAhead = book.lessons
      .filter(({ type }) => type === 'road_test')
      .map(({ starts_at }) => Math.ceil((starts_at - nowMs) / 3_600_000));
    assert.deepEqual(hoursAhead, [47, 49]);
    const first = book.lessons.filter(
      ({ local_date, instructor_id }) => local_date === today && instructor_id === instructors[0]?.id,
    );
    assert.ok(first.length >= 6, `${first.length} lessons today`);
    assert.ok(book.lessons.some(({ relay_next_id: next }) => next !== null));
    assert.ok(book.enrolments.some(({ deadline_on }) => deadline_on === addDays(today, 6)));
    const zones = new Set(book.lessons.map(({ time_zone }) => time_zone));
    assert.deepEqual([...zones].toSorted(), ['America/Atikokan', 'America/Toronto', 'America/Winnipeg']);
    const cared = new Set(book.guardians.map(({ student_id }) => student_id));
    const alone = students.filter(({ id, fields }) => ageInYears(fields.birth_date, today) < 18 && !cared.has(id));
    assert.deepEqual(
      alone.map(({ id }) => id),
      [students[0]?.id],
    );
    const change = Temporal.Instant.from(now)
      .toZonedDateTimeISO('America/Toronto')
      .getTimeZoneTransition('next')
      ?.toPlainDate()
      .toString();
    assert.ok(book.lessons.some(({ local_date }) => local_date === change));
  }
});

const ruleNumbers = {
  in_vehicle_day_cap_minutes: 120,
  in_vehicle_class_day_cap_minutes: 60,
  student_age_min: 16,
  g1_from_minute: 300,
  g1_to_minute: 1_440,
  deadline_near_days: 14,
  in_vehicle_minutes: 600,
  classroom_minutes: 1_200,
  flexible_minutes: 600,
};
