import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { TestSchool } from '../students/testing/test-school.ts';
import { aStudent, SeededLessons } from '../testing/seeded-lessons.ts';
import { wholeSchool } from '../testing/whole-school.ts';

let school: TestSchool;
let lessons: SeededLessons;
before(async () => {
  school = await wholeSchool();
  lessons = new SeededLessons(school);
});
after(() => school[Symbol.asyncDispose]());

const office = () => school.people.office;
const enrol = (studentId: string, body: object, headers: Record<string, string> = {}) =>
  school.request(office(), 'POST', `/api/students/${studentId}/enrolments`, { body, headers });
const bde = { kind: 'bde', course_started_on: '2026-03-02' } as const;
const change = (id: string, version: number, body: object, query = '') =>
  school.request(office(), 'PATCH', `/api/enrolments/${id}${query}`, { body, headers: { 'if-match': `"${version}"` } });
const step = (id: string, action: string, version: number, body?: object, query = '') =>
  school.request(office(), 'POST', `/api/enrolments/${id}/${action}${query}`, {
    ...(body === undefined ? {} : { body }),
    headers: { 'if-match': `"${version}"` },
  });

test('B3: a BDE course of 2 March 2026 ends on 1 March 2027; a second one is refused with already_enrolled', async () => {
  const { id } = await aStudent(school);
  const first = await enrol(id, bde);
  assert.equal(first.status, 201);
  const { data } = first.body;
  assert.deepEqual(
    [data.kind, data.status, data.course_started_on, data.deadline_on, data.rule_deadline_on, data.version],
    ['bde', 'active', '2026-03-02', '2027-03-01', '2027-03-01', 1],
  );
  assert.deepEqual(
    [data.days_left, data.in_vehicle_minutes_bought, data.in_vehicle_minutes_required, data.in_vehicle_minutes_booked],
    [351, 600, 600, 0],
  );
  const read = await school.request(office(), 'GET', String(first.headers['location']));
  assert.deepEqual([read.status, read.body.data, read.headers['etag']], [200, data, '"1"']);

  const second = await enrol(id, bde);
  assert.deepEqual([second.status, second.body.code], [409, 'already_enrolled']);
});

test('B3: of 20 enrolments at once, one is made', async () => {
  const { id } = await aStudent(school);
  const answers = await Promise.all(Array.from({ length: 20 }, () => enrol(id, bde)));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.ok(answers.every(({ status, body }) => status === 201 || body.code === 'already_enrolled'));
});

test('the same request with the same key enrols once and gets the same answer', async () => {
  const { id } = await aStudent(school);
  const headers = { 'idempotency-key': randomUUID() };
  const [one, other] = [await enrol(id, bde, headers), await enrol(id, bde, headers)];
  assert.deepEqual([one.status, one.body.data], [201, other.body.data]);
  const reused = await enrol(id, { ...bde, course_started_on: '2026-03-03' }, headers);
  assert.equal(reused.body.code, 'idempotency_key_reused');
});

test('a lesson pack has no deadline, needs minutes, and a student can have several', async () => {
  const { id } = await aStudent(school);
  const pack = await enrol(id, { kind: 'lesson_pack', in_vehicle_minutes_bought: 300 });
  assert.equal(pack.status, 201);
  const { data } = pack.body;
  assert.deepEqual(
    [data.deadline_on, data.days_left, data.course_started_on, data.in_vehicle_minutes_required],
    [null, null, '2026-03-15', 300],
  );
  assert.equal((await enrol(id, { kind: 'lesson_pack', in_vehicle_minutes_bought: 60 })).status, 201);
  const none = await enrol(id, { kind: 'lesson_pack' });
  assert.deepEqual([none.status, none.body.errors[0].pointer], [422, '/in_vehicle_minutes_bought']);
  const dated = await enrol(id, { kind: 'lesson_pack', in_vehicle_minutes_bought: 60, deadline_on: '2026-12-01' });
  assert.equal(dated.body.errors[0].code, 'not_for_lesson_pack');
  const list = await school.request(office(), 'GET', `/api/students/${id}/enrolments`);
  assert.deepEqual([list.body.data.length, list.body.complete, list.body.next_cursor], [2, true, null]);
});

