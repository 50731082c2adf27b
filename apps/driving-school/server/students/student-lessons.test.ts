import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestSchool } from './testing/test-school.ts';
import { aStudent, SeededLessons } from '../testing/seeded-lessons.ts';
import { wholeSchool } from '../testing/whole-school.ts';

let school: TestSchool;
let lessons: SeededLessons;
before(async () => {
  school = await wholeSchool();
  lessons = new SeededLessons(school);
});
after(() => school[Symbol.asyncDispose]());

const licence = { licence_class: 'G1', licence_issued_on: '2025-01-10', licence_expires_on: '2030-01-10' };
const patch = (id: string, version: number, body: object, query = '') =>
  school.request(school.people.office, 'PATCH', `/api/students/${id}${query}`, {
    body,
    headers: { 'if-match': `"${version}"` },
  });

test('B9: a change of the student’s licence or birth date answers exactly the future lessons that break', async () => {
  const { id } = await aStudent(school, { birth_date: '2008-03-09', ...licence });
  const of = { studentId: id };
  const [, , morning, evening, later] = await Promise.all([
    lessons.add({ ...of, startsAt: '2026-03-10T14:00:00Z', status: 'done' }),
    lessons.add({ ...of, startsAt: '2026-04-02T14:00:00Z', status: 'cancelled' }),
    lessons.add({ ...of, startsAt: '2026-04-01T13:00:00Z' }),
    // 23:30 to 00:30 in Toronto, on 10 May.
    lessons.add({ ...of, startsAt: '2026-05-11T03:30:00Z' }),
    lessons.add({ ...of, startsAt: '2026-06-01T14:00:00Z' }),
  ]);

  const preview = await patch(id, 1, { licence_expires_on: '2026-05-10' }, '?preview=true');
  assert.deepEqual(
    [preview.status, preview.body.affected_lessons, preview.body.data.version],
    [200, [evening, later], 1],
    'the evening lesson ends after midnight, which a G1 forbids',
  );
  assert.equal(preview.body.data.licence_expires_on, '2030-01-10');
  const read = await school.request(school.people.office, 'GET', `/api/students/${id}`);
  assert.deepEqual([read.body.data.version, read.body.data.licence_expires_on], [1, '2030-01-10']);

  const saved = await patch(id, 1, { licence_expires_on: '2026-05-10', licence_class: 'G2' });
  assert.deepEqual([saved.status, saved.body.affected_lessons], [200, [later]]);
  const none = await patch(id, 2, { licence_class: 'none', licence_issued_on: null, licence_expires_on: null });
  assert.deepEqual(none.body.affected_lessons, [morning, evening, later]);
  const issued = await patch(id, 3, { ...licence, licence_class: 'G', licence_issued_on: '2026-03-01' });
  assert.deepEqual(issued.body.affected_lessons, []);
  const younger = await patch(id, 4, { birth_date: '2010-05-20' });
  assert.deepEqual(younger.body.affected_lessons, [morning, evening], '16 on 20 May 2026');
  const other = await patch(id, 5, { notes: 'Prefers mornings' });
  assert.deepEqual(other.body.affected_lessons, [], 'notes break nothing');
});

test('a preview reports what saving would refuse', async () => {
  const { id } = await aStudent(school, licence);
  const invalid = await patch(id, 1, { licence_expires_on: 'soon' }, '?preview=true');
  assert.deepEqual([invalid.status, invalid.body.errors[0].pointer], [422, '/licence_expires_on']);
  assert.equal((await patch(id, 7, licence, '?preview=true')).body.code, 'student_changed');
  assert.equal((await patch(id, 1, {}, '?preview=maybe')).status, 422);
});

test('an instructor sees a student from 14 days before to 14 days after a lesson: alone, in lists and in searches', async () => {
  const { instructor, otherInstructor } = school.people;
  const student = await aStudent(school, { legal_family_name: 'Nearby', instructor_id: otherInstructor.userId });
  const sees = async (): Promise<boolean> => {
    const read = await school.request(instructor, 'GET', `/api/students/${student.id}`);
    const list = await school.request(instructor, 'GET', '/api/students?status=all&limit=200');
    const found = await school.request(instructor, 'GET', '/api/students?q=nearby');
    const listed = list.body.data.some(({ id }: { id: string }) => id === student.id);
    assert.deepEqual([listed, found.body.total], [read.status === 200, read.status === 200 ? 1 : 0]);
    return read.status === 200;
  };
  assert.equal(await sees(), false);
  await lessons.add({ studentId: student.id, startsAt: '2026-04-20T14:00:00Z', status: 'cancelled' });
  await lessons.add({ studentId: student.id, startsAt: '2026-05-20T14:00:00Z' });
  const seenAt: [string, boolean][] = [];
  for (const now of [
    '2026-04-20T14:00:00Z',
    '2026-05-06T13:59:59Z',
    '2026-05-06T14:00:01Z',
    '2026-06-03T14:00:00Z',
    '2026-06-03T14:00:01Z',
  ]) {
    school.wallClock.set(now);
    seenAt.push([now, await sees()]);
  }
  school.wallClock.set('2026-03-15T16:00:00Z');
  assert.deepEqual(seenAt, [
    ['2026-04-20T14:00:00Z', false],
    ['2026-05-06T13:59:59Z', false],
    ['2026-05-06T14:00:01Z', true],
    ['2026-06-03T14:00:00Z', true],
    ['2026-06-03T14:00:01Z', false],
  ]);
});

test('a lesson does not let an instructor see students of another school', async () => {
  const { instructor, stranger } = school.people;
  const elsewhere = await school.request(stranger, 'POST', '/api/students', {
    body: { legal_family_name: 'Elsewhere', birth_date: '2008-03-09' },
  });
  const { id } = elsewhere.body.data;
  await lessons.add({ studentId: id, startsAt: '2026-03-16T14:00:00Z' });
  assert.equal((await school.request(instructor, 'GET', `/api/students/${id}`)).status, 404);
  assert.equal((await school.request(instructor, 'GET', '/api/students?q=elsewhere')).body.total, 0);
});
