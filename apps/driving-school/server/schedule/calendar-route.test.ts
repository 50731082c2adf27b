import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import type { CalendarRow } from '../../contract/calendar.ts';
import { scheduleSchool } from './testing/schedule-school.ts';

const week = '/api/calendar?from=2026-03-16&to=2026-03-22';
const namesOf = (rows: readonly CalendarRow[]): string[] => rows.map(({ name }) => name);
const idsOf = (rows: readonly CalendarRow[]): string[] => rows.flatMap(({ lessons }) => lessons.map(({ id }) => id));

test('the calendar has a row for every instructor, also without lessons, and lessons with names and wall times', async () => {
  await using there = await scheduleSchool();
  const { owner, instructor } = there.school.people;
  const id = await there.addLesson({ startsAt: '2026-03-16T09:00', pickup: '1 Example Street' });
  await there.addLesson({ startsAt: '2026-03-15T23:30' });
  await there.addLesson({ startsAt: '2026-03-23T00:00' });

  const { status, body, headers } = await there.get(owner, week);
  assert.equal(status, 200);
  assert.deepEqual([body.stale, body.complete, headers['x-data-source']], [false, true, 'live']);
  assert.deepEqual([body.as_of, headers['x-data-as-of']], ['2026-03-15T16:00:00.000Z', '2026-03-15T16:00:00.000Z']);
  assert.deepEqual(namesOf(body.data), ['Ines Instructor', 'Ivan Instructor']);
  const [row] = body.data as CalendarRow[];
  assert.deepEqual(row?.instructor_id, instructor.userId);
  assert.deepEqual(
    row?.lessons.map((lesson) => [lesson.id, lesson.starts_at, lesson.local_start, lesson.local_date, lesson.minutes]),
    [[id, '2026-03-16T13:00:00.000Z', '2026-03-16T09:00', '2026-03-16', 60]],
  );
  assert.partialDeepStrictEqual(row?.lessons[0], {
    student_name: 'Zoé Student',
    student_phone: '+14165550123',
    instructor_name: 'Ines Instructor',
    vehicle_name: 'CARS 001',
    pickup: '1 Example Street',
    status: 'booked',
    relay_after: null,
    undo_until: null,
    version: 1,
  });
  assert.deepEqual(
    body.locations.map(({ name, time_zone }: { name: string; time_zone: string }) => [name, time_zone]),
    [['Main', 'America/Toronto']],
  );
});

test('cancelled lessons appear only on request', async () => {
  await using there = await scheduleSchool();
  const { owner } = there.school.people;
  const booked = await there.addLesson({ startsAt: '2026-03-16T09:00' });
  const cancelled = await there.addLesson({ startsAt: '2026-03-16T11:00', status: 'cancelled' });

  assert.deepEqual(idsOf((await there.get(owner, week)).body.data), [booked]);
  assert.deepEqual(idsOf((await there.get(owner, `${week}&include=cancelled`)).body.data), [booked, cancelled]);
});

test('disabled instructors and those without a contract in the period have no row unless they have lessons', async () => {
  await using there = await scheduleSchool();
  const { owner } = there.school.people;
  await there.addInstructor('Dora Disabled', { disabled: true });
  const busy = await there.addInstructor('Dan Disabled', { disabled: true });
  const gone = await there.addInstructor('Gus Gone');
  await sql`INSERT INTO instructors (id, school_id, contract_to) VALUES (${gone.userId}, ${gone.schoolId}, '2026-03-15')`.execute(
    there.school.database.kysely,
  );
  const former = await there.addInstructor('Fay Former');
  await there.addLesson({ startsAt: '2026-03-17T09:00', instructorId: busy.userId });
  await there.addLesson({ startsAt: '2026-03-17T09:00', instructorId: former.userId, vehicleId: null });
  await sql`UPDATE users SET role = 'office' WHERE id = ${former.userId}`.execute(there.school.database.kysely);

  assert.deepEqual(namesOf((await there.get(owner, week)).body.data), [
    'Dan Disabled',
    'Ines Instructor',
    'Ivan Instructor',
    'Former instructor',
  ]);
});

test('rows by vehicle: every active car, lessons without a car in a row of their own, outages as time off', async () => {
  await using there = await scheduleSchool();
  const { owner } = there.school.people;
  const spare = await there.addVehicle('SPARE 02');
  const archived = await there.addVehicle('OLD 003');
  await sql`UPDATE vehicles SET status = 'archived' WHERE id = ${archived}`.execute(there.school.database.kysely);
  await sql`INSERT INTO outages (id, school_id, vehicle_id, starts_at, ends_at, reason)
    VALUES (gen_random_uuid(), ${there.school.schoolId}, ${spare}, '2026-03-17T12:00Z', '2026-03-17T20:00Z', 'New tires')`.execute(
    there.school.database.kysely,
  );
  await there.addLesson({ startsAt: '2026-03-16T09:00' });
  await there.addLesson({ startsAt: '2026-03-16T09:00', vehicleId: null });

  const { body } = await there.get(owner, `${week}&by=vehicle`);
  assert.deepEqual(
    body.data.map((row: CalendarRow) => [row.name, row.lessons.length, row.instructor_id]),
    [
      ['CARS 001', 1, null],
      ['SPARE 02', 0, null],
      ['No car', 1, null],
    ],
  );
  assert.deepEqual(
    body.data[1].time_off.map(({ from, to, reason }: CalendarRow['time_off'][number]) => [from, to, reason]),
    [['2026-03-17T12:00:00.000Z', '2026-03-17T20:00:00.000Z', 'New tires']],
  );
});