test('impossible courses are refused with all their problems', async () => {
  const { id } = await aStudent(school, { birth_date: '2008-03-09' });
  for (const [body, pointer] of [
    [{ kind: 'bde', course_started_on: '1999-12-31' }, '/course_started_on'],
    [{ kind: 'bde', course_started_on: '2003-01-01' }, '/course_started_on'],
    [{ kind: 'bde', course_started_on: '2206-03-02' }, '/course_started_on'],
    [{ kind: 'bde', course_started_on: '2026-02-30' }, '/course_started_on'],
    [{ ...bde, deadline_on: '2027-03-02' }, '/deadline_on'],
    [{ ...bde, deadline_on: '2026-03-01' }, '/deadline_on'],
    [{ ...bde, product_id: randomUUID() }, '/product_id'],
    [{ kind: 'driving' }, '/kind'],
    [{ ...bde, in_vehicle_minutes_bought: 1.5 }, '/in_vehicle_minutes_bought'],
  ] as const) {
    const { status, body: problem } = await enrol(id, body);
    assert.deepEqual([status, problem.errors?.[0]?.pointer], [422, pointer], JSON.stringify(body));
  }
  assert.equal((await enrol(randomUUID(), bde)).body.code, 'student_not_found');
});

test('an archived student is not enrolled', async () => {
  const { id } = await aStudent(school);
  await school.request(office(), 'POST', `/api/students/${id}/archive`, { headers: { 'if-match': '"1"' } });
  const { status, body } = await enrol(id, bde);
  assert.deepEqual([status, body.code], [409, 'student_archived']);
});

test('moving the dates answers exactly the booked lessons outside them; a preview changes nothing', async () => {
  const student = await aStudent(school);
  const { data } = (await enrol(student.id, bde)).body;
  const of = { studentId: student.id, enrolmentId: data.id };
  const [, inside, onLastDay, afterIt] = await Promise.all([
    lessons.add({ ...of, startsAt: '2026-03-10T14:00:00Z', status: 'done' }),
    lessons.add({ ...of, startsAt: '2026-04-01T14:00:00Z' }),
    // 23:30 in Toronto, already the next day in UTC.
    lessons.add({ ...of, startsAt: '2026-06-02T03:30:00Z', minutes: 30 }),
    lessons.add({ ...of, startsAt: '2026-06-02T14:00:00Z' }),
    lessons.add({ ...of, startsAt: '2026-06-03T14:00:00Z', status: 'cancelled' }),
    lessons.add({ studentId: student.id, startsAt: '2026-06-04T14:00:00Z' }),
  ]);
  const shorter = { deadline_on: '2026-06-01' };

  const preview = await change(data.id, 1, shorter, '?preview=true');
  assert.deepEqual(
    [preview.status, preview.body.affected_lessons, preview.body.data.deadline_on, preview.body.data.version],
    [200, [afterIt], '2027-03-01', 1],
  );
  const same = await school.request(office(), 'GET', `/api/enrolments/${data.id}`);
  assert.deepEqual([same.body.data.version, same.body.data.in_vehicle_minutes_booked], [1, 210]);

  const saved = await change(data.id, 1, shorter);
  assert.deepEqual(
    [saved.body.affected_lessons, saved.body.data.deadline_on, saved.headers['etag']],
    [[afterIt], '2026-06-01', '"2"'],
  );
  const later = await change(data.id, 2, { course_started_on: '2026-04-02' });
  assert.deepEqual(later.body.affected_lessons, [inside, afterIt]);
  assert.equal(later.body.data.deadline_on, '2026-06-01', 'a shortened deadline stays');
  const none = await change(data.id, 3, { course_started_on: '2026-03-02', deadline_on: null });
  assert.deepEqual([none.body.affected_lessons, none.body.data.deadline_on], [[], '2027-03-01']);
  assert.ok(onLastDay);
});

test('a change needs the version that was read', async () => {
  const { id } = await aStudent(school);
  const { data } = (await enrol(id, bde)).body;
  const unversioned = await school.request(office(), 'PATCH', `/api/enrolments/${data.id}`, { body: {} });
  assert.deepEqual([unversioned.status, unversioned.body.code], [428, 'precondition_required']);
  await change(data.id, 1, { in_vehicle_minutes_bought: 660 });
  const late = await change(data.id, 1, { in_vehicle_minutes_bought: 720 });
  assert.deepEqual([late.status, late.body.code, late.body.current_version], [412, 'enrolment_changed', 2]);
  assert.equal((await change(data.id, 1, {}, '?preview=true')).status, 412);
  assert.equal((await change(randomUUID(), 1, {})).body.code, 'enrolment_not_found');
});

