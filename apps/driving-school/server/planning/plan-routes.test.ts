import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { planningSchool, type PlanningSchool } from './testing/planning-school.ts';

const evening = [{ weekday: 1, from: '17:00', to: '20:00' }];

test('B11: ten weekly wishes become ten lessons, and booking the plan books all of them', async () => {
  await using at = await planningSchool();
  const { id, enrolmentId } = await at.addStudent({ instructorId: at.instructors[1] });
  const preview = await at.post('/api/lesson-plans/preview', wanted(enrolmentId, { lessons: 10 }));
  assert.equal(preview.status, 200, preview.text);
  const { lessons, unplaced, ends_on, deadline_on, plan_token } = preview.body.data;

  assert.equal(lessons.length, 10);
  assert.deepEqual([unplaced, ends_on, deadline_on], [[], '2026-05-11', '2027-03-01']);
  assert.deepEqual(
    lessons.map(({ local_start }: { local_start: string }) => local_start.slice(11)),
    Array.from({ length: 10 }, () => '17:00'),
  );
  assert.deepEqual(
    new Set(lessons.map(({ instructor_id }: { instructor_id: string }) => instructor_id)),
    new Set([at.instructors[1]]),
  );
  assert.deepEqual(
    { ...lessons[0] },
    {
      student_id: id,
      enrolment_id: enrolmentId,
      instructor_id: at.instructors[1],
      vehicle_id: lessons[0].vehicle_id,
      location_id: at.locationId,
      type: 'bde_in_vehicle',
      starts_at: '2026-03-09T21:00:00.000Z',
      ends_at: '2026-03-09T22:00:00.000Z',
      local_start: '2026-03-09T17:00',
      local_date: '2026-03-09',
      time_zone: 'America/Toronto',
      minutes: 60,
      buffer_after_minutes: 15,
      kept: false,
    },
  );
  const booked = await at.post('/api/lesson-plans', { plan_token });
  assert.equal(booked.status, 201, booked.text);
  const plan = booked.body.data;
  assert.deepEqual(
    plan.lessons.map((each: Record<string, unknown>) => [each['starts_at'], each['plan_id'], each['status']]),
    lessons.map(({ starts_at }: { starts_at: string }) => [starts_at, plan.id, 'booked']),
  );
  const [first] = plan.lessons;
  assert.match(first.short_code, /^L-/);
  assert.equal((await at.get(`/api/lessons/${first.id}`)).body.data.plan_id, plan.id);
  const read = await at.get(String(booked.headers['location']));
  assert.deepEqual([read.status, read.body.data.wishes, read.body.data.lessons.length], [200, evening, 10]);
  const undone = await at.post(`/api/lessons/${first.id}/undo`, {}, { 'if-match': '"1"' });
  assert.deepEqual([undone.status, undone.body.data.status], [200, 'cancelled']);
});

test('B11: when something was booked meanwhile, nothing of the plan is booked, and the answer says what', async () => {
  await using at = await planningSchool();
  const { enrolmentId } = await at.addStudent();
  const other = await at.addStudent();
  const preview = await at.post('/api/lesson-plans/preview', wanted(enrolmentId, { lessons: 4 }));
  const [, second] = preview.body.data.lessons;
  const taken = await at.post('/api/lessons', {
    student_id: other.id,
    enrolment_id: other.enrolmentId,
    type: 'bde_in_vehicle',
    minutes: 60,
    location_id: at.locationId,
    instructor_id: second.instructor_id,
    vehicle_id: at.vehicles.find((id) => id !== second.vehicle_id),
    starts_at: second.starts_at,
  });
  assert.equal(taken.status, 201, taken.text);
  const refused = await at.post('/api/lesson-plans', { plan_token: preview.body.data.plan_token });

  assert.deepEqual([refused.status, refused.body.code, refused.body.expired], [409, 'plan_outdated', false]);
  assert.deepEqual(
    refused.body.conflicts.map(({ resource_kind, source_id }: Record<string, unknown>) => [resource_kind, source_id]),
    [['instructor', taken.body.data.id]],
  );
  const { starts_at, instructor_id, vehicle_id } = second;
  assert.deepEqual(refused.body.lost, [{ starts_at, instructor_id, vehicle_id }]);
  assert.equal(await lessonCount(at, enrolmentId), 0);
  // Only the lost lesson is planned again.
  const keep = preview.body.data.lessons.map((each: typeof second) => ({
    starts_at: each.starts_at,
    instructor_id: each.instructor_id,
    vehicle_id: each.vehicle_id,
  }));
  const again = await at.post('/api/lesson-plans/preview', wanted(enrolmentId, { lessons: 4, keep }));
  assert.deepEqual(
    again.body.data.lessons.map(({ local_date, kept }: Record<string, unknown>) => [local_date, kept]),
    [
      ['2026-03-09', true],
      ['2026-03-16', false],
      ['2026-03-23', true],
      ['2026-03-30', true],
    ],
  );
  assert.equal((await at.post('/api/lesson-plans', { plan_token: again.body.data.plan_token })).status, 201);
  assert.equal(await lessonCount(at, enrolmentId), 4);
});

