import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claim, Proposal } from '../../contract/booking/world.ts';
import { freeVehicle, verdictOf, verdictOfVehicle } from './calendar-verdict.ts';
import { someWorld } from './testing/calendar-data.ts';

const zone = 'America/Toronto';
const at = (clock: string): number => Date.parse(`2026-03-09T${clock}:00-04:00`);

function proposalOf(changes: Partial<Proposal> = {}, start = at('10:00'), minutes = 60): Proposal {
  return {
    lesson_id: null,
    type: 'private',
    student_id: 'student-amara',
    enrolment_id: null,
    instructor_id: 'ivan',
    vehicle_id: null,
    location_id: 'main',
    starts_at: start,
    ends_at: start + minutes * 60_000,
    buffer_after_minutes: 15,
    relay_after: null,
    ...changes,
  };
}

const busy = (resource_id: string, from: string, to: string, changes: Partial<Claim> = {}): Claim => ({
  source_kind: 'lesson',
  source_id: 'other',
  resource_kind: 'instructor',
  resource_id,
  from: at(from),
  to: at(to),
  ...changes,
});

test('a free time is free', () => {
  assert.deepEqual(verdictOf(proposalOf(), someWorld(), zone), {
    kind: 'free',
    text: 'Free',
    refusals: [],
    conflicts: [],
  });
});

test('a time outside the hours is refused softly and says the hours', () => {
  const verdict = verdictOf(proposalOf({}, at('17:30')), someWorld(), zone);
  assert.deepEqual([verdict.kind, verdict.text], ['soft', 'Ivan Petrov works 08:00–18:00 on this day.']);
});

test('a busy instructor refuses with the name, the reason and the end', () => {
  const world = someWorld({ claims: [busy('ivan', '09:00', '10:15')] });
  const verdict = verdictOf(proposalOf(), world, zone);
  assert.equal(verdict.kind, 'refused');
  assert.equal(verdict.text, 'Ivan Petrov has a lesson until 10:15, with the time after it.');
  assert.equal(verdictOf(proposalOf({}, at('10:15')), world, zone).kind, 'free', 'B6: touching is not overlapping');
});

test('the lesson that is moved is not in its own way', () => {
  const world = someWorld({ claims: [busy('ivan', '09:00', '10:15', { source_id: 'moved' })] });
  assert.equal(verdictOf(proposalOf({ lesson_id: 'moved' }), world, zone).kind, 'free');
});

test('a hard rule refuses, before a soft one is named', () => {
  const verdict = verdictOf(proposalOf({ instructor_id: 'omar', vehicle_id: 'old' }), someWorld(), zone);
  assert.equal(verdict.kind, 'refused');
  assert.match(verdict.text, /insurance of Car old expires on 2026-01-01/);
});

test('a record that the page doesn’t know yet leaves the decision to the server', () => {
  assert.equal(verdictOf(proposalOf({ instructor_id: 'new' }), someWorld(), zone).kind, 'unknown');
});

test('a car is suggested that is free and legal, the preferred one first', () => {
  const world = someWorld({ claims: [busy('red', '09:00', '12:00', { resource_kind: 'vehicle' })] });
  assert.equal(freeVehicle(proposalOf(), world)?.id, 'blue');
  assert.equal(freeVehicle(proposalOf(), someWorld(), ['blue'])?.id, 'blue');
  assert.equal(freeVehicle(proposalOf(), someWorld(), ['old'])?.id, 'red');
});

test('a car is judged alone: that the instructor is busy does not make the car busy', () => {
  const world = someWorld({ claims: [busy('ivan', '09:00', '12:00')] });
  const [red] = world.vehicles;
  assert.ok(red !== undefined);
  assert.equal(verdictOfVehicle(proposalOf(), red, world).kind, 'free');
});
