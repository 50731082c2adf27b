import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Refusal } from '../../contract/rules.ts';
import { combined, explanationOf, missingReasons } from './against.ts';

const refusal = (rule: Refusal['rule'], kind: Refusal['kind']): Refusal => ({
  rule,
  kind,
  message: rule,
  facts: {},
  source: 'school',
});
const hours = refusal('instructor_hours', 'soft');
const night = refusal('g1_night', 'hard');
const server = { title: 'Refused', detail: 'Refused.', conflicts: [], nearest: [], refusals: [] };
const verdict = {
  kind: 'soft' as const,
  text: '',
  refusals: [hours],
  conflicts: ['Ivan Petrov has a lesson until 10:15.'],
};

test('the page’s verdict and the server’s refusal are shown together, each rule once', () => {
  const { refusals, conflicts } = combined(verdict, { ...server, refusals: [hours, night] }, 'America/Toronto');
  assert.deepEqual([refusals, conflicts], [[hours, night], verdict.conflicts]);
});

test('the server’s conflicts take the place of the page’s, because they are newer', () => {
  const conflict = {
    resource_kind: 'vehicle' as const,
    resource_id: 'red',
    name: 'Red',
    from: '2026-03-09T13:00:00.000Z',
    to: '2026-03-09T14:15:00.000Z',
    source_kind: 'lesson' as const,
    source_id: 'other',
  };
  const { conflicts } = combined(verdict, { ...server, conflicts: [conflict] }, 'America/Toronto');
  assert.deepEqual(conflicts, ['Red is busy from 09:00 to 10:15.']);
});

test('a soft refusal without a reason is a problem of its field; a hard one can have no reason', () => {
  assert.deepEqual(Object.keys(missingReasons([hours, night], { instructor_hours: ' ' })), ['instructor_hours']);
  assert.deepEqual(missingReasons([hours], { instructor_hours: 'Make-up' }), {});
});

test('a refusal that only needs reasons has no banner', () => {
  assert.equal(explanationOf({ ...server, refusals: [hours] }).failure, undefined);
  assert.equal(explanationOf({ ...server, refusals: [hours, night] }).failure?.title, 'Refused');
});
