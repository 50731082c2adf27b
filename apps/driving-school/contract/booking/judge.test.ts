import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bookingRules, type Refusal } from '../rules.ts';
import { judge } from './judge.ts';
import { defaultRuleSet } from './rule-sets-of-world.ts';
import { instant, proposal, smallWorld } from './testing/small-world.ts';
import type { BookingWorld, Proposal, WorkingHours } from './world.ts';

const namesOf = (refusals: readonly Refusal[]): string[] => refusals.map(({ rule }) => rule);
const judged = (world: BookingWorld, wanted: Proposal = proposal()): string[] => namesOf(judge(wanted, world));
const factsOf = (world: BookingWorld, wanted: Proposal = proposal()) => judge(wanted, world)[0]?.facts;
const hours = (weekday: number, from_minute: number, to_minute: number, fields: Partial<WorkingHours> = {}) => ({
  weekday,
  from_minute,
  to_minute,
  valid_from: null,
  valid_to: null,
  ...fields,
});
/** The day of the proposal and its neighbours. A Monday. */
const [eve, day, next] = ['2026-05-03', '2026-05-04', '2026-05-05'];

test('a booking that nothing speaks against has no refusals', () => {
  assert.deepEqual(judge(proposal(), smallWorld()), []);
});

test('licences, contracts, insurance and courses are valid on their last day and not after', () => {
  const cases = [
    ['instructor_licence', (on: string | null) => smallWorld({ instructor: { licence_expires_on: on } }), true],
    ['instructor_contract', (on: string | null) => smallWorld({ instructor: { contract_to: on } }), false],
    ['vehicle_insurance', (on: string | null) => smallWorld({ vehicle: { insurance_expires_on: on } }), true],
    ['vehicle_registration', (on: string | null) => smallWorld({ vehicle: { registration_expires_on: on } }), true],
    ['vehicle_safety', (on: string | null) => smallWorld({ vehicle: { safety_expires_on: on } }), false],
    ['student_licence', (on: string | null) => smallWorld({ student: { licence_expires_on: on } }), false],
  ] as const;
  for (const [rule, worldUntil, isRequired] of cases) {
    assert.deepEqual(judged(worldUntil(day)), [], rule);
    const [refusal] = judge(proposal(), worldUntil(eve));
    assert.deepEqual([refusal?.rule, refusal?.kind, refusal?.facts['day']], [rule, 'hard', day]);
    assert.match(refusal?.message ?? '', new RegExp(eve));
    assert.deepEqual(judged(worldUntil(null)), isRequired ? [rule] : [], `${rule} without a date`);
  }
});

test('contracts and licences are valid from their first day', () => {
  assert.deepEqual(judged(smallWorld({ instructor: { contract_from: day } })), []);
  assert.deepEqual(judged(smallWorld({ instructor: { contract_from: next } })), ['instructor_contract']);
  assert.deepEqual(judged(smallWorld({ instructor: { disabled: true } })), ['instructor_contract']);
  assert.deepEqual(judged(smallWorld({ student: { licence_issued_on: day } })), []);
  assert.deepEqual(judged(smallWorld({ student: { licence_issued_on: next } })), ['student_licence']);
  assert.deepEqual(judged(smallWorld({ student: { licence_class: 'none' } })), ['student_licence']);
});

test('student_age: from the sixteenth birthday; born on February 29, from March 1', () => {
  assert.deepEqual(judged(smallWorld({ student: { birth_date: '2010-05-04' } })), []);
  const world = smallWorld({ student: { birth_date: '2010-05-05' } });
  assert.deepEqual(judged(world), ['student_age']);
  assert.deepEqual(factsOf(world), { age_min: 16, allowed_from: next, day });
  const leap = smallWorld({
    student: { birth_date: '2012-02-29', licence_expires_on: null },
    enrolment: { deadline_on: null },
  });
  const later = { ...leap, instructors: leap.instructors.map((each) => ({ ...each, licence_expires_on: null })) };
  assert.ok(judged(later, proposal('2028-02-28T09:00')).includes('student_age'));
  assert.ok(!judged(later, proposal('2028-02-29T09:00')).includes('student_age'));
});

