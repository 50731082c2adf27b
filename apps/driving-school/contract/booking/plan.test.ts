import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays } from '../parsers.ts';
import { claimsOf, conflictsOf } from './claims.ts';
import { judge } from './judge.ts';
import { planCourse, planEnd, type PlanRequest, type Wish } from './plan.ts';
import { plainSchool } from './testing/plain-school.ts';
import { searchCase } from './testing/random-world.ts';
import type { BookingWorld, Proposal } from './world.ts';

const minuteMs = 60_000;

test('B11: each planned lesson can be booked on its own day, together with all others, inside its wish', () => {
  let placed = 0;
  const wish = fc
    .record({
      weekday: fc.integer({ min: 1, max: 7 }),
      from: fc.nat({ max: 80 }),
      long: fc.integer({ min: 4, max: 40 }),
    })
    .map(({ weekday, from, long }): Wish => ({
      weekday,
      from_minute: from * 15,
      to_minute: Math.min(1_440, (from + long) * 15),
    }));
  fc.assert(
    fc.property(
      searchCase,
      fc.array(wish, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 8 }),
      ({ world, request }, wishes, lessons) => {
        const plan = request.type === 'road_test' ? { ...request, type: 'private' as const } : request;
        const asked = { ...plan, enrolment_id: 'e1', wishes, lessons, to: addDays(request.from, 27) };
        const result = planCourse(world, asked);

        assert.equal(result.lessons.length + result.unplaced.length, lessons);
        assertBookable(result.lessons, asked, world);
        for (const lesson of result.lessons) {
          const minute = Number(lesson.local_start.slice(11, 13)) * 60 + Number(lesson.local_start.slice(14));
          assert.ok(wishes.some(({ from_minute, to_minute }) => from_minute <= minute && minute < to_minute));
        }
        for (const { reasons } of result.unplaced)
          assert.ok(reasons.length > 0 && reasons.every(({ message }) => message));
        assert.deepEqual(planCourse(world, asked), result, 'deterministic');
        placed += result.lessons.length;
      },
    ),
    { numRuns: 100, seed: 11 },
  );
  assert.ok(placed > 60, `${placed} lessons`);
});

test('B11: ten lessons on Monday evenings have the same instructor, time and car every week', () => {
  const { world, request } = course();
  const { lessons, unplaced, ends_on, deadline_on } = planCourse(world, request);

  assert.deepEqual(
    lessons.map(({ local_start }) => local_start),
    Array.from({ length: 10 }, (_, week) => `${addDays('2026-03-09', week * 7)}T17:00`),
  );
  assert.deepEqual(new Set(lessons.map(({ instructor_id }) => instructor_id)), new Set(['i1']));
  assert.equal(new Set(lessons.map(({ vehicle_id }) => vehicle_id)).size, 1);
  assert.deepEqual([unplaced, ends_on, deadline_on], [[], '2026-05-11', '2027-03-01']);
});

test('B8: a weekly plan over the end of daylight-saving time keeps 09:00', () => {
  const { world, request } = course({
    from: '2026-10-12',
    wishes: [{ weekday: 1, from_minute: 540, to_minute: 600 }],
    lessons: 6,
  });
  const { lessons } = planCourse(world, request);

  assert.deepEqual(
    lessons.map(({ local_start }) => local_start.slice(11)),
    Array.from({ length: 6 }, () => '09:00'),
  );
  assert.equal((lessons[3]?.starts_at ?? 0) - (lessons[2]?.starts_at ?? 0), (7 * 24 + 1) * 3_600_000);
});

test('a full week is skipped, and the time of the other weeks stays', () => {
  const { world, request } = course({ lessons: 3 });
  const evening = { from: ms('2026-03-16T20:00:00Z'), to: ms('2026-03-17T02:00:00Z') };
  const away = ['i1', 'i2'].map((resource_id) => ({
    source_kind: 'time_off' as const,
    source_id: resource_id,
    resource_kind: 'instructor' as const,
    resource_id,
    ...evening,
  }));
  const { lessons } = planCourse({ ...world, claims: away }, request);

  assert.deepEqual(
    lessons.map(({ local_start }) => local_start),
    ['2026-03-09T17:00', '2026-03-23T17:00', '2026-03-30T17:00'],
  );
});

test('the time that is free in most weeks is chosen, even if it is not the earliest', () => {
  const { world, request } = course({ lessons: 3 });
  const busy = ['2026-03-16', '2026-03-23'].flatMap((day) =>
    ['i1', 'i2'].map((resource_id) => ({
      source_kind: 'lesson' as const,
      source_id: `${day} ${resource_id}`,
      resource_kind: 'instructor' as const,
      resource_id,
      from: ms(`${day}T21:00:00Z`),
      to: ms(`${day}T21:45:00Z`),
    })),
  );
  const { lessons } = planCourse({ ...world, claims: busy }, request);

  assert.deepEqual(
    lessons.map(({ local_start }) => local_start.slice(11)),
    ['17:45', '17:45', '17:45'],
  );
});

