import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { dayBounds } from '../local-time.ts';
import { conflictsOf } from './claims.ts';
import { judge } from './judge.ts';
import { findSlots, type SlotRequest } from './slots.ts';
import { plainSchool } from './testing/plain-school.ts';
import { searchCase } from './testing/random-world.ts';
import type { BookingWorld, Claim, Proposal } from './world.ts';

const quarterMs = 900_000;
const minuteMs = 60_000;

test('P4: the search finds exactly the quarter hours at which judging and comparing every one finds a free car', () => {
  let withSlots = 0;
  let withRefusals = 0;
  fc.assert(
    fc.property(searchCase, ({ world, request }) => {
      const judged = judgeAll(world, request);
      const expected = bookable(judged);
      const { slots, total, refused } = findSlots(world, request);

      assert.deepEqual(
        slots.map(({ starts_at, instructor_id }) => `${starts_at} ${instructor_id}`).toSorted(),
        [...expected.keys()].toSorted(),
      );
      assert.equal(total, slots.length);
      for (const slot of slots) {
        const cars = expected.get(`${slot.starts_at} ${slot.instructor_id}`);
        assert.ok(cars?.includes(slot.vehicle_id), 'the car is free and valid');
      }
      const found = new Set(slots.map(({ instructor_id }) => instructor_id));
      assert.deepEqual(
        refused.map(({ instructor_id }) => instructor_id),
        request.instructor_ids.filter((id) => !found.has(id)),
      );
      for (const each of refused) assertReal(each, judged);
      if (slots.length > 0) withSlots += 1;
      if (refused.length > 0) withRefusals += 1;
    }),
    { numRuns: 200, seed: 20_260_309 },
  );
  assert.ok(withSlots > 40 && withRefusals > 40, `${withSlots} worlds with slots, ${withRefusals} with refusals`);
});

test('slots are sorted by their score, and of equal scores the earlier comes first', () => {
  fc.assert(
    fc.property(searchCase, fc.integer({ min: 1, max: 30 }), ({ world, request }, limit) => {
      const { slots, total } = findSlots(world, request);
      for (const [index, slot] of slots.entries()) {
        const next = slots[index + 1];
        if (next === undefined) continue;
        assert.ok(slot.score > next.score || (slot.score === next.score && slot.starts_at <= next.starts_at));
      }
      const limited = findSlots(world, request, { limit });
      assert.deepEqual(limited.slots, slots.slice(0, limit));
      assert.equal(limited.total, total);
    }),
    { numRuns: 50, seed: 7 },
  );
});

test('the results do not depend on the zone of the machine', () => {
  const printer = fileURLToPath(new URL('testing/print-slots.ts', import.meta.url));
  const [utc, chatham] = ['UTC', 'Pacific/Chatham'].map((TZ) =>
    execFileSync(process.execPath, ['--conditions=source', '--import', 'tsx', printer], {
      env: { ...process.env, TZ },
      encoding: 'utf8',
      maxBuffer: 64 * 1_024 ** 2,
    }),
  );
  assert.match(utc ?? '', /"local_start":/);
  assert.equal(utc, chatham);
});

test('the assigned instructor comes first, then a lesson in the same area, then the least idle time', () => {
  const { world, request } = plainSchool();
  const lesson = (id: string, student: string, instructor: string, from: string, to: string) =>
    claims(id, student, instructor, from, to);
  const busy = {
    ...world,
    claims: [
      ...lesson('l1', 'near', 'i1', '2026-03-09T14:00:00Z', '2026-03-09T15:00:00Z'),
      ...lesson('l2', 'far', 'i1', '2026-03-09T18:00:00Z', '2026-03-09T19:00:00Z'),
    ],
  };
  const { slots } = findSlots(busy, request);
  const top = slots[0];

  assert.equal(top?.instructor_id, 'i1', 'the assigned instructor');
  // The nearby lesson ends at 11:00 with its buffer at 11:15; a lesson that ends in time for it begins at 08:45.
  assert.deepEqual(
    slots.slice(0, 2).map(({ local_start, score }) => [local_start, score]),
    [
      ['2026-03-09T08:45', 6_960],
      ['2026-03-09T11:15', 6_960],
    ],
  );
  const other = slots.find(({ instructor_id }) => instructor_id === 'i2');
  assert.equal(other?.score, 0, 'an empty day of another instructor');
});

test('the car of the instructor’s day is offered, and to another instructor one that nobody uses', () => {
  const { world, request } = plainSchool();
  const busy = { ...world, claims: claims('l1', 'near', 'i1', '2026-03-09T14:00:00Z', '2026-03-09T15:00:00Z', 'v2') };
  const { slots } = findSlots(busy, request);
  const carsOf = (id: string) =>
    new Set(slots.filter((slot) => slot.instructor_id === id).map((slot) => slot.vehicle_id));

  assert.deepEqual(carsOf('i1'), new Set(['v2']));
  assert.deepEqual(carsOf('i2'), new Set(['v1']));
});