test('course_deadline and deadline_near: the last day counts, the last fourteen are questioned', () => {
  const until = (deadline_on: string) => smallWorld({ enrolment: { deadline_on } });
  assert.deepEqual(judged(until('2026-05-18')), [], 'exactly fourteen days before');
  assert.deepEqual(judged(until('2026-05-17')), ['deadline_near']);
  assert.deepEqual(judged(until(day)), ['deadline_near']);
  assert.deepEqual(judged(until(eve)), ['course_deadline']);
  assert.deepEqual(factsOf(until('2026-05-17')), { deadline_on: '2026-05-17', day, days: 14 });
  assert.deepEqual(judged(smallWorld({ enrolment: { course_started_on: day } })), []);
  assert.deepEqual(judged(smallWorld({ enrolment: { course_started_on: next } })), ['course_deadline']);
  for (const status of ['complete', 'certifiable']) assert.deepEqual(judged(smallWorld({ enrolment: { status } })), []);
  for (const status of ['withdrawn', 'expired', 'reported']) {
    assert.deepEqual(judged(smallWorld({ enrolment: { status } })), ['course_deadline'], status);
  }
});

test('g1_night: a G1 drives from 05:00 to midnight', () => {
  const world = smallWorld();
  const night = (start: string, minutes: number): string[] => judged(world, proposal(start, minutes));
  assert.deepEqual(night('2026-05-04T05:00', 60), []);
  assert.deepEqual(night('2026-05-04T04:59', 60), ['g1_night']);
  assert.deepEqual(night('2026-05-04T04:30', 30), ['g1_night']);
  assert.deepEqual(night('2026-05-04T23:00', 60), [], 'ends at midnight');
  assert.deepEqual(night('2026-05-04T23:00', 61), ['g1_night']);
  assert.deepEqual(night('2026-05-04T00:00', 60), ['g1_night']);
  const late = judge(proposal('2026-05-04T23:30'), world)[0];
  assert.deepEqual(late?.facts, { from: '05:00', to: '24:00', start: '23:30', end: '00:30' });
  assert.deepEqual(judged(smallWorld({ student: { licence_class: 'G2' } }), proposal('2026-05-04T23:30')), []);
});

test('g1_night follows the wall clock of the location', () => {
  const kenora = { location_id: 'kenora' };
  assert.deepEqual(judged(smallWorld(), proposal('2026-05-04T05:30', 60, kenora)), ['g1_night'], '04:30 in Kenora');
  assert.deepEqual(judged(smallWorld(), proposal('2026-05-05T00:00', 60, kenora)), [], '23:00 in Kenora');
});

test('in_vehicle_day_cap: 120 minutes a calendar day, 60 on a day with a class, of course lessons only', () => {
  const lesson = (lesson_id: string, minutes: number, local_date = day) => ({
    lesson_id,
    student_id: 'zoe',
    local_date,
    minutes,
  });
  const after = (...in_vehicle: ReturnType<typeof lesson>[]) => smallWorld({ world: { in_vehicle } });
  assert.deepEqual(judged(after(lesson('a', 60))), []);
  assert.deepEqual(judged(after(lesson('a', 61))), ['in_vehicle_day_cap']);
  assert.deepEqual(judged(after(lesson('a', 120, eve), lesson('b', 120, next))), []);
  assert.deepEqual(judged(after({ ...lesson('a', 120), student_id: 'other' })), []);
  assert.deepEqual(judged(after(lesson('a', 120)), proposal('2026-05-04T09:00', 60, { type: 'private' })), []);
  assert.deepEqual(
    judged(after(lesson('a', 120)), proposal('2026-05-04T09:00', 60, { lesson_id: 'a' })),
    [],
    'its own',
  );
  assert.deepEqual(judged(smallWorld(), proposal('2026-05-04T09:00', 121)), ['in_vehicle_day_cap']);
  const withClass = smallWorld({ world: { class_days: [{ student_id: 'zoe', day }] } });
  assert.deepEqual(judged(withClass), []);
  assert.deepEqual(judged(withClass, proposal('2026-05-04T09:00', 61)), ['in_vehicle_day_cap']);
  assert.deepEqual(factsOf(after(lesson('a', 90))), {
    limit_minutes: 120,
    booked_minutes: 90,
    minutes: 60,
    day,
    class_day: false,
  });
});

