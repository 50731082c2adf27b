import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyone, listAddress, listOfAddress } from './student-list-address.ts';

const id = '018f0000-0000-7000-8000-000000000001';
const read = (address: string) => listOfAddress(new URL(address, 'http://here.invalid').searchParams);

test('a list is restored from its address', () => {
  const query = { q: 'o’neil & côté', status: 'all', sort: 'updated', instructorId: id } as const;
  assert.deepEqual(read(listAddress(query, 150)), { query, rows: 150 });
  assert.deepEqual(read(listAddress({ ...everyone, instructorId: 'none' })).query.instructorId, 'none');
  assert.equal(listAddress(everyone), '/students');
});

test('an address never contains a complete or partial licence number', () => {
  for (const q of ['A1234-56789-01234', 'a1234 567']) assert.equal(listAddress({ ...everyone, q }), '/students');
});

test('invalid parameters of an address are ignored', () => {
  assert.deepEqual(read('/?status=x&sort=y&instructor=z&rows=many'), { query: everyone, rows: 50 });
  assert.equal(read('/?rows=-1').rows, 50);
  assert.equal(read('/?rows=1000000').rows, 2_000);
});