test('each instructor without a slot is named with the rule or booking in the way, and until when', () => {
  const { world, request } = plainSchool();
  const search = (change: Partial<BookingWorld>, more: Partial<SlotRequest> = {}) =>
    findSlots({ ...world, ...change }, { ...request, ...more }).refused.map(({ instructor_id, rule, until }) => [
      instructor_id,
      rule,
      until,
    ]);
  const i1 = (change: object) => world.instructors.map((each) => (each.id === 'i1' ? { ...each, ...change } : each));
  const whole = { from: ms('2026-03-01T00:00:00Z'), to: ms('2026-03-20T12:00:00Z') };

  assert.deepEqual(search({}), []);
  assert.deepEqual(search({ instructors: i1({ licence_expires_on: '2026-03-01' }) }), [
    ['i1', 'instructor_licence', null],
  ]);
  assert.deepEqual(search({ instructors: i1({ contract_from: '2026-05-01' }) }), [
    ['i1', 'instructor_contract', '2026-05-01'],
  ]);
  assert.deepEqual(search({ instructors: i1({ hours: [] }) }), [['i1', 'instructor_hours', null]]);
  assert.deepEqual(
    search({
      instructors: i1({ hours: [{ weekday: 6, from_minute: 480, to_minute: 720, valid_from: null, valid_to: null }] }),
    }),
    [['i1', 'instructor_hours', '2026-03-14']],
  );
  assert.deepEqual(
    search({
      claims: [{ source_kind: 'time_off', source_id: 't', resource_kind: 'instructor', resource_id: 'i1', ...whole }],
    }),
    [['i1', 'instructor_busy', '2026-03-20']],
  );
  assert.deepEqual(search({ closed_days: [{ day: '2026-03-09', location_id: null, name: 'Snow' }] }), [
    ['i1', 'closed_day', null],
    ['i2', 'closed_day', null],
  ]);
  assert.deepEqual(search({}, { vehicle_ids: [] }), [
    ['i1', 'no_vehicle', null],
    ['i2', 'no_vehicle', null],
  ]);
  assert.deepEqual(
    search({
      claims: ['v1', 'v2'].map((resource_id) => ({
        source_kind: 'outage',
        source_id: resource_id,
        resource_kind: 'vehicle',
        resource_id,
        ...whole,
      })),
    }),
    [
      ['i1', 'vehicle_busy', null],
      ['i2', 'vehicle_busy', null],
    ],
  );
  assert.deepEqual(search({}, { not_before: ms('2026-03-20T00:00:00Z') })[0], ['i1', 'past', null]);
});

/** A combination of start, instructor and car, with everything in its way. */
interface Judged {
  readonly proposal: Proposal;
  /** Names of rules that refuse it. */
  readonly rules: readonly string[];
  /** Resources that are taken, such as `vehicle_busy`. */
  readonly busy: readonly string[];
}

/** Judges every combination. */
function judgeAll(world: BookingWorld, request: SlotRequest): Judged[] {
  return Array.from(proposals(world, request), (proposal) => ({
    proposal,
    rules: judge(proposal, world).flatMap(({ kind, rule }) => (kind === 'advice' ? [] : [rule])),
    busy: conflictsOf(proposal, world).map(({ resource_kind }) => `${resource_kind}_busy`),
  }));
}

/** The bookable cars for each start and instructor. */
function bookable(judged: readonly Judged[]): Map<string, (string | null)[]> {
  const found = new Map<string, (string | null)[]>();
  for (const { proposal, rules, busy } of judged) {
    if (rules.length > 0 || busy.length > 0) continue;
    const key = `${proposal.starts_at} ${proposal.instructor_id}`;
    found.set(key, [...(found.get(key) ?? []), proposal.vehicle_id]);
  }
  return found;
}

function* proposals(world: BookingWorld, request: SlotRequest): Generator<Proposal> {
  const location = world.locations.find(({ id }) => id === request.location_id);
  assert.ok(location !== undefined);
  const { from } = dayBounds(request.from, location.time_zone);
  const { to } = dayBounds(request.to, location.time_zone);
  for (let starts_at = from; starts_at < to; starts_at += quarterMs) {
    if (request.not_before !== undefined && starts_at < request.not_before) continue;
    for (const instructor_id of request.instructor_ids) {
      for (const vehicle_id of request.vehicle_ids ?? [null]) {
        yield {
          lesson_id: null,
          type: request.type,
          student_id: request.student_id,
          enrolment_id: request.enrolment_id,
          instructor_id,
          vehicle_id,
          location_id: request.location_id,
          starts_at,
          ends_at: starts_at + request.minutes * minuteMs,
          buffer_after_minutes: location.buffer_minutes,
          relay_after: null,
        };
      }
    }
  }
}

/** The obstacle refuses at least one of the instructor's times. */
function assertReal(
  { instructor_id, rule }: { readonly instructor_id: string; readonly rule: string },
  judged: readonly Judged[],
): void {
  const all = judged.filter(({ proposal }) => proposal.instructor_id === instructor_id);
  const isReal =
    rule === 'past' ? all.length === 0 : all.some(({ rules, busy }) => rules.includes(rule) || busy.includes(rule));
  assert.ok(isReal, `${rule} stands in the way of ${instructor_id}`);
}

/** The claims of a lesson with a buffer of 15 minutes. */
function claims(id: string, student: string, instructor: string, from: string, to: string, vehicle?: string): Claim[] {
  const claim = (resource_kind: Claim['resource_kind'], resource_id: string, buffer: number): Claim => ({
    source_kind: 'lesson',
    source_id: id,
    resource_kind,
    resource_id,
    from: ms(from),
    to: ms(to) + buffer * minuteMs,
  });
  return [
    claim('student', student, 0),
    claim('instructor', instructor, 15),
    ...(vehicle === undefined ? [] : [claim('vehicle', vehicle, 15)]),
  ];
}

function ms(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}
