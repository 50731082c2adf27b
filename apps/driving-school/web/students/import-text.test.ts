import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportReport } from '../../contract/student-import.ts';
import { addLabel, columnLabel, nextStepText } from './import-text.ts';

const aReport = (counts: Partial<ImportReport>): ImportReport => ({
  dry_run: true,
  rows: 0,
  accepted: 0,
  applied: 0,
  skipped: 0,
  problems: [],
  problem_count: 0,
  problem_rows: 0,
  duplicates: [],
  duplicate_count: 0,
  truncated: false,
  preview: { columns: [], rows: [] },
  ...counts,
});

test('each outcome of a check has its own next step', () => {
  const texts = [
    aReport({ rows: 2, accepted: 2 }),
    aReport({ rows: 3, accepted: 1, problem_count: 4, problem_rows: 2 }),
    aReport({ rows: 5_000, duplicate_count: 5_000 }),
    aReport({ rows: 5_000, duplicate_count: 5_000, skipped: 5_000 }),
    aReport({ rows: 1_205, accepted: 5, duplicate_count: 1_200 }),
    aReport({ rows: 1_205, accepted: 5, duplicate_count: 1_200, skipped: 1_200 }),
  ].map(nextStepText);
  assert.deepEqual(texts, [
    'All rows are ready to be added.',
    'Correct the rows below in the file, then choose it again.',
    'All 5,000 students already exist. There is nothing to add.',
    'All 5,000 students already exist. There is nothing to add.',
    '1,200 students already exist. Skip them below, or remove them from the file.',
    '1,200 students who already exist will be skipped.',
  ]);
});

test('a problem with the header is not reported as a problem with a row', () => {
  const unknown = { row: 1, field: 'a;b', code: 'unknown_column', message: 'The column is unknown.', value: 'a;b' };
  assert.equal(
    nextStepText(aReport({ rows: 1, problems: [unknown], problem_count: 3, problem_rows: 1 })),
    'Correct the column names in the first row of the file, then choose it again.',
  );
});

test('the button shows the number of students it adds, unless there are none', () => {
  assert.deepEqual([0, 1, 1_200].map(addLabel), ['Add students', 'Add 1 student', 'Add 1,200 students']);
});

test('columns have the labels of the form', () => {
  assert.deepEqual(
    ['legal_family_name', 'postal_code', 'instructor_email'].map((column) => columnLabel(column)),
    ['Family name', 'Postal code', 'Instructor’s e-mail'],
  );
});