test('lessons before the 16th birthday, on closed days and near the deadline are not planned; each says why', () => {
  const { world, request } = course({ lessons: 4 });
  const [student] = world.students;
  const [enrolment] = world.enrolments;
  assert.ok(student !== undefined && enrolment !== undefined);
  const young = { ...student, birth_date: '2010-03-12' };
  const short = { ...enrolment, deadline_on: '2026-04-15' };
  const closed = [{ day: '2026-03-23', location_id: null, name: 'Holiday' }];
  const until = { ...world, students: [young], enrolments: [short], closed_days: closed };
  const asked = { ...request, to: planEnd({ ...request, deadline_on: '2026-04-15' }) };
  const { lessons, unplaced, deadline_on } = planCourse(until, asked);

  assert.deepEqual(
    lessons.map(({ day }) => day),
    ['2026-03-16', '2026-03-30'],
  );
  assert.deepEqual(
    unplaced.map(({ index, reasons }) => [index, reasons.map(({ day, rule }) => [day, rule])]),
    [2, 3].map((index) => [
      index,
      [
        ['2026-03-09', 'student_age'],
        ['2026-03-23', 'closed_day'],
        ['2026-04-06', 'deadline_near'],
        ['2026-04-13', 'deadline_near'],
        [null, 'course_deadline'],
      ],
    ]),
  );
  assert.equal(deadline_on, '2026-04-15');
});

test('when one lesson falls out, only that one is planned again', () => {
  const { world, request } = course({ lessons: 4 });
  const before = planCourse(world, request);
  const second = before.lessons[1];
  assert.ok(second !== undefined);
  const taken = {
    source_kind: 'lesson' as const,
    source_id: 'other',
    resource_kind: 'instructor' as const,
    resource_id: second.instructor_id,
    from: second.starts_at,
    to: second.ends_at,
  };
  const after = planCourse({ ...world, claims: [taken] }, { ...request, keep: before.lessons });

  assert.deepEqual(
    after.lessons.map(({ local_start, kept }) => [local_start, kept]),
    [
      ['2026-03-09T17:00', true],
      ['2026-03-16T18:00', false],
      ['2026-03-23T17:00', true],
      ['2026-03-30T17:00', true],
    ],
  );
});

test('a lesson that was chosen by hand stays, although no wish contains it', () => {
  const { world, request } = course({ lessons: 2 });
  const byHand = { starts_at: ms('2026-03-11T14:00:00Z'), instructor_id: 'i2', vehicle_id: 'v2' };
  const { lessons } = planCourse(world, { ...request, keep: [byHand] });

  assert.deepEqual(
    lessons.map(({ local_start, instructor_id, kept }) => [local_start, instructor_id, kept]),
    [
      ['2026-03-09T17:00', 'i1', false],
      ['2026-03-11T10:00', 'i2', true],
    ],
  );
});

test('two wishes on one day stay within the day cap', () => {
  const { world, request } = course({
    lessons: 4,
    wishes: [
      { weekday: 1, from_minute: 540, to_minute: 720 },
      { weekday: 1, from_minute: 720, to_minute: 900 },
      { weekday: 1, from_minute: 900, to_minute: 1_080 },
    ],
  });
  const { lessons } = planCourse(world, request);

  assert.deepEqual(
    lessons.map(({ local_start }) => local_start),
    ['2026-03-09T09:00', '2026-03-09T12:00', '2026-03-16T09:00', '2026-03-16T12:00'],
  );
});

function course(change: Partial<PlanRequest> = {}): { world: BookingWorld; request: PlanRequest } {
  const { world, request } = plainSchool();
  const asked = {
    ...request,
    type: 'bde_in_vehicle' as const,
    enrolment_id: 'e1',
    from: '2026-03-09',
    wishes: [{ weekday: 1, from_minute: 1_020, to_minute: 1_200 }],
    lessons: 10,
    ...change,
  };
  return { world, request: { ...asked, to: planEnd({ ...asked, deadline_on: '2027-03-01' }) } };
}

/** Books the lessons one after the other by the rules of single bookings. */
function assertBookable(
  lessons: readonly {
    readonly starts_at: number;
    readonly ends_at: number;
    readonly instructor_id: string;
    readonly vehicle_id: string | null;
  }[],
  request: PlanRequest,
  world: BookingWorld,
): void {
  let now = world;
  for (const [index, { starts_at, ends_at, instructor_id, vehicle_id }] of lessons.entries()) {
    const location = world.locations[0];
    assert.ok(location !== undefined);
    const proposal: Proposal & { readonly lesson_id: string } = {
      lesson_id: `planned ${index}`,
      type: request.type,
      student_id: request.student_id,
      enrolment_id: request.enrolment_id,
      instructor_id,
      vehicle_id,
      location_id: request.location_id,
      starts_at,
      ends_at,
      buffer_after_minutes: location.buffer_minutes,
      relay_after: null,
    };
    assert.deepEqual(conflictsOf(proposal, now), []);
    assert.deepEqual(
      judge(proposal, now).filter(({ kind }) => kind !== 'advice'),
      [],
    );
    const day = Temporal.Instant.fromEpochMilliseconds(starts_at).toZonedDateTimeISO(location.time_zone).toPlainDate();
    now = {
      ...now,
      claims: [...now.claims, ...claimsOf(proposal)],
      in_vehicle:
        request.type === 'bde_in_vehicle'
          ? [
              ...now.in_vehicle,
              {
                lesson_id: proposal.lesson_id,
                student_id: request.student_id,
                local_date: day.toString(),
                minutes: (ends_at - starts_at) / minuteMs,
              },
            ]
          : now.in_vehicle,
    };
  }
}

function ms(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}
