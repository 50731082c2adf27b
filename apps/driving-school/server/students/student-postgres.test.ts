import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { skipWithoutPostgres, startPostgres, type TestPostgres } from '../platform/database/testing/postgres.ts';
import { testDatabase } from '../platform/database/testing/test-database.ts';
import { testSchool, type TestSchool } from './testing/test-school.ts';

// The embedded database runs one transaction at a time; overlapping ones need a server.
const skip = skipWithoutPostgres();
let postgres: TestPostgres;
let school: TestSchool;
before(async () => {
  if (skip !== false) return;
  postgres = await startPostgres();
  school = await testSchool({ database: await testDatabase({ url: await postgres.createDatabase('school') }) });
});
after(async () => {
  await school?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

const aStudent = (fields: object): object => ({ birth_date: '2008-03-09', ...fields });
const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
const inOrder = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

test('of overlapping changes of one version, one is made', { skip }, async () => {
  const { office } = school.people;
  const body = aStudent({ legal_family_name: 'Contested' });
  const { id } = (await school.request(office, 'POST', '/api/students', { body })).body.data;
  for (let version = 1; version <= 10; version += 1) {
    const answers = await times(6, (index) =>
      school.request(office, 'PATCH', `/api/students/${id}`, {
        body: { notes: `Number ${index}.` },
        headers: { 'if-match': `"${version}"` },
      }),
    );
    assert.deepEqual(inOrder(answers.map(({ status }) => status)), [200, 412, 412, 412, 412, 412]);
  }
});

test('of overlapping requests with one key, one takes effect, and all get its answer', { skip }, async () => {
  const { office } = school.people;
  const body = aStudent({ legal_family_name: 'Keyed' });
  const answers = await times(6, () =>
    school.request(office, 'POST', '/api/students', { body, headers: { 'idempotency-key': 'overlapping' } }),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 201, 201, 201, 201],
  );
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
});

test('of overlapping additions with one licence number, one is made', { skip }, async () => {
  const answers = await times(6, (index) =>
    school.request(school.people.office, 'POST', '/api/students', {
      body: aStudent({ legal_family_name: `Taken${'abcdef'[index]}`, licence_number: 'T0000-00010-80309' }),
    }),
  );
  assert.deepEqual(inOrder(answers.map(({ status }) => status)), [201, 409, 409, 409, 409, 409]);
});

test('search and pagination work as in the embedded database', { skip }, async () => {
  const { office } = school.people;
  const names = ['Étoile', 'Etoile-Roy', 'etoile', "O'Étoile"];
  for (const legal_family_name of names) {
    await school.request(office, 'POST', '/api/students', { body: aStudent({ legal_family_name }) });
  }
  const first = await school.request(office, 'GET', '/api/students?q=ETOI&limit=3');
  const second = await school.request(office, 'GET', `/api/students?q=ETOI&limit=3&cursor=${first.body.next_cursor}`);
  const found = [...first.body.data, ...second.body.data].map(
    ({ display_name }: { display_name: string }) => display_name,
  );
  assert.deepEqual([found.length, found[2], found[3], second.body.next_cursor], [4, 'Etoile-Roy', "O'Étoile", null]);
});