test('in_vehicle_day_cap counts a lesson past midnight on the day of its start', () => {
  const world = smallWorld({
    student: { licence_class: 'G2' },
    world: { in_vehicle: [{ lesson_id: 'a', student_id: 'zoe', local_date: next, minutes: 120 }] },
  });
  assert.deepEqual(judged(world, proposal('2026-05-04T23:30')), []);
});

test('instructor_hours: from the first to the last minute, and across periods that adjoin', () => {
  const working = (...list: ReturnType<typeof hours>[]) => smallWorld({ instructor: { hours: list } });
  const monday = hours(1, 540, 600);
  assert.deepEqual(judged(working(monday)), [], '09:00 to 10:00');
  assert.deepEqual(judged(working(hours(1, 541, 600))), ['instructor_hours']);
  assert.deepEqual(judged(working(hours(1, 540, 599))), ['instructor_hours']);
  assert.deepEqual(judged(working(hours(1, 570, 600), hours(1, 480, 570))), [], 'adjoining');
  assert.deepEqual(judged(working(hours(1, 480, 569), hours(1, 570, 700))), ['instructor_hours'], 'a minute between');
  assert.deepEqual(judged(working()), ['instructor_hours']);
  assert.deepEqual(judged(working(hours(2, 0, 1_440))), ['instructor_hours'], 'another weekday');
  assert.deepEqual(judged(working(hours(1, 540, 600, { valid_from: day, valid_to: day }))), []);
  assert.deepEqual(judged(working(hours(1, 540, 600, { valid_from: next }))), ['instructor_hours']);
  assert.deepEqual(judged(working(hours(1, 540, 600, { valid_to: eve }))), ['instructor_hours']);
  assert.deepEqual(factsOf(working(hours(1, 480, 540), hours(1, 600, 720))), {
    hours: '08:00–09:00, 10:00–12:00',
    day,
  });
});

test('instructor_hours: a lesson past midnight needs the hours of both days', () => {
  const late = proposal('2026-05-04T23:30');
  const working = (...list: ReturnType<typeof hours>[]) =>
    smallWorld({ student: { licence_class: 'G2' }, instructor: { hours: list } });
  assert.deepEqual(judged(working(hours(1, 1_200, 1_440), hours(2, 0, 60)), late), []);
  assert.deepEqual(judged(working(hours(1, 1_200, 1_440), hours(2, 0, 29)), late), ['instructor_hours']);
  assert.deepEqual(judged(working(hours(1, 1_200, 1_440)), late), ['instructor_hours']);
  const sunday = proposal('2026-05-03T23:30');
  assert.deepEqual(judged(working(hours(7, 1_200, 1_440), hours(1, 0, 60)), sunday), []);
});

test('closed_day: for all locations or for this one', () => {
  const closed = (location_id: string | null, on = day) =>
    smallWorld({ world: { closed_days: [{ day: on, location_id, name: 'Victoria Day' }] } });
  assert.deepEqual(judged(closed(null)), ['closed_day']);
  assert.deepEqual(judged(closed('main')), ['closed_day']);
  assert.deepEqual(judged(closed('kenora')), []);
  assert.deepEqual(judged(closed(null, next)), []);
  assert.deepEqual(factsOf(closed(null)), { day, name: 'Victoria Day' });
});

