import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daysLeftText, subjectHref } from './compliance-text.ts';

test('days until a document expires are said in words', () => {
  assert.deepEqual([12, 1, 0, -1, -40].map(daysLeftText), [
    'in 12 days',
    'in 1 day',
    'today is the last day',
    '1 day ago',
    '40 days ago',
  ]);
});

test('each subject links to its page', () => {
  assert.equal(subjectHref({ subject_kind: 'vehicle', subject_id: 'a-1' }), '/vehicles/a-1');
});
