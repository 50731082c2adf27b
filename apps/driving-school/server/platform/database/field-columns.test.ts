import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldTable } from '../../../contract/fields.ts';
import { parseLine } from '../../../contract/parsers.ts';
import { columnsOf, recordOf } from './field-columns.ts';

const carFields = {
  plate: { kind: 'text', parse: (text) => parseLine(text, 10), required: 'Enter the plate.', label: 'Plate' },
  dual_brake: { kind: 'flag', byDefault: true, label: 'Second brake' },
  seats: { kind: 'number', min: 1, max: 9, label: 'Seats', column: 'seat_count' },
  engine: {
    kind: 'group',
    label: 'Engine',
    fields: {
      electric: { kind: 'flag', byDefault: false, label: 'Electric' },
      power: { kind: 'number', min: 1, max: 2_000, label: 'Power', column: 'power' },
    },
  },
} as const satisfies FieldTable;

test('flags and numbers become columns and come back, also in groups', () => {
  const car = { plate: 'X 1', dual_brake: false, seats: 5, engine: { electric: false, power: 90 } };
  const columns = columnsOf(carFields, car);
  const power: number | null = columns.power;
  assert.equal(power, 90);
  assert.deepEqual(columns, { plate: 'X 1', dual_brake: false, seat_count: 5, engine_electric: false, power: 90 });
  assert.deepEqual(recordOf(carFields, columns), car);
});

test('the columns of an empty group are null', () => {
  const car = { plate: 'X 1', dual_brake: true, seats: null, engine: null };
  const columns = columnsOf(carFields, car);
  assert.deepEqual(columns, { plate: 'X 1', dual_brake: true, seat_count: null, engine_electric: null, power: null });
  assert.deepEqual(recordOf(carFields, columns), car);
});