test('time off, working hours and closed days of the period are in the answer', async () => {
  await using there = await scheduleSchool();
  const { database, schoolId, people } = there.school;
  const { instructor, owner } = people;
  const add = (from: string, to: string, reason: string) =>
    sql`INSERT INTO time_off (id, school_id, instructor_id, starts_at, ends_at, reason)
      VALUES (gen_random_uuid(), ${schoolId}, ${instructor.userId}, ${from}, ${to}, ${reason})`.execute(
      database.kysely,
    );
  await add('2026-03-10T12:00Z', '2026-03-16T12:00Z', 'holiday');
  await add('2026-03-16T03:00Z', '2026-03-16T04:00Z', 'ends as the period begins');
  await sql`INSERT INTO instructor_hours (school_id, instructor_id, weekday, minutes, valid) VALUES
    (${schoolId}, ${instructor.userId}, 1, int4range(480, 1080), daterange(NULL, NULL)),
    (${schoolId}, ${instructor.userId}, 2, int4range(480, 1080), daterange(NULL, '2026-03-16'))`.execute(
    database.kysely,
  );
  await sql`INSERT INTO closed_days (id, school_id, day, name) VALUES
    (gen_random_uuid(), ${schoolId}, '2026-03-20', 'Storm'), (gen_random_uuid(), ${schoolId}, '2026-03-23', 'Later')`.execute(
    database.kysely,
  );

  const { body } = await there.get(owner, week);
  assert.deepEqual(
    body.data[0].time_off.map(({ reason }: { reason: string }) => reason),
    ['holiday'],
  );
  assert.deepEqual(body.data[0].hours, [
    { weekday: 1, from_minute: 480, to_minute: 1_080, valid_from: null, valid_to: null },
  ]);
  assert.deepEqual(body.closed_days, [{ day: '2026-03-20', name: 'Storm', location_id: null }]);
});

test('instructors see only their own row and lessons, whatever they ask for; other roles see none of it', async () => {
  await using there = await scheduleSchool();
  const { instructor, otherInstructor, operator, stranger } = there.school.people;
  const own = await there.addLesson({ startsAt: '2026-03-16T09:00' });
  await there.addLesson({ startsAt: '2026-03-16T11:00', instructorId: otherInstructor.userId, vehicleId: null });

  const answer = await there.get(instructor, week);
  assert.deepEqual([namesOf(answer.body.data), idsOf(answer.body.data)], [['Ines Instructor'], [own]]);
  const others = await there.get(instructor, `${week}&instructor_id=${otherInstructor.userId}`);
  assert.deepEqual([others.status, others.body.data], [200, []]);
  const cars = await there.get(instructor, `${week}&by=vehicle`);
  assert.deepEqual([namesOf(cars.body.data), idsOf(cars.body.data)], [['CARS 001'], [own]]);
  assert.deepEqual((await there.get(stranger, week)).body.data, []);
  assert.equal((await there.get(operator, week)).status, 403);
});

test('a filter by location keeps its lessons and closed days', async () => {
  await using there = await scheduleSchool();
  const { database, schoolId, people } = there.school;
  const kenora = await there.addLocation('Kenora', 'America/Winnipeg');
  await there.addLesson({ startsAt: '2026-03-16T09:00' });
  const there2 = await there.addLesson({ startsAt: '2026-03-16T13:00', locationId: kenora });
  await sql`INSERT INTO closed_days (id, school_id, day, name, location_id) VALUES
    (gen_random_uuid(), ${schoolId}, '2026-03-20', 'Main only', ${there.locationId}),
    (gen_random_uuid(), ${schoolId}, '2026-03-19', 'All', NULL)`.execute(database.kysely);

  const { body } = await there.get(people.owner, `${week}&location_id=${kenora}`);
  assert.deepEqual(idsOf(body.data), [there2]);
  assert.equal(body.data[0].lessons[0].starts_at, '2026-03-16T18:00:00.000Z');
  assert.deepEqual(
    body.closed_days.map(({ name }: { name: string }) => name),
    ['All'],
  );
});

test('a period that ends before it begins, is too long or is no period is refused, with the place of the mistake', async () => {
  await using there = await scheduleSchool();
  const { owner } = there.school.people;
  const wrong: readonly (readonly [query: string, pointer: string])[] = [
    ['from=2026-03-16&to=2026-03-15', '?to'],
    ['from=2026-03-01&to=2026-04-12', '?to'],
    ['from=today&to=2026-03-15', '?from'],
    ['from=2026-03-15', '?to'],
    ['from=2026-02-30&to=2026-03-01', '?from'],
    ['from=2026-03-15&to=2026-03-15&by=room', '?by'],
    ['from=2026-03-15&to=2026-03-15&instructor_id=x', '?instructor_id'],
  ];
  for (const [query, pointer] of wrong) {
    const { status, body } = await there.get(owner, `/api/calendar?${query}`);
    assert.deepEqual([status, body.errors?.[0]?.pointer], [422, pointer], query);
  }
  assert.equal((await there.get(owner, '/api/calendar?from=2026-03-01&to=2026-04-11')).status, 200);
});
