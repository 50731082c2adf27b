import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { TestSchool } from '../students/testing/test-school.ts';
import { aStudent, SeededLessons } from '../testing/seeded-lessons.ts';
import { wholeSchool } from '../testing/whole-school.ts';

let school: TestSchool;
before(async () => {
  school = await wholeSchool();
});
after(() => school[Symbol.asyncDispose]());

const office = () => school.people.office;
const marie = { name: 'Marie Tremblay', email: 'marie@Example.com', phone: '416-555-0123 ext. 7', relation: 'mother' };
const luc = { name: 'Luc Tremblay', phone: '416-555-0124', relation: 'father' };
const minor = { birth_date: '2009-06-01' };
const adult = { birth_date: '2000-06-01' };
const add = (studentId: string, body: object, headers: Record<string, string> = {}) =>
  school.request(office(), 'POST', `/api/students/${studentId}/guardians`, { body, headers });
const listOf = async (studentId: string) =>
  (await school.request(office(), 'GET', `/api/students/${studentId}/guardians`)).body.data as {
    id: string;
    name: string;
    is_primary: boolean;
    version: number;
  }[];
const remove = (studentId: string, id: string) =>
  school.request(office(), 'DELETE', `/api/students/${studentId}/guardians/${id}`);
const makePrimary = (studentId: string, { id, version }: { id: string; version: number }) =>
  school.request(office(), 'POST', `/api/students/${studentId}/guardians/${id}/primary`, {
    headers: { 'if-match': `"${version}"` },
  });

test('the first guardian becomes the primary one, in normal form, and can be read at their location', async () => {
  const { id } = await aStudent(school, minor);
  const added = await add(id, { ...marie, is_primary: false });
  assert.equal(added.status, 201);
  const { id: guardianId, ...data } = added.body.data;
  assert.deepEqual(data, {
    student_id: id,
    name: 'Marie Tremblay',
    relation: 'mother',
    phone: '+14165550123',
    phone_extension: '7',
    email: 'marie@example.com',
    is_primary: true,
    other_students: 0,
    version: 1,
  });
  const read = await school.request(office(), 'GET', String(added.headers['location']));
  assert.deepEqual([read.status, read.headers['etag'], read.body.data.id], [200, '"1"', guardianId]);
  assert.deepEqual(read.body.data.students, [
    { student_id: id, student_name: 'Zoé Tremblay', relation: 'mother', is_primary: true },
  ]);
});

test('another primary guardian demotes the former, by adding or by choosing', async () => {
  const { id } = await aStudent(school, minor);
  await add(id, marie);
  await add(id, { ...luc, is_primary: true });
  const [first, second] = await listOf(id);
  assert.deepEqual([first?.name, first?.is_primary, second?.is_primary], ['Luc Tremblay', true, false]);
  if (second === undefined) assert.fail('two guardians');
  const chosen = await makePrimary(id, second);
  assert.deepEqual([chosen.status, chosen.body.data.is_primary], [200, true]);
  assert.deepEqual(
    (await listOf(id)).map(({ name, is_primary }) => [name, is_primary]),
    [
      ['Marie Tremblay', true],
      ['Luc Tremblay', false],
    ],
  );
  const late = await makePrimary(id, second);
  assert.deepEqual([late.status, late.body.code, late.body.current_version], [412, 'guardian_changed', 3]);
});

test('however many guardians are added and chosen at once, exactly one is primary', async () => {
  const { id } = await aStudent(school, minor);
  const added = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      add(id, { name: `Guardian ${'abcdefghij'[index]}`, is_primary: index % 2 === 0 }),
    ),
  );
  assert.ok(added.every(({ status }) => status === 201));
  const guardians = await listOf(id);
  assert.equal(guardians.filter(({ is_primary }) => is_primary).length, 1);
  const chosen = await Promise.all(guardians.map((guardian) => makePrimary(id, guardian)));
  assert.ok(chosen.every(({ status }) => status === 200 || status === 412));
  assert.equal((await listOf(id)).filter(({ is_primary }) => is_primary).length, 1);
});

test('the database admits one primary guardian, whoever writes', async () => {
  const { id } = await aStudent(school, minor);
  await add(id, marie);
  await add(id, luc);
  await assert.rejects(
    sql`UPDATE student_guardians SET is_primary = true WHERE student_id = ${id}`.execute(school.database.kysely),
    { constraint: 'one_primary_guardian' },
  );
});

test('the primary guardian of a minor stays: the last one as well as one beside others', async () => {
  const { id } = await aStudent(school, minor);
  const { data } = (await add(id, marie)).body;
  const last = await remove(id, data.id);
  assert.deepEqual([last.status, last.body.code], [409, 'primary_guardian_needed']);
  assert.match(last.body.detail, /Add another guardian/);
  const other = (await add(id, luc)).body.data;
  const primary = await remove(id, data.id);
  assert.match(primary.body.detail, /Make another guardian the primary one/);
  assert.equal((await remove(id, other.id)).status, 204);
  assert.deepEqual((await listOf(id)).length, 1);
  assert.equal((await remove(id, other.id)).body.code, 'guardian_not_found');
});

