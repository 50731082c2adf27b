import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { listShape, readShape, writeShape } from './field-schemas.ts';
import {
  type FieldTable,
  leafInput,
  leafValue,
  leavesOf,
  listedFields,
  mergePatch,
  parseRecord,
  shownLeaf,
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

/** A table with flags and numbers. */
const carFields = {
  dual_brake: { kind: 'flag', byDefault: true, label: 'Second brake' },
  insured: { kind: 'flag', byDefault: false, label: 'Insured', list: true },
  seats: { kind: 'number', min: 1, max: 9, required: 'Enter the seats.', label: 'Seats', list: true },
  pause_minutes: { kind: 'number', min: 0, max: 240, byDefault: 15, unit: 'minutes', label: 'Pause' },
  distance: { kind: 'number', min: 0, max: 2_000_000, unit: 'km', label: 'Distance' },
  engine: {
    kind: 'group',
    label: 'Engine',
    fields: {
      electric: { kind: 'flag', byDefault: false, label: 'Electric' },
      power: { kind: 'number', min: 1, max: 2_000, label: 'Power' },
    },
  },
} as const satisfies FieldTable;

test('flags and numbers are parsed as JSON values; omitted ones have their default or null', () => {
  const values = { dual_brake: true, insured: false, seats: 5, pause_minutes: 15, distance: null, engine: null };
  assert.deepEqual(parseRecord(carFields, { seats: 5 }), { ok: true, value: values });
  assert.deepEqual(parseRecord(carFields, { seats: 5, dual_brake: null, pause_minutes: null, engine: {} }), {
    ok: true,
    value: values,
  });
  const sent = { dual_brake: false, insured: true, seats: 1, pause_minutes: 0, distance: 2_000_000 };
  assert.deepEqual(parseRecord(carFields, { ...sent, engine: { power: 90 } }), {
    ok: true,
    value: { ...sent, engine: { electric: false, power: 90 } },
  });
});

test('values of another type, fractions and numbers out of range are reported, and a missing required number', () => {
  const problemsOf = (input: object): string[] => {
    const parsed = parseRecord(carFields, input);
    return parsed.ok ? [] : parsed.problems.map(({ pointer, code, message }) => `${pointer} ${code}: ${message}`);
  };
  assert.deepEqual(problemsOf({ dual_brake: 'yes', insured: 1, seats: '5', pause_minutes: 7.5, distance: -1 }), [
    '/dual_brake flag_format: Enter yes or no. In JSON, send true or false.',
    '/insured flag_format: Enter yes or no. In JSON, send true or false.',
    '/seats number_format: Enter a whole number from 1 to 9.',
    '/pause_minutes number_format: Enter a whole number from 0 to 240.',
    '/distance number_range: Enter a number from 0 to 2,000,000.',
  ]);
  assert.deepEqual(problemsOf({}), ['/seats required: Enter the seats.']);
  assert.deepEqual(problemsOf({ seats: Number.NaN }), ['/seats number_format: Enter a whole number from 1 to 9.']);
  assert.deepEqual(problemsOf({ seats: 1, engine: { electric: 3 } }), [
    '/engine/electric flag_format: Enter yes or no. In JSON, send true or false.',
  ]);
});

test('text of forms and files becomes flags and numbers, and comes back from a record', () => {
  const leaves = new Map(leavesOf(carFields).map((leaf) => [leaf.path, leaf]));
  const input = (path: string, text: string) => {
    const leaf = leaves.get(path);
    assert.ok(leaf);
    return leafInput(leaf.field, text);
  };
  assert.deepEqual(
    ['yes', ' Oui', 'TRUE', '1', 'no', 'Non', '0', '', 'maybe'].map((text) => input('dual_brake', text)),
    [true, true, true, true, false, false, false, null, 'maybe'],
  );
  assert.deepEqual(
    ['15', ' 0 ', '-3', '１２', '10 000', '10,000', '1,0', '1e3', '7.5', ''].map((text) => input('distance', text)),
    [15, 0, -3, 12, 10_000, 10_000, '1,0', '1e3', '7.5', null],
  );
  const record = {
    dual_brake: true,
    insured: false,
    seats: 5,
    distance: 120_000,
    engine: { electric: true, power: 90 },
  };
  const texts = (textOf: typeof leafValue) => [...leaves.values()].map((leaf) => textOf(record, leaf));
  assert.deepEqual(texts(leafValue), ['yes', 'no', '5', null, '120000', 'yes', '90']);
  assert.deepEqual(texts(shownLeaf), ['Yes', 'No', '5', null, '120,000 km', 'Yes', '90']);
});

test('patches keep and replace flags and numbers; a copy without an optional number has null', () => {
  const stored = { dual_brake: true, insured: true, seats: 5, pause_minutes: 15, distance: 10, engine: null };
  assert.deepEqual(mergePatch(carFields, stored, { dual_brake: false, distance: null }), {
    ...stored,
    dual_brake: false,
    distance: null,
  });
  assert.deepEqual(withMissingFields(carFields, { seats: 5 }), { seats: 5, distance: null, engine: null });
});

test('schemas have booleans and whole numbers with their bounds', () => {
  const read = z.object(readShape(carFields));
  const record = { dual_brake: true, insured: false, seats: 5, pause_minutes: 15, distance: null, engine: null };
  assert.deepEqual(read.parse(record), record);
  assert.equal(read.safeParse({ ...record, dual_brake: null }).success, false);
  assert.equal(read.safeParse({ ...record, pause_minutes: null }).success, false);
  assert.equal(read.safeParse({ ...record, seats: 1.5 }).success, false);
  assert.deepEqual(Object.keys(listShape(carFields)), ['insured', 'seats']);
  const write = z.toJSONSchema(z.object(writeShape(carFields)));
  assert.deepEqual(write.required, ['seats']);
  assert.deepEqual(write.properties?.['seats'], { type: 'integer', minimum: 1, maximum: 9 });
  assert.deepEqual(write.properties?.['dual_brake'], { type: 'boolean' });
});