test('withdrawing ends a course and names its booked lessons; reinstating needs that no other course is active', async () => {
  const student = await aStudent(school);
  const { data } = (await enrol(student.id, bde)).body;
  const lesson = await lessons.add({
    studentId: student.id,
    enrolmentId: data.id,
    startsAt: '2026-04-01T14:00:00Z',
    type: 'bde_in_vehicle',
  });
  const preview = await step(data.id, 'withdraw', 1, {}, '?preview=true');
  assert.deepEqual([preview.body.affected_lessons, preview.body.data.status], [[lesson], 'active']);
  const withdrawn = await step(data.id, 'withdraw', 1, { reason: 'Moved away' });
  assert.deepEqual(
    [withdrawn.status, withdrawn.body.data.status, withdrawn.body.data.status_reason, withdrawn.body.affected_lessons],
    [200, 'withdrawn', 'Moved away', [lesson]],
  );
  const again = await step(data.id, 'withdraw', 2);
  assert.deepEqual([again.status, again.body.code], [409, 'enrolment_step_refused']);

  const other = await enrol(student.id, bde);
  assert.equal(other.status, 201, 'the first course is over');
  assert.equal((await step(data.id, 'reinstate', 2)).body.code, 'already_enrolled');
  await step(other.body.data.id, 'withdraw', 1);
  const back = await step(data.id, 'reinstate', 2);
  assert.deepEqual([back.status, back.body.data.status, back.body.data.status_reason], [200, 'active', null]);
  assert.equal((await step(data.id, 'reinstate', 3)).body.code, 'enrolment_step_refused');
});

test('who may see a student sees their courses; instructors and operators change none', async () => {
  const { instructor, otherInstructor, operator, stranger } = school.people;
  const { id } = await aStudent(school, { instructor_id: instructor.userId });
  const { data } = (await enrol(id, bde)).body;
  const paths = [`/api/students/${id}/enrolments`, `/api/enrolments/${data.id}`];
  for (const path of paths) {
    assert.equal((await school.request(instructor, 'GET', path)).status, 200);
    assert.equal((await school.request(otherInstructor, 'GET', path)).status, 404);
    assert.equal((await school.request(stranger, 'GET', path)).status, 404);
    assert.equal((await school.request(operator, 'GET', path)).status, 403);
  }
  const refused = await school.request(instructor, 'POST', paths[0] ?? '', { body: bde });
  assert.deepEqual([refused.status, refused.body.code], [403, 'not_permitted']);
});

test('a product sets the minutes of a course of its kind', async () => {
  const { id } = await aStudent(school);
  const name = `Ten lessons ${randomUUID()}`;
  const product = await school.request(office(), 'POST', '/api/products', {
    body: { name, kind: 'lesson_pack', in_vehicle_minutes: 600 },
  });
  assert.equal(product.status, 201);
  const product_id = product.body.data.id;
  const pack = await enrol(id, { kind: 'lesson_pack', product_id });
  assert.deepEqual([pack.body.data.in_vehicle_minutes_bought, pack.body.data.product_name], [600, name]);
  assert.equal((await enrol(id, { ...bde, product_id })).body.errors[0].code, 'unknown_product');
});

test('products have one name each, are changed at their version, and are archived instead of deleted', async () => {
  const { office: by, instructor } = school.people;
  const name = `BDE ${randomUUID()}`;
  const post = (body: object) => school.request(by, 'POST', '/api/products', { body });
  const added = await post({ name, kind: 'bde' });
  const { id } = added.body.data;
  const read = await school.request(by, 'GET', String(added.headers['location']));
  assert.deepEqual([read.status, read.body.data], [200, added.body.data]);
  const twin = await post({ name: name.toUpperCase(), kind: 'bde' });
  assert.deepEqual([twin.status, twin.body.code], [409, 'product_name_taken']);
  assert.equal((await post({ name: ' ', kind: 'bde' })).status, 422);
  const patch = (version: number, body: object) =>
    school.request(by, 'PATCH', `/api/products/${id}`, { body, headers: { 'if-match': `"${version}"` } });
  assert.equal((await patch(1, { status: 'archived' })).body.data.status, 'archived');
  assert.equal((await patch(1, { name: 'Late' })).body.code, 'product_changed');
  assert.equal((await post({ name, kind: 'bde' })).status, 201, 'the name is free again');
  assert.equal((await patch(2, { status: 'active' })).body.code, 'product_name_taken');
  const list = await school.request(by, 'GET', '/api/products');
  assert.ok(list.body.data.some((product: { id: string }) => product.id === id));
  assert.equal((await school.request(instructor, 'GET', '/api/products')).status, 403);
});