test('an adult’s guardians can all be removed: the next one becomes primary, and nobody’s data stays', async () => {
  const { id } = await aStudent(school, adult);
  const first = (await add(id, marie)).body.data;
  const second = (await add(id, luc)).body.data;
  assert.equal((await remove(id, first.id)).status, 204);
  assert.deepEqual(
    (await listOf(id)).map((guardian) => [guardian.id, guardian.is_primary]),
    [[second.id, true]],
  );
  assert.equal((await remove(id, second.id)).status, 204);
  assert.deepEqual(await listOf(id), []);
  assert.equal((await school.request(office(), 'GET', `/api/guardians/${second.id}`)).status, 404);
});

test('siblings share a guardian, whose changes hold for both; the relation is one to each', async () => {
  const one = await aStudent(school, minor);
  const other = await aStudent(school, { ...minor, legal_given_names: 'Léo' });
  const name = `Marie ${randomUUID().replaceAll(/\d/g, 'x')}`;
  const { id } = (await add(one.id, { ...marie, name })).body.data;
  const found = await school.request(office(), 'GET', `/api/guardians?q=${encodeURIComponent(name.slice(0, 20))}`);
  assert.deepEqual(
    found.body.data.map((guardian: { id: string }) => guardian.id),
    [id],
  );
  const linked = await add(other.id, { guardian_id: id, relation: 'aunt' });
  assert.deepEqual(
    [linked.status, linked.body.data.name, linked.body.data.relation, linked.body.data.other_students],
    [201, name, 'aunt', 1],
  );
  assert.equal((await add(other.id, { guardian_id: id })).body.code, 'already_guardian');
  assert.equal((await add(other.id, { guardian_id: randomUUID() })).body.errors[0].pointer, '/guardian_id');
  assert.equal((await add(other.id, { guardian_id: id, email: 'x@y.ca' })).body.errors[0].pointer, '/email');

  const changed = await school.request(office(), 'PATCH', `/api/students/${other.id}/guardians/${id}`, {
    body: { phone: '647-555-0100', relation: 'stepmother' },
    headers: { 'if-match': '"1"' },
  });
  assert.deepEqual(
    [changed.body.data.phone, changed.body.data.phone_extension, changed.body.data.relation],
    ['+16475550100', null, 'stepmother'],
  );
  const read = await school.request(office(), 'GET', `/api/guardians/${id}`);
  assert.deepEqual(
    read.body.data.students.map(({ relation }: { relation: string }) => relation),
    ['mother', 'stepmother'],
  );
  const again = await school.request(office(), 'PATCH', `/api/guardians/${id}`, {
    body: { email: null },
    headers: { 'if-match': '"2"' },
  });
  assert.deepEqual([again.status, again.body.data.email, again.body.data.version], [200, null, 3]);
  // The sibling keeps them.
  const third = (await add(one.id, luc)).body.data;
  await makePrimary(one.id, third);
  assert.equal((await remove(one.id, id)).status, 204);
  assert.equal((await listOf(other.id)).length, 1);
});

test('invalid guardians are refused with all problems; the same key adds one only once', async () => {
  const { id } = await aStudent(school, minor);
  const wrong = await add(id, { name: ' ', email: 'nobody', phone: '123', is_primary: 'yes' });
  assert.equal(wrong.body.errors[0].pointer, '/is_primary');
  const { status, body } = await add(id, { name: ' ', email: 'nobody', phone: '123', age: 3 });
  assert.equal(status, 422);
  assert.deepEqual(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted(), [
    '/age',
    '/email',
    '/name',
    '/phone',
  ]);
  const headers = { 'idempotency-key': randomUUID() };
  const [one, same] = [await add(id, marie, headers), await add(id, marie, headers)];
  assert.deepEqual(one.body.data, same.body.data);
  assert.equal((await listOf(id)).length, 1);
  assert.equal((await add(randomUUID(), marie)).body.code, 'student_not_found');
  const unversioned = await school.request(office(), 'PATCH', `/api/guardians/${one.body.data.id}`, { body: {} });
  assert.equal(unversioned.status, 428);
});

test('instructors see the guardians of students they may see, and change none', async () => {
  const { instructor, otherInstructor, operator, stranger } = school.people;
  const { id } = await aStudent(school, { ...minor, instructor_id: instructor.userId });
  const guardian = (await add(id, marie)).body.data;
  for (const path of [`/api/students/${id}/guardians`, `/api/guardians/${guardian.id}`]) {
    assert.equal((await school.request(instructor, 'GET', path)).status, 200, path);
    assert.equal((await school.request(otherInstructor, 'GET', path)).status, 404, path);
    assert.equal((await school.request(stranger, 'GET', path)).status, 404, path);
    assert.equal((await school.request(operator, 'GET', path)).status, 403, path);
  }
  assert.equal((await school.request(instructor, 'POST', `/api/students/${id}/guardians`, { body: luc })).status, 403);
  // Not the siblings, whom they may not see.
  const sibling = await aStudent(school, minor);
  await add(sibling.id, { guardian_id: guardian.id });
  const seen = await school.request(instructor, 'GET', `/api/guardians/${guardian.id}`);
  assert.deepEqual(
    seen.body.data.students.map(({ student_id }: { student_id: string }) => student_id),
    [id],
  );
  // A lesson next week lets the other instructor see them too.
  await new SeededLessons(school).add({
    studentId: id,
    instructorId: otherInstructor.userId,
    startsAt: '2026-03-20T14:00:00Z',
  });
  const path = `/api/students/${id}/guardians`;
  assert.equal((await school.request(otherInstructor, 'GET', path)).status, 200);
});