test('B11: of two plans for the same times booked at once, one is booked and the other leaves nothing', async () => {
  await using at = await planningSchool();
  const students = [await at.addStudent(), await at.addStudent()];
  const narrow = { lessons: 5, wishes: [{ weekday: 1, from: '17:00', to: '18:00', instructor_id: at.instructors[0] }] };
  const previews = await Promise.all(
    students.map(({ enrolmentId }) => at.post('/api/lesson-plans/preview', wanted(enrolmentId, narrow))),
  );
  const answers = await Promise.all(
    previews.map(({ body }) => at.post('/api/lesson-plans', { plan_token: body.data.plan_token })),
  );

  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [201, 409],
  );
  const counts = await Promise.all(students.map(({ enrolmentId }) => lessonCount(at, enrolmentId)));
  assert.deepEqual(
    counts.toSorted((a, b) => a - b),
    [0, 5],
  );
  const lost = answers.find(({ status }) => status === 409);
  assert.equal(lost?.body.lost.length, 5);
});

test('a plan that is sent twice with one key is booked once, and without a key a second time is refused', async () => {
  await using at = await planningSchool();
  const { enrolmentId } = await at.addStudent();
  const preview = await at.post('/api/lesson-plans/preview', wanted(enrolmentId, { lessons: 2 }));
  const send = (headers = {}) => at.post('/api/lesson-plans', { plan_token: preview.body.data.plan_token }, headers);
  const [first, second] = await Promise.all([
    send({ 'idempotency-key': 'plan-1' }),
    send({ 'idempotency-key': 'plan-1' }),
  ]);

  assert.deepEqual([first?.status, second?.status], [201, 201]);
  assert.deepEqual(first?.body.data, second?.body.data);
  assert.equal(await lessonCount(at, enrolmentId), 2);
  assert.equal((await send()).status, 409);
});

test('a plan can be booked for an hour, only as it was previewed, and only in its school', async () => {
  await using at = await planningSchool();
  const { enrolmentId } = await at.addStudent();
  const preview = await at.post('/api/lesson-plans/preview', wanted(enrolmentId, { lessons: 1 }));
  const { plan_token } = preview.body.data;
  const changed = `${plan_token.slice(0, -2)}${plan_token.endsWith('A') ? 'B' : 'A'}A`;
  const { people } = at.school;
  const foreign = await at.school.request(people.stranger, 'POST', '/api/lesson-plans', { body: { plan_token } });
  const instructor = await at.school.request(people.instructor, 'POST', '/api/lesson-plans', { body: { plan_token } });

  const wrong = await at.post('/api/lesson-plans', { plan_token: changed });
  assert.deepEqual([wrong.status, wrong.body.code], [422, 'plan_token_invalid']);
  assert.deepEqual([foreign.status, instructor.status], [422, 403]);
  at.school.wallClock.advance({ minutes: 61 });
  const late = await at.post('/api/lesson-plans', { plan_token });
  assert.deepEqual([late.status, late.body.code, late.body.expired], [409, 'plan_outdated', true]);
  assert.equal(await lessonCount(at, enrolmentId), 0);
});

