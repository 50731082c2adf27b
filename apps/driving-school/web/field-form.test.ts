import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FieldTable, parseRecord } from '../contract/fields.ts';
import { parseLine } from '../contract/parsers.ts';
import { changedFields, fieldForm } from './field-form.ts';

const carFields = {
  plate: { kind: 'text', parse: (text) => parseLine(text, 10), required: 'Enter the plate.', label: 'Plate' },
  dual_brake: { kind: 'flag', byDefault: true, label: 'Second brake' },
  insured: { kind: 'flag', byDefault: false, label: 'Insured' },
  pause_minutes: { kind: 'number', min: 0, max: 240, byDefault: 15, label: 'Pause' },
  distance: { kind: 'number', min: 0, max: 2_000_000, label: 'Distance' },
} as const satisfies FieldTable;
const form = fieldForm(carFields);

const stored = { plate: 'ABCD 123', dual_brake: false, insured: true, pause_minutes: 0, distance: null };

test('a new form has the default flags and numbers, and is parsed to them', () => {
  assert.deepEqual(form.empty, { plate: '', dual_brake: 'yes', insured: 'no', pause_minutes: '15', distance: '' });
  assert.deepEqual(parseRecord(carFields, form.toInput({ ...form.empty, plate: 'X 1' })), {
    ok: true,
    value: { plate: 'X 1', dual_brake: true, insured: false, pause_minutes: 15, distance: null },
  });
});

test('an untouched form of a record has nothing to send', () => {
  const parsed = parseRecord(carFields, form.toInput(form.fromRecord(stored)));
  assert.ok(parsed.ok);
  assert.deepEqual(changedFields(carFields, stored, parsed.value), {});
});

test('changed flags and numbers are sent as JSON values, and text that is no number is a problem of its field', () => {
  const typed = { ...form.fromRecord(stored), dual_brake: 'yes', distance: '12 000' };
  const parsed = parseRecord(carFields, form.toInput(typed));
  assert.ok(parsed.ok);
  assert.deepEqual(changedFields(carFields, stored, parsed.value), { dual_brake: true, distance: 12_000 });
  const wrong = parseRecord(carFields, form.toInput({ ...typed, pause_minutes: 'ten' }));
  assert.deepEqual(!wrong.ok && wrong.problems.map(({ pointer }) => pointer), ['/pause_minutes']);
});