test('unpaid_balance: of this student', () => {
  const owing = (student_id: string, cents: number) => smallWorld({ world: { owing: [{ student_id, cents }] } });
  assert.deepEqual(judged(owing('zoe', 1)), ['unpaid_balance']);
  assert.deepEqual(judged(owing('zoe', 0)), []);
  assert.deepEqual(judged(owing('other', 500)), []);
  assert.equal(judge(proposal(), owing('zoe', 12_345))[0]?.message, 'Zoé owes $123.45.');
});

test('tight_travel advises when a lesson of the instructor has just ended', () => {
  const before = (to: string, source_kind: 'lesson' | 'time_off' = 'lesson') =>
    smallWorld({
      world: {
        claims: [
          {
            source_kind,
            source_id: 'before',
            resource_kind: 'instructor',
            resource_id: 'ines',
            from: instant('2026-05-04T07:00'),
            to: instant(to),
          },
        ],
      },
    });
  assert.deepEqual(judged(before('2026-05-04T09:00')), ['tight_travel']);
  assert.deepEqual(judged(before('2026-05-04T08:59')), []);
  assert.deepEqual(judged(before('2026-05-04T09:00', 'time_off')), []);
  assert.deepEqual(judged(before('2026-05-04T09:00'), proposal(undefined, 60, { relay_after: 'before' })), []);
  assert.deepEqual(judged(before('2026-05-04T09:00'), proposal(undefined, 60, { lesson_id: 'before' })), []);
});

test('transmission_mismatch advises', () => {
  const pair = (transmissions: 'automatic' | 'manual' | 'both') => smallWorld({ instructor: { transmissions } });
  assert.deepEqual(judged(pair('manual')), ['transmission_mismatch']);
  assert.deepEqual(judged(pair('automatic')), []);
  assert.deepEqual(judged(pair('manual'), proposal(undefined, 60, { vehicle_id: null })), []);
});

test('refusals come with their kind and source, hard ones first', () => {
  const world = smallWorld({
    student: { birth_date: '2012-01-01' },
    vehicle: { insurance_expires_on: eve },
    world: { owing: [{ student_id: 'zoe', cents: 1 }], closed_days: [{ day, location_id: null, name: 'Closed' }] },
  });
  const refusals = judge(proposal(), world);
  assert.deepEqual(
    refusals.map(({ rule, kind, source }) => [rule, kind, source]),
    [
      ['vehicle_insurance', 'hard', 'school'],
      ['student_age', 'hard', 'rule_set:bde-2024'],
      ['closed_day', 'soft', 'school'],
      ['unpaid_balance', 'soft', 'school'],
    ],
  );
  for (const { rule, kind } of refusals) assert.equal(bookingRules[rule], kind);
});

test('a world without a record that the proposal names is an error of the program', () => {
  assert.throws(() => judge(proposal(undefined, 60, { instructor_id: 'nobody' }), smallWorld()), RangeError);
});

test('a lesson without a course is judged by the rules of its day, and by the default where the school has none', () => {
  const late = proposal(`${day}T21:00`, 60, { type: 'private', enrolment_id: null });
  const set = (name: string, g1_to_minute: number) => ({
    id: name,
    name,
    rules: { ...defaultRuleSet.rules, g1_to_minute },
  });
  const until = { ...set('strict', 1_080), effective_from: '2000-01-01', effective_to: eve };
  const from = { ...set('lenient', 1_440), effective_from: day, effective_to: null };
  assert.deepEqual(judge(late, smallWorld({ world: { rule_sets: [until, from] } })), []);
  const strictFrom = { ...from, ...set('strict', 1_080) };
  const refusals = judge(late, smallWorld({ world: { rule_sets: [strictFrom] } }));
  assert.deepEqual(
    refusals.map(({ rule, source }) => [rule, source]),
    [['g1_night', 'rule_set:strict']],
  );
  const youth = { student: { birth_date: '2011-01-31' }, world: { rule_sets: [] } };
  assert.equal(judge(late, smallWorld(youth))[0]?.source, 'rule_set:default');
});
