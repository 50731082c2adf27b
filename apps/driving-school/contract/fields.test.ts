import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { listShape, readShape, writeShape } from './field-schemas.ts';
import {
  type FieldTable,
  leavesOf,
  listedFields,
  mergePatch,
  parseRecord,
  visibleRecord,
  withMissingFields,
} from './fields.ts';
import { parseLine, parsePostalCode } from './parsers.ts';

/** A table with a field of each kind. */
const lessonFields = {
  title: { kind: 'text', parse: (text) => parseLine(text, 20), required: 'Enter a title.', label: 'Title', list: true },
  car: { kind: 'text', parse: (text) => parseLine(text, 20), label: 'Car', visibleTo: ['owner'] },
  secret: { kind: 'text', parse: (text) => parseLine(text, 20), mask: () => '***', label: 'Secret' },
  held_on: { kind: 'day', label: 'Day' },
  gear: {
    kind: 'choice',
    options: { manual: 'Manual', automatic: 'Automatic' },
    byDefault: 'automatic',
    label: 'Gear',
  },
  meeting_point: {
    kind: 'group',
    label: 'Meeting point',
    fields: {
      street: { kind: 'text', parse: (text) => parseLine(text, 20), required: 'Enter the street.', label: 'Street' },
      postal_code: { kind: 'text', parse: parsePostalCode, label: 'Postal code', column: 'code' },
    },
  },
} as const satisfies FieldTable;

const problems = (input: unknown): string[] => {
  const parsed = parseRecord(lessonFields, input);
  return parsed.ok ? [] : parsed.problems.map(({ pointer, code }) => `${pointer} ${code}`);
};

test('a record is parsed into its normal form; omitted fields have their default or null', () => {
  assert.deepEqual(
    parseRecord(lessonFields, { title: ' Parking  1 ', gear: 'MANUAL', meeting_point: { street: 'Elm' } }),
    {
      ok: true,
      value: {
        title: 'Parking 1',
        car: null,
        secret: null,
        held_on: null,
        gear: 'manual',
        meeting_point: { street: 'Elm', postal_code: null },
      },
    },
  );
});

test('a group without any text is null, and none of its fields is required', () => {
  for (const meeting_point of [null, {}, { street: ' ', postal_code: null }]) {
    const parsed = parseRecord(lessonFields, { title: 'x', meeting_point });
    assert.ok(parsed.ok);
    assert.equal(parsed.value.meeting_point, null);
  }
  assert.deepEqual(problems({ title: 'x', meeting_point: { postal_code: 'K1A 0B1' } }), [
    '/meeting_point/street required',
  ]);
});

test('all problems are reported together, in the order of the table, each with a JSON pointer', () => {
  assert.deepEqual(
    problems({ 'a/b': 1, meeting_point: { street: 3, planet: 'x' }, held_on: '2026-13-01', title: '' }),
    [
      '/a~1b unknown_field',
      '/title required',
      '/held_on date_exists',
      '/meeting_point/planet unknown_field',
      '/meeting_point/street wrong_type',
    ],
  );
  assert.deepEqual(problems({ title: 'x', meeting_point: 'here' }), ['/meeting_point wrong_type']);
});

test('rules can report problems and check which fields could not be parsed', () => {
  const parsed = parseRecord(lessonFields, { title: 'x', held_on: 'soon' }, (values, report, failed) => {
    if (values.car === null) report('car', 'required', 'Choose a car.');
    if (values.held_on === null && !failed('held_on')) report('held_on', 'required', 'Choose a day.');
  });
  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.problems.map(({ code }) => code),
    ['required', 'date_format'],
  );
});

test('a merge patch keeps omitted fields, merges groups and contains masked fields only if they are sent', () => {
  const stored = { id: '1', title: 'x', meeting_point: { street: 'Elm', postal_code: null }, secret_masked: '***' };
  assert.deepEqual(mergePatch(lessonFields, stored, { car: 'A', meeting_point: { postal_code: 'K1A 0B1' } }), {
    title: 'x',
    car: 'A',
    meeting_point: { street: 'Elm', postal_code: 'K1A 0B1' },
  });
  assert.equal(mergePatch(lessonFields, stored, { meeting_point: null })['meeting_point'], null);
});

test('fields that a role may not see are null', () => {
  const record = { title: 'x', car: 'A' };
  assert.deepEqual(visibleRecord(lessonFields, record, 'owner'), record);
  assert.deepEqual(visibleRecord(lessonFields, record, 'instructor'), { title: 'x', car: null });
});

test('a field that was added after a record was stored is null', () => {
  assert.deepEqual(withMissingFields(lessonFields, { title: 'x', gear: 'manual', car: 'A' }), {
    title: 'x',
    gear: 'manual',
    car: 'A',
    secret_masked: null,
    held_on: null,
    meeting_point: null,
  });
});

test('leaves have paths and columns; columns of group members are prefixed unless the field sets them', () => {
  assert.deepEqual(
    leavesOf(lessonFields).map(({ path, column }) => `${path} ${column}`),
    [
      'title title',
      'car car',
      'secret secret',
      'held_on held_on',
      'gear gear',
      'meeting_point/street meeting_point_street',
      'meeting_point/postal_code code',
    ],
  );
  assert.deepEqual(listedFields(lessonFields, { title: 'x', car: 'A' }), { title: 'x' });
});

test('schemas accept records and contain only the mask of a masked field', () => {
  const read = z.object(readShape(lessonFields));
  const answer = {
    title: 'x',
    car: null,
    secret_masked: '***',
    held_on: '2026-03-15',
    gear: 'manual',
    meeting_point: null,
  } as const;
  assert.deepEqual(read.parse({ ...answer, secret: 'visible' }), answer);
  assert.equal(read.safeParse({ ...answer, gear: 'none' }).success, false);
  assert.deepEqual(Object.keys(listShape(lessonFields)), ['title']);
  const write = z.object(writeShape(lessonFields));
  assert.equal(write.safeParse({}).success, false);
  assert.equal(write.safeParse({ title: 'x', meeting_point: { street: 'Elm' } }).success, true);
});
