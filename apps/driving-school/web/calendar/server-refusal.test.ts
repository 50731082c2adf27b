import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemResponse } from '../api.ts';
import { serverRefusalOf } from './server-refusal.ts';

const problem = (status: number, body: object) => new ProblemResponse(new Response(null, { status }), body);

test('a taken slot has its conflicts and the nearest free times', () => {
  const conflict = {
    resource_kind: 'instructor',
    resource_id: 'ivan',
    name: 'Ivan Petrov',
    from: '2026-03-09T13:00:00.000Z',
    to: '2026-03-09T14:15:00.000Z',
    source_kind: 'lesson',
    source_id: 'other',
  };
  const nearest = [{ starts_at: '2026-03-09T14:15:00.000Z', instructor_id: 'ivan', vehicle_id: null }];
  const refusal = serverRefusalOf(
    problem(409, { code: 'slot_taken', title: 'Taken', detail: 'Taken.', conflicts: [conflict], nearest }),
  );
  assert.deepEqual([refusal?.conflicts, refusal?.nearest, refusal?.refusals], [[conflict], nearest, []]);
});

test('rules that refuse are read with their facts', () => {
  const refusals = [
    { rule: 'closed_day', kind: 'soft', message: 'Closed.', facts: { day: '2026-03-09' }, source: 'school' },
  ];
  const refusal = serverRefusalOf(problem(422, { code: 'rules_refuse', title: 'No', detail: 'No.', refusals }));
  assert.deepEqual(refusal?.refusals, refusals);
});

test('other errors are not refusals', () => {
  assert.equal(serverRefusalOf(problem(412, { code: 'lesson_changed', detail: 'Changed.' })), undefined);
  assert.equal(serverRefusalOf(new TypeError('x')), undefined);
});