test('a plan whose car was archived or whose instructor lost the licence meanwhile is refused', async () => {
  await using at = await planningSchool();
  const { enrolmentId } = await at.addStudent();
  const plan = async () => (await at.post('/api/lesson-plans/preview', wanted(enrolmentId, { lessons: 2 }))).body.data;
  const first = await plan();
  await at.run(sql`UPDATE vehicles SET status = 'archived' WHERE id = ${first.lessons[0].vehicle_id}`);
  const archived = await at.post('/api/lesson-plans', { plan_token: first.plan_token });
  const second = await plan();
  await at.run(
    sql`UPDATE instructors SET licence_expires_on = '2026-03-12' WHERE id = ${second.lessons[0].instructor_id}`,
  );
  const expired = await at.post('/api/lesson-plans', { plan_token: second.plan_token });

  assert.deepEqual([archived.status, archived.body.lost.length], [409, 2]);
  assert.deepEqual(
    [expired.status, expired.body.refusals.map(({ rule }: { rule: string }) => rule), expired.body.lost.length],
    [409, ['instructor_licence'], 1],
  );
});

test('lessons that find no place say why, and a wish that is too short is refused', async () => {
  await using at = await planningSchool();
  const { enrolmentId } = await at.addStudent();
  const { schoolId } = at.school;
  await at.run(sql`UPDATE enrolments SET deadline_on = '2026-04-05' WHERE id = ${enrolmentId}`);
  await at.run(
    sql`INSERT INTO closed_days (id, school_id, day, name) VALUES (gen_random_uuid(), ${schoolId}, '2026-03-16', 'Snow')`,
  );
  const preview = await at.post('/api/lesson-plans/preview', wanted(enrolmentId, { lessons: 3 }));
  const short = await at.post('/api/lesson-plans/preview', {
    ...wanted(enrolmentId),
    wishes: [{ weekday: 1, from: '17:00', to: '17:30' }],
  });

  assert.equal(preview.body.data.lessons.length, 1);
  assert.deepEqual(
    preview.body.data.unplaced.map(
      ({ index, reasons }: { index: number; reasons: { day: string; rule: string }[] }) => [
        index,
        reasons.map(({ day, rule }) => [day, rule]),
      ],
    ),
    [1, 2].map((index) => [
      index,
      [
        ['2026-03-16', 'closed_day'],
        ['2026-03-23', 'deadline_near'],
        ['2026-03-30', 'deadline_near'],
        [null, 'course_deadline'],
      ],
    ]),
  );
  assert.deepEqual([short.status, short.body.errors[0].pointer], [422, '/wishes/0/to']);
});

test('the defaults know what the course still needs and when the student usually comes', async () => {
  await using at = await planningSchool();
  const { id, enrolmentId } = await at.addStudent();
  const before = await at.get(`/api/lesson-plans/defaults?student_id=${id}`);
  assert.equal(before.status, 200, before.text);
  const { data } = before.body;

  assert.deepEqual(
    [data.today, data.wishes, data.lesson_minutes, data.location_id],
    ['2026-03-08', [], 60, at.locationId],
  );
  assert.deepEqual(
    data.enrolments.map(({ required_minutes, booked_minutes }: Record<string, number>) => [
      required_minutes,
      booked_minutes,
    ]),
    [[600, 0]],
  );
  const wishes = [{ weekday: 3, from: '09:00', to: '12:00' }];
  const preview = await at.post('/api/lesson-plans/preview', { ...wanted(enrolmentId, { lessons: 3 }), wishes });
  await at.post('/api/lesson-plans', { plan_token: preview.body.data.plan_token });
  const after = (await at.get(`/api/lesson-plans/defaults?student_id=${id}`)).body.data;
  assert.deepEqual([after.wishes, after.enrolments[0].booked_minutes], [wishes, 180]);
  // Without a number, a plan has as many lessons as the course needs.
  const rest = await at.post('/api/lesson-plans/preview', { enrolment_id: enrolmentId, wishes });
  assert.equal(rest.body.data.lessons.length, 7);
});

function wanted(enrolmentId: string, more: object = {}) {
  return { enrolment_id: enrolmentId, wishes: evening, lesson_minutes: 60, from: '2026-03-09', ...more };
}

async function lessonCount(at: PlanningSchool, enrolmentId: string): Promise<number> {
  const { rows } = await sql<{
    count: string;
  }>`SELECT count(*) FROM lessons WHERE enrolment_id = ${enrolmentId}`.execute(at.school.database.kysely);
  return Number(rows[0]?.count);
}
