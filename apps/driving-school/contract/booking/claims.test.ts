import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimsOf, conflictsOf } from './claims.ts';
import { nearestTimes } from './nearest.ts';
import { instant, proposal, smallWorld } from './testing/small-world.ts';
import type { Claim, Proposal } from './world.ts';

const claimsBy = (id: string, start: string, minutes = 60, fields: Partial<Proposal> = {}): Claim[] =>
  claimsOf({ ...proposal(start, minutes, { student_id: 'other', ...fields }), lesson_id: id });
const kindsOf = (claims: readonly Claim[]): string[] => claims.map(({ resource_kind }) => resource_kind);

test('instructor and vehicle are busy until the buffer ends, the student until the lesson ends', () => {
  const ends = (claims: readonly Claim[]) => claims.map(({ resource_kind, to }) => [resource_kind, to]);
  const [end, buffered] = [instant('2026-05-04T10:00'), instant('2026-05-04T10:15')];
  const claims = claimsBy('a', '2026-05-04T09:00');
  assert.deepEqual(ends(claims), [
    ['student', end],
    ['instructor', buffered],
    ['vehicle', buffered],
  ]);
  assert.deepEqual(kindsOf(claimsBy('a', '2026-05-04T09:00', 60, { vehicle_id: null })), ['student', 'instructor']);
  assert.equal(claimsBy('a', '2026-05-04T09:00', 60, { type: 'road_test' })[0]?.source_kind, 'road_test');
});

test('P2: touching periods are no conflict, whichever was booked first', () => {
  const first = claimsBy('first', '2026-05-04T09:00');
  assert.deepEqual(conflictsOf(proposal('2026-05-04T10:15'), { claims: first }), []);
  assert.deepEqual(kindsOf(conflictsOf(proposal('2026-05-04T10:14'), { claims: first })), ['instructor', 'vehicle']);
  const second = claimsBy('second', '2026-05-04T10:15');
  assert.deepEqual(conflictsOf(proposal('2026-05-04T09:00'), { claims: second }), []);
  assert.deepEqual(kindsOf(conflictsOf(proposal('2026-05-04T09:01'), { claims: second })), ['instructor', 'vehicle']);
});

test('a student has no buffer', () => {
  const elsewhere = { student_id: 'zoe', instructor_id: 'ivan', vehicle_id: 'other car' };
  const claims = claimsBy('first', '2026-05-04T09:00', 60, elsewhere);
  assert.deepEqual(conflictsOf(proposal('2026-05-04T10:00'), { claims }), []);
  assert.deepEqual(kindsOf(conflictsOf(proposal('2026-05-04T09:59'), { claims })), ['student']);
});

test('P3: a moved lesson does not meet itself', () => {
  const claims = claimsBy('mine', '2026-05-04T09:00', 60, { student_id: 'zoe' });
  assert.deepEqual(conflictsOf(proposal('2026-05-04T09:30', 60, { lesson_id: 'mine' }), { claims }), []);
  assert.equal(conflictsOf(proposal('2026-05-04T09:30'), { claims }).length, 3);
});

test('a relay ignores the buffer of the lesson before, and of no other', () => {
  const claims = [...claimsBy('before', '2026-05-04T09:00'), ...claimsBy('earlier', '2026-05-04T07:30', 80)];
  assert.deepEqual(conflictsOf(proposal('2026-05-04T10:00', 60, { relay_after: 'before' }), { claims }), []);
  assert.equal(conflictsOf(proposal('2026-05-04T10:00'), { claims }).length, 2);
  assert.equal(conflictsOf(proposal('2026-05-04T10:00', 60, { relay_after: 'earlier' }), { claims }).length, 2);
});

test('P6: instants are compared, whatever the zones of the locations', () => {
  const claims = claimsBy('toronto', '2026-05-04T10:00');
  const kenora = (start: string) =>
    proposal(undefined, 60, {
      location_id: 'kenora',
      starts_at: instant(start, 'America/Winnipeg'),
      ends_at: instant(start, 'America/Winnipeg') + 3_600_000,
    });
  assert.deepEqual(kindsOf(conflictsOf(kenora('2026-05-04T09:00'), { claims })), ['instructor', 'vehicle']);
  assert.deepEqual(conflictsOf(kenora('2026-05-04T10:15'), { claims }), []);
});

test('the nearest free times are the closest quarter hours that no rule refuses', () => {
  const world = smallWorld({
    world: { claims: claimsBy('first', '2026-05-04T09:00') },
    instructor: {
      hours: [{ weekday: 1, from_minute: 465, to_minute: 720, valid_from: null, valid_to: null }],
    },
  });
  const range = { from: instant('2026-05-03T00:00'), to: instant('2026-05-06T00:00') };
  const find = (start: string, options = {}) => nearestTimes(proposal(start), world, { ...range, ...options });
  const times = (...texts: string[]) => texts.map((text) => instant(`2026-05-04T${text}`));
  assert.deepEqual(find('2026-05-04T09:30'), times('10:15', '10:30', '10:45'));
  // 07:45 ends at 08:45, and its buffer at 09:00.
  assert.deepEqual(find('2026-05-04T09:05'), times('10:15', '07:45', '10:30'));
  assert.deepEqual(find('2026-05-04T09:05', { from: instant('2026-05-04T08:00') }), times('10:15', '10:30', '10:45'));
  assert.deepEqual(find('2026-05-04T09:30', { count: 1 }), times('10:15'));
  assert.deepEqual(find('2026-05-04T12:00', { from: instant('2026-05-04T11:15') }), []);
  const overridden = find('2026-05-04T11:30', { from: instant('2026-05-04T11:15'), overridden: ['instructor_hours'] });
  assert.deepEqual(overridden, times('11:45', '11:15', '12:00'));
});
