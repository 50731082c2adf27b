import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { planningSchool } from './testing/planning-school.ts';

const period = 'from=2026-03-09&to=2026-03-22';

test('B10: each offered slot, posted at once, is booked', async () => {
  await using at = await planningSchool();
  const busy = await at.addStudent();
  const { id, enrolmentId } = await at.addStudent({ instructorId: at.instructors[0] });
  const booked = await at.post('/api/lessons', {
    ...(await lessonOf(at, busy)),
    starts_at: '2026-03-09T10:00',
  });
  assert.equal(booked.status, 201, booked.text);
  const found = await at.get(`/api/slots?student_id=${id}&minutes=60&from=2026-03-09&to=2026-03-10&limit=1000`);
  assert.equal(found.status, 200, found.text);
  const { data, type, enrolment_id, total, refused } = found.body;

  assert.deepEqual([type, enrolment_id, refused, total], ['bde_in_vehicle', enrolmentId, [], data.length]);
  assert.equal(data[0].instructor_id, at.instructors[0]);
  for (const slot of data.filter((_: unknown, index: number) => index % 9 === 0)) {
    const answer = await at.post('/api/lessons', {
      student_id: id,
      enrolment_id,
      type,
      starts_at: slot.starts_at,
      minutes: 60,
      instructor_id: slot.instructor_id,
      vehicle_id: slot.vehicle_id,
      location_id: slot.location_id,
    });
    assert.equal(answer.status, 201, `${slot.local_start}: ${answer.text}`);
    assert.equal(answer.body.data.local_start, slot.local_start);
    const undone = await at.post(`/api/lessons/${answer.body.data.id}/undo`, {}, { 'if-match': '"1"' });
    assert.equal(undone.status, 200, undone.text);
  }
});

test('an empty week has every quarter hour of the working hours for each instructor', async () => {
  await using at = await planningSchool();
  const { id } = await at.addStudent();
  const { body } = await at.get(`/api/slots?student_id=${id}&minutes=60&${period}`);

  // From 08:00 to 19:00, on ten weekdays, for two instructors.
  assert.equal(body.total, 45 * 10 * 2);
  assert.equal(body.data.length, body.total);
  const some = await at.get(`/api/slots?student_id=${id}&${period}&limit=200`);
  assert.deepEqual([body.complete, some.body.data.length, some.body.complete], [true, 200, false]);
});

test('B10: an instructor without slots is named with the reason', async () => {
  await using at = await planningSchool();
  const { id } = await at.addStudent();
  await at.run(sql`UPDATE instructors SET licence_expires_on = '2026-03-01' WHERE id = ${at.instructors[0]}`);
  const { body } = await at.get(`/api/slots?student_id=${id}&${period}`);

  assert.deepEqual(
    body.refused.map(({ instructor_id, rule, until }: Record<string, unknown>) => [instructor_id, rule, until]),
    [[at.instructors[0], 'instructor_licence', null]],
  );
  assert.match(body.refused[0].message, /expires on 2026-03-01/);
});

test('cars without a dual brake are offered for private lessons only, archived ones never', async () => {
  await using at = await planningSchool();
  const { id } = await at.addStudent();
  await at.run(sql`UPDATE vehicles SET status = 'archived' WHERE id = ${at.vehicles[0]}`);
  await at.run(sql`UPDATE vehicles SET dual_brake = false WHERE id = ${at.vehicles[1]}`);
  const course = await at.get(`/api/slots?student_id=${id}&${period}`);
  const lesson = await at.get(`/api/slots?student_id=${id}&${period}&type=private`);

  assert.deepEqual([course.body.total, course.body.refused[0].rule], [0, 'no_vehicle']);
  assert.deepEqual([lesson.body.enrolment_id, lesson.body.data[0].vehicle_id], [null, at.vehicles[1]]);
});

test('a location is required when the school has more than one', async () => {
  await using at = await planningSchool();
  const { id } = await at.addStudent();
  const other = await at.addLocation('Kenora', 'America/Winnipeg');
  const without = await at.get(`/api/slots?student_id=${id}&${period}`);
  const withOther = await at.get(`/api/slots?student_id=${id}&${period}&location_id=${other}`);

  assert.deepEqual([without.status, without.body.errors[0].pointer], [422, '?location_id']);
  assert.equal(withOther.body.data[0].starts_at, '2026-03-09T13:00:00.000Z');
  assert.equal(withOther.body.data[0].local_start, '2026-03-09T08:00');
});

test('a search that begins today has no slots in the past; one that begins earlier has all', async () => {
  await using at = await planningSchool();
  const { id } = await at.addStudent();
  at.school.wallClock.set('2026-03-09T16:05:00Z');
  const today = await at.get(`/api/slots?student_id=${id}&from=2026-03-09&to=2026-03-09`);
  const earlier = await at.get(`/api/slots?student_id=${id}&from=2026-03-06&to=2026-03-09&limit=1000`);
  const first = (answer: typeof today): string =>
    answer.body.data.map(({ local_start }: { local_start: string }) => local_start).toSorted()[0];

  assert.equal(first(today), '2026-03-09T12:15');
  assert.equal(first(earlier), '2026-03-06T08:00');
});

test('wrong searches are refused with the value that is wrong', async () => {
  await using at = await planningSchool();
  const { id } = await at.addStudent({ enrolment: 'lesson_pack' });
  const pointer = async (query: string) => {
    const { status, body } = await at.get(`/api/slots?${query}`);
    return [status, body.errors?.[0]?.pointer];
  };

  assert.deepEqual(await pointer(period), [422, '?student_id']);
  assert.deepEqual(await pointer(`student_id=${id}&from=2026-03-09&to=2026-03-08`), [422, '?to']);
  assert.deepEqual(await pointer(`student_id=${id}&from=2026-03-09&to=2026-04-20`), [422, '?to']);
  assert.deepEqual(await pointer(`student_id=${id}&${period}&minutes=5`), [422, '?minutes']);
  assert.deepEqual(await pointer(`student_id=${id}&${period}&type=bde_in_vehicle`), [422, '?enrolment_id']);
  assert.deepEqual(await pointer(`student_id=${at.locationId}&${period}`), [422, '?student_id']);
});

test('instructors and people of other schools find no slots', async () => {
  await using at = await planningSchool();
  const { id } = await at.addStudent();
  const { people } = at.school;
  const as = async (actor: typeof people.owner) =>
    (await at.school.request(actor, 'GET', `/api/slots?student_id=${id}&${period}`)).status;

  assert.deepEqual(
    [await as(people.instructor), await as(people.operator), await as(people.stranger)],
    [403, 403, 422],
  );
});

async function lessonOf(
  at: Awaited<ReturnType<typeof planningSchool>>,
  student: { readonly id: string; readonly enrolmentId: string },
) {
  return {
    student_id: student.id,
    enrolment_id: student.enrolmentId,
    instructor_id: at.instructors[0],
    vehicle_id: at.vehicles[0],
    location_id: at.locationId,
    type: 'bde_in_vehicle',
    minutes: 60,
  };
}
