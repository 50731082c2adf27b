/** The contract of lessons, B1 to B15, over HTTP against the running program. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { skipWithoutPostgres, startPostgres, type TestPostgres } from '../server/platform/database/testing/postgres.ts';
import {
  type Answer,
  assertLesson,
  assertProblem,
  assertRefused,
  BookClient,
  type Party,
  seeded,
  useLink,
} from './book-client.ts';
import { command } from './command.ts';
import { Client, keepDead, Program, signInAsOwner, until } from './program.ts';

/** Monday noon in Toronto, a week before the lessons. */
const schoolNow = '2026-03-02T12:00:00-05:00';
const week = '2026-03-09';

/** A running school of one database. */
interface School {
  program: Program;
  book: BookClient;
  readonly environment: Readonly<Record<string, string>>;
  readonly dataDirectory: string;
}

async function openSchool(environment: Readonly<Record<string, string>>): Promise<School> {
  const program = await Program.start({ environment });
  const book = new BookClient(await signInAsOwner(program));
  return { program, book, environment, dataDirectory: program.dataDirectory };
}

/** The tests that hold on both databases. @param school is set when they run */
function testsOfBothDatabases(school: () => School): void {
  test('B1: a location of Ontario is added; another zone is refused at its field', async () => {
    const { book } = school();
    const { body } = await book.add('/api/locations', {
      name: 'Main',
      time_zone: 'America/Toronto',
      buffer_minutes: 15,
    });
    assert.deepEqual([body.data.name, body.data.time_zone, body.data.buffer_minutes], ['Main', 'America/Toronto', 15]);
    school().book = new BookClient(new Client(school().program.address, book.cookie), body.data.id);
    const paris = await book.post('/api/locations', { name: 'Paris', time_zone: 'Europe/Paris', buffer_minutes: 15 });
    assert.equal(paris.status, 422, paris.text);
    assert.deepEqual(
      paris.body.errors.map(({ pointer }: { pointer: string }) => pointer),
      ['/time_zone'],
    );
    assert.equal(typeof paris.body.errors[0].message, 'string');
    const list = await book.get('/api/locations');
    assert.deepEqual([list.status, list.body.data.length, list.body.complete], [200, 1, true]);
    assert.deepEqual([list.body.next_cursor, list.body.stale], [null, false]);
  });

  test('B2: an instructor with hours and a car are added; overlapping hours are refused', async () => {
    const { book } = school();
    const { body } = await book.add('/api/instructors', {
      name: 'Ines Instructor',
      licence_number: 'DI-104233',
      licence_expires_on: '2027-06-30',
      contract_from: '2024-01-01',
    });
    const { id } = body.data;
    assert.equal(body.link, undefined, 'nobody is invited without an e-mail address');
    const path = `/api/instructors/${id}/hours`;
    const hours = [
      { weekday: 1, from: '08:00', to: '18:00' },
      { weekday: 7, from: '20:00', to: '24:00' },
    ];
    const put = await book.send('PUT', path, { body: { hours } });
    assert.equal(put.status, 200, put.text);
    const overlapping = await book.send('PUT', path, {
      body: { hours: [...hours, { weekday: 1, from: '17:00', to: '19:00' }] },
    });
    assert.equal(overlapping.status, 422, overlapping.text);
    assert.match(overlapping.body.errors[0].pointer, /^\/hours\/[02]/);
    const kept = await book.get(path);
    assert.deepEqual(
      kept.body.data.hours.map(({ weekday, from, to }: Record<string, unknown>) => ({ weekday, from, to })),
      hours,
    );
    const users = await book.get('/api/users');
    assert.ok(JSON.stringify(users.body).includes(id), 'the instructor is a user');
    for (const number of ['', 'X'.repeat(21), 'a b']) {
      const refused = await book.post('/api/instructors', {
        name: 'Ivan',
        licence_number: number === '' ? '?' : number,
        licence_expires_on: '2027-06-30',
        contract_from: '2024-01-01',
      });
      assert.equal(refused.status, 422, refused.text);
      assert.equal(refused.body.errors[0].pointer, '/licence_number');
    }
    await book.add('/api/vehicles', {
      plate: 'CABC 123',
      transmission: 'automatic',
      dual_brake: true,
      insurance_expires_on: '2027-05-31',
      registration_expires_on: '2027-05-31',
    });
  });

  test('B3: a BDE course ends on the day before its first anniversary, and a student has one at a time', async () => {
    const { book } = school();
    const studentId = await book.addStudent();
    const path = `/api/students/${studentId}/enrolments`;
    const { body } = await book.add(path, { kind: 'bde', course_started_on: '2026-03-02' });
    assert.equal(body.data.deadline_on, '2027-03-01');
    assert.equal(body.data.student_id, studentId);
    const second = await book.post(path, { kind: 'bde', course_started_on: '2026-03-02' });
    assertProblem(second, 409, 'already_enrolled');
    await book.add(path, { kind: 'lesson_pack', in_vehicle_minutes_bought: 600 });
    const guardian = { name: 'Gwen Tremblay', email: 'gwen@example.com', phone: '416-555-0199', relation: 'mother' };
    await book.add(`/api/students/${studentId}/guardians`, { ...guardian, is_primary: true });
    const other = await book.add(`/api/students/${studentId}/guardians`, {
      ...guardian,
      name: 'Gus Tremblay',
      is_primary: true,
    });
    assert.equal(other.body.data.is_primary, true);
    const all = await book.get(`/api/students/${studentId}/guardians`);
    assert.deepEqual(
      all.body.data.map(({ name, is_primary }: Record<string, unknown>) => [name, is_primary]),
      [
        ['Gus Tremblay', true],
        ['Gwen Tremblay', false],
      ],
    );
  });

  test('B4: a lesson is booked in the wall time of its location, and the same key books it once', async () => {
    const { book } = school();
    const party = await book.addParty();
    const request = { ...party, type: 'bde_in_vehicle', starts_at: `${week}T09:00`, minutes: 60 };
    const key = randomUUID();
    const first = await book.post('/api/lessons', request, key);
    assert.equal(first.status, 201, first.text);
    const lesson = first.body.data;
    assertLesson(lesson);
    assert.match(lesson.short_code, /^L-[2-9A-HJ-NP-Z]{4,}$/);
    const { short_code, id, ...rest } = lesson;
    const expected = {
      ...party,
      type: 'bde_in_vehicle',
      starts_at: '2026-03-09T13:00:00.000Z',
      ends_at: '2026-03-09T14:00:00.000Z',
      local_start: '2026-03-09T09:00',
      local_date: '2026-03-09',
      time_zone: 'America/Toronto',
      status: 'booked',
      status_reason: null,
      overrides: [],
      version: 1,
    };
    assert.deepEqual(
      Object.fromEntries(Object.keys(expected).map((name) => [name, rest[name]])),
      expected,
      `${short_code}`,
    );
    assert.equal(first.headers.get('location'), `/api/lessons/${id}`);
    assert.equal(first.headers.get('etag'), '"1"');
    const repeated = await book.post('/api/lessons', request, key);
    assert.deepEqual([repeated.status, repeated.text], [201, first.text]);
    assert.equal(repeated.headers.get('location'), `/api/lessons/${id}`);
    assertProblem(await book.post('/api/lessons', { ...request, minutes: 30 }, key), 422, 'idempotency_key_reused');
    const read = await book.get(`/api/lessons/${id}`);
    assert.deepEqual([read.status, read.body.data, read.body.stale], [200, lesson, false]);
    assert.equal(read.headers.get('etag'), '"1"');
    // As_of follows the school's clock.
    assert.match(read.body.as_of, /^2026-03-02T17:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(read.headers.get('x-data-as-of'), read.body.as_of);
    assert.equal((await book.get(`/api/lessons/${randomUUID()}`)).status, 404);
    const unknown = await book.post('/api/lessons', { ...request, foo: 1 });
    assertProblem(unknown, 422, 'invalid_request');
    assert.equal(unknown.body.errors[0].pointer, '/foo');
    const withOffset = await book.booked(party, `${week}T14:00:00-04:00`);
    assert.deepEqual([withOffset.starts_at, withOffset.local_start], [`${week}T18:00:00.000Z`, `${week}T14:00`]);
    const keyless = await book.send('POST', '/api/lessons', {
      body: { ...request, starts_at: '2026-03-10T14:00:00Z' },
    });
    assert.deepEqual([keyless.status, keyless.body.data.local_start], [201, '2026-03-10T10:00']);
    const { enrolment_id, ...without } = party;
    assert.equal((await book.book(without, '2026-03-11T09:00')).status, 422, enrolment_id);
    await book.booked(without, '2026-03-11T09:00', { type: 'private' });
  });

  test('B5: of 50 bookings of one instructor at once, one succeeds and 49 name the instructor; with one key all answers are equal', async (context) => {
    const { book } = school();
    const { instructor_id, location_id } = await book.addParty();
    const parties = await together(50, async (): Promise<Party> => {
      const student_id = await book.addStudent();
      const enrolment_id = await book.addEnrolment(student_id);
      return { student_id, enrolment_id, instructor_id, vehicle_id: await book.addVehicle(), location_id };
    });
    let startedAt = performance.now();
    const answers = await Promise.all(parties.map((party) => book.book(party, `${week}T09:00`)));
    const took = [performance.now() - startedAt];
    const taken = answers.filter(({ status }) => status !== 201);
    assert.equal(answers.length - taken.length, 1, JSON.stringify(answers.map(({ status }) => status)));
    for (const answer of taken) {
      assertProblem(answer, 409, 'slot_taken');
      const conflict = answer.body.conflicts.find(
        ({ resource_kind: kind }: { resource_kind: string }) => kind === 'instructor',
      );
      assert.equal(conflict.resource_id, instructor_id);
      assert.match(conflict.name, /^Ines /);
      assert.equal(conflict.source_kind, 'lesson');
      assert.deepEqual(Object.keys(conflict).toSorted(), [
        'from',
        'name',
        'resource_id',
        'resource_kind',
        'source_id',
        'source_kind',
        'to',
      ]);
      assert.ok(Array.isArray(answer.body.nearest) && answer.body.nearest.length <= 3);
      for (const near of answer.body.nearest) {
        assert.deepEqual(Object.keys(near).toSorted(), ['instructor_id', 'starts_at', 'vehicle_id']);
      }
    }

    const key = randomUUID();
    const [party] = parties;
    startedAt = performance.now();
    const same = await Promise.all(parties.map(() => book.book(party as Party, '2026-03-10T09:00', {}, key)));
    took.push(performance.now() - startedAt);
    for (const { status, text } of same) {
      assert.equal(status, 201, text);
      assert.equal(text, same[0]?.text);
    }
    const calendar = await book.get('/api/calendar?from=2026-03-09&to=2026-03-10&by=instructor');
    const row = calendar.body.data.find((each: { instructor_id: string }) => each.instructor_id === instructor_id);
    assert.equal(row.lessons.length, 2, 'one lesson each');
    context.diagnostic(`50 at once took ${took.map((ms) => `${Math.round(ms)} ms`).join(', with one key ')}`);
  });

  test('B5: after 200 random changes from 20 connections, verify finds no overlap and nothing else', async (context) => {
    const { book, dataDirectory, environment } = school();
    const parties: Party[] = [];
    for (let index = 0; index < 3; index += 1) parties.push(await book.addParty());
    const random = seeded(5);
    const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
    const time = (): string =>
      `2026-03-${16 + random(3)}T${String(8 + random(8)).padStart(2, '0')}:${pick(['00', '15', '30'])}`;
    const lessons: { id: string; version: number }[] = [];
    const counts: Record<string, number> = {};
    let left = 200;
    const change = async (): Promise<Answer> => {
      const dice = random(10);
      const lesson = lessons.length === 0 ? undefined : pick(lessons);
      const { instructor_id, vehicle_id } = { ...pick(parties), vehicle_id: pick(parties).vehicle_id };
      if (lesson === undefined || dice < 5) {
        return book.book({ ...pick(parties), instructor_id, vehicle_id }, time(), {
          type: 'private',
          enrolment_id: null,
        });
      }
      const [action, body] =
        dice < 8
          ? ['move', { starts_at: time(), instructor_id, vehicle_id }]
          : dice < 9
            ? ['cancel', { reason: 'student' }]
            : ['undo', undefined];
      return book.send('POST', `/api/lessons/${lesson.id}/${action}`, { body, ifMatch: lesson.version });
    };
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const { status, body } = await change();
        const name = status < 300 ? String(status) : `${status} ${body.code}`;
        counts[name] = (counts[name] ?? 0) + 1;
        assert.ok(status < 500, JSON.stringify(body));
        if (status === 201) lessons.push(body.data);
        const known = lessons.find(({ id }) => id === body.data?.id);
        if (known !== undefined && body.data.version > known.version) known.version = body.data.version;
      }
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    context.diagnostic(JSON.stringify(counts));
    assert.ok((counts['200'] ?? 0) > 5 && (counts['201'] ?? 0) > 5 && (counts['409 slot_taken'] ?? 0) > 5);
    const verified = await command('school', ['verify', '--json'], { ...environment, DATA_DIR: dataDirectory });
    const lines = verified.out.trim().split('\n');
    assert.ok(lines.includes('{"check":"overlaps","found":0}'), verified.out + verified.err);
    assert.deepEqual(
      [verified.exitCode, lines.filter((line) => !line.endsWith('"found":0}'))],
      [0, []],
      verified.out + verified.err,
    );
  });

  test('B12: a lesson is moved, cancelled and undone with If-Match; undo meets the lesson that took the time', async () => {
    const { book } = school();
    const party = await book.addParty();
    const { id } = await book.booked(party, `${week}T09:00`);
    const path = `/api/lessons/${id}`;
    for (const [action, body] of [
      ['move', { starts_at: `${week}T11:00` }],
      ['cancel', { reason: 'student' }],
      ['undo', undefined],
    ] as const) {
      assertProblem(await book.send('POST', `${path}/${action}`, { body }), 428, 'precondition_required');
    }
    assertProblem(await book.send('PATCH', path, { body: { notes: 'x' } }), 428, 'precondition_required');
    const key = randomUUID();
    const move = { body: { starts_at: `${week}T11:00` }, ifMatch: 1, key };
    const moved = await book.send('POST', `${path}/move`, move);
    assert.deepEqual(
      [moved.status, moved.body.data.version, moved.body.data.local_start, moved.headers.get('etag')],
      [200, 2, `${week}T11:00`, '"2"'],
    );
    assertLesson(moved.body.data);
    const again = await book.send('POST', `${path}/move`, move);
    assert.deepEqual([again.status, again.text], [200, moved.text], 'the same key, the same answer');
    const outdated = await book.send('POST', `${path}/cancel`, { body: { reason: 'student' }, ifMatch: 1 });
    assertProblem(outdated, 412, 'lesson_changed');
    assert.equal(outdated.body.current_version, 2);
    const cancelled = await book.send('POST', `${path}/cancel`, {
      body: { reason: 'weather', notice_at: '2026-03-02T16:00:00Z' },
      ifMatch: 2,
    });
    assert.deepEqual(
      [cancelled.status, cancelled.body.data.status, cancelled.body.data.status_reason],
      [200, 'cancelled', 'weather'],
    );
    assert.equal(cancelled.body.data.cancelled_notice_at, '2026-03-02T16:00:00.000Z');
    assertProblem(
      await book.send('POST', `${path}/cancel`, { body: { reason: 'student', notice_at: 'noon' }, ifMatch: 3 }),
      422,
      'invalid_request',
    );
    const back = await book.send('POST', `${path}/undo`, { ifMatch: 3 });
    assert.deepEqual([back.status, back.body.data.status, back.body.data.status_reason], [200, 'booked', null]);
    const cancel = (notice_at: string): Promise<Answer> =>
      book.send('POST', `${path}/cancel`, { body: { reason: 'student', notice_at }, ifMatch: 4 });
    const skipped = await cancel('2025-03-09T02:30');
    assertProblem(skipped, 422, 'time_does_not_exist');
    assert.equal(skipped.body.errors[0].pointer, '/notice_at');
    const local = await cancel('2026-03-02T11:05');
    assert.equal(local.body.data.cancelled_notice_at, '2026-03-02T16:05:00.000Z', 'wall time at the location');
    assert.equal((await book.send('POST', `${path}/undo`, { ifMatch: 5 })).status, 200);
    for (const reason of ['student', 'instructor', 'weather', 'illness', 'test_delay']) {
      const current = (await book.get(path)).body.data.version;
      const given = await book.send('POST', `${path}/cancel`, { body: { reason }, ifMatch: current });
      assert.equal(given.status, 200, given.text);
      if (reason !== 'test_delay') await book.send('POST', `${path}/undo`, { body: {}, ifMatch: current + 1 });
    }
    const other = await book.addParty();
    const taker = await book.booked({ ...other, instructor_id: party.instructor_id }, `${week}T11:00`);
    const version = (await book.get(path)).body.data.version;
    const taken = await book.send('POST', `${path}/undo`, { ifMatch: version });
    assertProblem(taken, 409, 'slot_taken');
    assert.equal(taken.body.conflicts[0].source_id, taker.id);
    assert.equal((await book.get(path)).body.data.status, 'cancelled');
    const parts = {
      starts_at: '2026-03-10T12:00',
      minutes: 45,
      instructor_id: other.instructor_id,
      vehicle_id: party.vehicle_id,
      location_id: party.location_id,
    };
    const all = await book.send('POST', `/api/lessons/${taker.id}/move`, { body: parts, ifMatch: 1 });
    assert.deepEqual([all.status, all.body.data.ends_at], [200, '2026-03-10T16:45:00.000Z'], all.text);
  });

  test('B13: time off over lessons is refused with their IDs, or cancels them in the same transaction', async () => {
    const { book } = school();
    const party = await book.addParty();
    const lesson = await book.booked(party, `${week}T09:00`);
    const path = `/api/instructors/${party.instructor_id}/time-off`;
    const period = { from: `${week}T08:00`, to: `${week}T12:00` };
    const refused = await book.post(path, period);
    assertProblem(refused, 409, 'time_off_has_lessons');
    assert.deepEqual(refused.body.lessons, [lesson.id]);
    assert.equal((await book.get(`/api/lessons/${lesson.id}`)).body.data.status, 'booked');
    const { body } = await book.add(path, { ...period, and_cancel: { reason: 'illness' } });
    assert.equal(body.data.from, '2026-03-09T12:00:00.000Z', 'wall time of the first location');
    const now = (await book.get(`/api/lessons/${lesson.id}`)).body.data;
    assert.deepEqual([now.status, now.status_reason], ['cancelled', 'illness']);
    const taken = await book.book(party, `${week}T10:00`);
    assertProblem(taken, 409, 'slot_taken');
    assert.deepEqual(
      [taken.body.conflicts[0].source_kind, taken.body.conflicts[0].source_id],
      ['time_off', body.data.id],
    );
    const instants = await book.add(path, { from: '2026-03-10T08:00:00-04:00', to: '2026-03-10T16:00:00Z' });
    assert.deepEqual(
      [instants.body.data.from, instants.body.data.to],
      ['2026-03-10T12:00:00.000Z', '2026-03-10T16:00:00.000Z'],
    );
    const calendar = await book.get(`/api/calendar?from=${week}&to=2026-03-10&by=instructor`);
    const row = calendar.body.data.find(
      (each: { instructor_id: string }) => each.instructor_id === party.instructor_id,
    );
    assert.equal(row.time_off.length, 2);
  });

  test('B10: every offered time of two weeks can be booked, and each instructor without one has a reason', async (context) => {
    const { book } = school();
    const party = await book.addParty();
    const licence = await book.addInstructor({ licence_expires_on: '2026-03-01' });
    await book.booked({ ...(await book.addParty()), instructor_id: party.instructor_id }, '2026-03-10T09:00');
    const query = `student_id=${party.student_id}&minutes=60&from=2026-03-09&to=2026-03-22`;
    const several = (await book.get('/api/locations')).body.data.length > 1;
    if (several) {
      const { status, body } = await book.get(`/api/slots?${query}`);
      assert.deepEqual([status, body.errors[0].pointer], [422, '?location_id'], 'which location?');
    }
    const where = several ? `&location_id=${party.location_id}` : '';
    const answer = await book.get(`/api/slots?${query}${where}&instructor_id=${party.instructor_id}`);
    assert.equal(answer.status, 200, answer.text);
    const slots = answer.body.data as (Record<string, string> & { score: number })[];
    assert.ok(slots.length > 1_000);
    assert.equal(slots.length, answer.body.total, 'all of them');
    assert.deepEqual([answer.body.next_cursor, answer.body.complete], [null, true]);
    for (const slot of slots) {
      for (const name of ['starts_at', 'local_start', 'instructor_id', 'vehicle_id']) {
        assert.equal(typeof slot[name], 'string', name);
      }
      assert.equal(slot['location_id'], party.location_id);
      assert.equal(typeof slot.score, 'number');
      assert.match(slot['local_start'] ?? '', /:(00|15|30|45)$/);
    }
    const days = slots.map((slot) => slot['local_start']?.slice(0, 10) ?? '').toSorted();
    assert.deepEqual([days[0], days.at(-1)], ['2026-03-09', '2026-03-22'], 'both days are included');
    const all = await book.get(`/api/slots?${query}${where}`);
    const why = all.body.refused.find((each: { instructor_id: string }) => each.instructor_id === licence);
    assert.equal(why.rule, 'instructor_licence', all.text);
    assert.ok('until' in why);
    const random = seeded(10);
    let booked = 0;
    const sample = [...slots.slice(0, 5), ...all.body.data.slice(0, 5)];
    for (let index = 0; index < 20; index += 1) sample.push(slots[random(slots.length)]);
    for (const { starts_at: startsAt, instructor_id, vehicle_id } of sample) {
      const made = await book.book({ ...party, instructor_id, vehicle_id }, startsAt as string);
      assert.equal(made.status, 201, `${startsAt}: ${made.text}`);
      booked += 1;
      const undone = await book.send('POST', `/api/lessons/${made.body.data.id}/cancel`, {
        body: { reason: 'student' },
        ifMatch: 1,
      });
      assert.equal(undone.status, 200, undone.text);
    }
    context.diagnostic(`${booked} of ${slots.length} offered times were booked`);
  });
}

/** The other tests, on the embedded database. The last ones restart the program and kill the database. */
function testsOfTheContract(school: () => School): void {
  test('B6: the buffer separates the lessons of an instructor, but not a relay', async () => {
    const { book } = school();
    const party = await book.addParty();
    const next = { ...(await book.addParty()), instructor_id: party.instructor_id };
    const first = await book.booked(party, `${week}T09:00`);
    const early = await book.book(next, `${week}T10:10`);
    assertProblem(early, 409, 'slot_taken');
    assert.deepEqual(
      early.body.conflicts.map(({ resource_kind: kind, source_id: id }: Record<string, string>) => [kind, id]),
      [['instructor', first.id]],
    );
    await book.booked(next, `${week}T10:15`);
    const relayed = await book.booked(party, '2026-03-10T09:00');
    assertProblem(await book.book(next, '2026-03-10T10:00'), 409, 'slot_taken');
    const second = await book.booked({ ...next, vehicle_id: party.vehicle_id }, '2026-03-10T10:00', {
      relay_after: relayed.id,
    });
    assert.equal(second.starts_at, relayed.ends_at);
  });

  test('B7: the daily limit refuses softly; the office overrides it with a reason; an instructor may not book', async () => {
    const { book, program } = school();
    const party = await book.addParty();
    await book.booked(party, `${week}T09:00`);
    await book.booked(party, `${week}T11:00`);
    const third = { minutes: 30 };
    const refused = await book.book(party, `${week}T13:00`, third);
    assertRefused(refused, 'soft', 'in_vehicle_day_cap');
    const [{ facts }] = refused.body.refusals;
    assert.deepEqual([facts.limit_minutes, facts.booked_minutes], [120, 120]);
    const overrides = [{ rule: 'in_vehicle_day_cap', reason: 'make-up after illness' }];
    const otto = { name: 'Otto Office', email: 'otto@example.com' };
    const invited = await book.post('/api/users', { ...otto, role: 'office' });
    const officeCookie = await useLink(program, invited.body.link, otto);
    const office = book.as(new Client(program.address, officeCookie));
    const lesson = await office.booked(party, `${week}T13:00`, { ...third, overrides });
    assert.deepEqual(lesson.overrides, overrides);
    assert.deepEqual((await book.get(`/api/lessons/${lesson.id}`)).body.data.overrides, overrides);
    // A private lesson does not count.
    await book.booked(party, `${week}T15:00`, { type: 'private' });
    const person = { name: 'Iris Instructor', email: 'iris@example.com' };
    const added = await book.post('/api/instructors', {
      ...person,
      licence_number: 'DI-7',
      licence_expires_on: '2028-03-31',
      contract_from: '2020-01-01',
    });
    assert.equal(added.status, 201, added.text);
    assert.ok(Date.parse(added.body.link.expires_at) > Date.now());
    const iris = book.as(new Client(program.address, await useLink(program, added.body.link, person)));
    const own = { ...party, instructor_id: added.body.data.id };
    for (const more of [{}, { overrides }]) {
      assertProblem(await iris.book(own, '2026-03-10T09:00', more), 403, 'not_permitted');
    }
    const calendar = await iris.get(`/api/calendar?from=${week}&to=${week}&by=instructor`);
    assert.deepEqual(
      calendar.body.data.map((row: { instructor_id: string }) => row.instructor_id),
      [added.body.data.id],
      'only the own row',
    );
    assert.equal((await iris.get(`/api/lessons/${lesson.id}`)).status, 404);
  });

  test('B8: clock changes, nights and zones: skipped and repeated times, G1 at night, a plan over November 1, two zones', async () => {
    const { book } = school();
    const party = await book.addParty();
    const skipped = await book.book(party, '2026-03-08T02:30');
    assertProblem(skipped, 422, 'time_does_not_exist');
    assert.equal(skipped.body.nearest, '2026-03-08T03:00:00-04:00');
    const repeated = { type: 'private', enrolment_id: null };
    const ambiguous = await book.book(party, '2026-11-01T01:30', repeated);
    assertProblem(ambiguous, 422, 'time_ambiguous');
    assert.deepEqual(ambiguous.body.choices, ['2026-11-01T01:30:00-04:00', '2026-11-01T01:30:00-05:00']);
    for (const [index, choice] of (ambiguous.body.choices as string[]).entries()) {
      const lesson = await book.booked(party, choice, { ...repeated, minutes: 30 });
      assert.equal(lesson.local_start, '2026-11-01T01:30');
      assert.equal(lesson.starts_at, ['2026-11-01T05:30:00.000Z', '2026-11-01T06:30:00.000Z'][index]);
    }

    const learner = await book.addParty({ licence_class: 'G1' });
    assertRefused(await book.book(learner, `${week}T04:30`), 'hard', 'g1_night');
    assertRefused(await book.book(learner, `${week}T23:30`), 'hard', 'g1_night');
    const overrides = [{ rule: 'g1_night', reason: 'He is careful' }];
    assertRefused(await book.book(learner, `${week}T04:30`, { overrides }), 'hard', 'g1_night');

    const planned = await book.addParty();
    const enrolled = await book.addStudent();
    const course = await book.addEnrolment(enrolled, '2026-10-01');
    const plan = await book.post('/api/lesson-plans/preview', {
      enrolment_id: course,
      location_id: planned.location_id,
      wishes: [{ weekday: 1, from: '09:00', to: '10:00' }],
      lesson_minutes: 60,
      lessons: 4,
      from: '2026-10-19',
    });
    assert.equal(plan.status, 200, plan.text);
    assert.deepEqual(
      plan.body.data.lessons.map(({ local_start, starts_at }: Record<string, string>) => [local_start, starts_at]),
      [
        ['2026-10-19T09:00', '2026-10-19T13:00:00.000Z'],
        ['2026-10-26T09:00', '2026-10-26T13:00:00.000Z'],
        ['2026-11-02T09:00', '2026-11-02T14:00:00.000Z'],
        ['2026-11-09T09:00', '2026-11-09T14:00:00.000Z'],
      ],
    );

    const kenora = await book.id('/api/locations', {
      name: 'Kenora',
      time_zone: 'America/Winnipeg',
      buffer_minutes: 15,
    });
    const far = { ...(await book.addParty()), location_id: kenora };
    const lesson = await book.booked(far, '2026-03-10T08:00');
    assert.deepEqual(
      [lesson.starts_at, lesson.time_zone, lesson.local_start],
      ['2026-03-10T13:00:00.000Z', 'America/Winnipeg', '2026-03-10T08:00'],
    );
    const same = await book.book({ ...party, instructor_id: far.instructor_id }, '2026-03-10T09:00');
    assertProblem(same, 409, 'slot_taken');
    assert.equal(same.body.conflicts[0].source_id, lesson.id);
  });

  test('B9: expired papers, licences, ages and courses refuse hard; changing a date names the lessons that it breaks', async () => {
    const { book } = school();
    for (const [of, change, rule] of [
      ['instructors', { licence_expires_on: '2026-03-08' }, 'instructor_licence'],
      ['instructors', { contract_to: '2026-03-08' }, 'instructor_contract'],
      ['instructors', { contract_from: '2026-03-10' }, 'instructor_contract'],
      ['vehicles', { insurance_expires_on: '2026-03-08' }, 'vehicle_insurance'],
      ['vehicles', { registration_expires_on: '2026-03-08' }, 'vehicle_registration'],
      ['vehicles', { safety_expires_on: '2026-03-08' }, 'vehicle_safety'],
      ['students', { licence_expires_on: '2026-03-08' }, 'student_licence'],
      ['students', { birth_date: '2010-03-10' }, 'student_age'],
      ['enrolments', { deadline_on: '2026-03-08' }, 'course_deadline'],
    ] as const) {
      const party = await book.addParty();
      const lesson = await book.booked(party, `${week}T09:00`);
      const id = {
        instructors: party.instructor_id,
        vehicles: party.vehicle_id,
        students: party.student_id,
        enrolments: party.enrolment_id,
      }[of];
      const path = `/api/${of}/${id}`;
      const earlier = await book.get(path);
      const ifMatch = earlier.body.data.version as number;
      assertProblem(await book.send('PATCH', path, { body: change }), 428, 'precondition_required');
      const preview = await book.send('PATCH', `${path}?preview=true`, { body: change, ifMatch });
      assert.deepEqual([preview.status, preview.body.affected_lessons], [200, [lesson.id]], `${rule}: ${preview.text}`);
      assert.deepEqual((await book.get(path)).body.data, earlier.body.data, 'a preview changes nothing');
      const changed = await book.send('PATCH', path, { body: change, ifMatch });
      assert.deepEqual([changed.status, changed.body.affected_lessons], [200, [lesson.id]], `${rule}: ${changed.text}`);
      const outdated = await book.send('PATCH', path, { body: change, ifMatch });
      assert.deepEqual([outdated.status, outdated.body.current_version], [412, ifMatch + 1], outdated.text);
      assert.match(outdated.body.code, /_changed$/);
      assert.equal((await book.get(`/api/lessons/${lesson.id}`)).body.data.status, 'booked');
      assertRefused(await book.book(party, `${week}T13:00`), 'hard', rule);
    }
    const late = await book.addParty();
    assertRefused(await book.book(late, '2027-03-02T09:00'), 'hard', 'course_deadline');
    assertRefused(await book.book(late, '2027-02-28T09:00'), 'soft', 'deadline_near');
    const lazy = await book.addInstructor({}, []);
    assertRefused(await book.book({ ...late, instructor_id: lazy }, `${week}T09:00`), 'soft', 'instructor_hours');
    await book.add('/api/closed-days', { day: '2026-03-13', name: 'Staff day' });
    assertRefused(await book.book(late, '2026-03-13T09:00'), 'soft', 'closed_day');
  });

  test('B11: a course is previewed from weekly wishes, then booked all or none', async () => {
    const { book } = school();
    const party = await book.addParty();
    const preview = (enrolmentId: string): Promise<Answer> =>
      book.post('/api/lesson-plans/preview', {
        enrolment_id: enrolmentId,
        location_id: party.location_id,
        wishes: [{ weekday: 1, from: '17:00', to: '20:00' }],
        lesson_minutes: 60,
        lessons: 10,
        from: '2026-03-09',
      });
    const previewed = await preview(party.enrolment_id);
    assert.equal(previewed.status, 200, previewed.text);
    const { lessons, unplaced, ends_on, deadline_on, plan_token } = previewed.body.data;
    assert.deepEqual([lessons.length, unplaced, deadline_on], [10, [], '2027-03-01']);
    assert.equal(ends_on, lessons[9].local_date);
    for (const lesson of lessons) {
      assertLesson(lesson, 'id', 'short_code', 'status', 'status_reason', 'overrides', 'version');
      assert.ok(lesson.local_start.slice(11) >= '17:00' && lesson.local_start.slice(11) <= '19:00');
    }
    const key = randomUUID();
    const made = await book.post('/api/lesson-plans', { plan_token }, key);
    assert.equal(made.status, 201, made.text);
    assert.equal(made.body.data.lessons.length, 10);
    for (const lesson of made.body.data.lessons) assertLesson(lesson);
    const again = await book.post('/api/lesson-plans', { plan_token }, key);
    assert.deepEqual([again.status, again.text], [201, made.text]);
    const read = await book.get(made.headers.get('location') ?? '');
    assert.deepEqual([read.status, read.body.data.lessons.length, read.headers.get('etag')], [200, 10, '"1"']);

    const second = await book.addParty();
    const outdated = (await preview(second.enrolment_id)).body.data;
    const [{ starts_at: startsAt }] = outdated.lessons;
    await book.booked(
      { ...(await book.addParty()), student_id: second.student_id, enrolment_id: second.enrolment_id },
      startsAt,
    );
    const refused = await book.post('/api/lesson-plans', { plan_token: outdated.plan_token });
    assertProblem(refused, 409, 'plan_outdated');
    const { data } = (await book.get(`/api/students/${second.student_id}/lessons`)).body;
    assert.equal(data.length, 1, 'none of the plan');

    const short = await book.addStudent();
    const unfinished = await preview(await book.addEnrolment(short, '2025-04-20'));
    assert.equal(unfinished.status, 200, unfinished.text);
    const rest = unfinished.body.data.unplaced;
    assert.equal(unfinished.body.data.lessons.length + rest.length, 10);
    assert.equal(rest.at(-1).index, 9);
    assert.ok(rest.at(-1).reasons.length > 0);
  });

  test('SCHOOL_NOW is refused with DATABASE_URL', async () => {
    await using program = await Program.launch({
      fresh: true,
      environment: { DATABASE_URL: 'postgres://nobody@localhost/none', SCHOOL_NOW: schoolNow, ALLOW_TEST_HANDLES: '' },
    });
    assert.notEqual(await program.ended(), 0);
    assert.match(program.output, /SCHOOL_NOW is set together with DATABASE_URL/);
  });

  test('B12: ten minutes after a change it is too late to undo it', async () => {
    const opened = school();
    const party = await opened.book.addParty();
    const { id } = await opened.book.booked(party, '2026-03-11T09:00');
    const cancelled = await opened.book.send('POST', `/api/lessons/${id}/cancel`, {
      body: { reason: 'student' },
      ifMatch: 1,
    });
    const later = Temporal.Instant.from(cancelled.body.as_of).add({ minutes: 11 }).toString();
    await opened.program.stop();
    const { dataDirectory } = opened;
    opened.program = await Program.start({ dataDirectory, environment: { ...opened.environment, SCHOOL_NOW: later } });
    opened.book = new BookClient(new Client(opened.program.address, opened.book.cookie), opened.book.locationId);
    const undone = await opened.book.send('POST', `/api/lessons/${id}/undo`, { ifMatch: 2 });
    assertProblem(undone, 409, 'undo_expired');
    assert.ok(undone.text.length > 0);
    const read = await opened.book.get(`/api/lessons/${id}`);
    assert.equal(read.body.data.status, 'cancelled');
    assert.ok(read.body.as_of >= later.slice(0, 19), 'as_of follows SCHOOL_NOW');
  });

  test('B15: calendar programs read the lessons of an instructor with a link, until it is revoked', async () => {
    const { book, program } = school();
    const party = await book.addParty({
      legal_family_name: 'Tremblay-Ünlü-'.concat('Wolkenstein '.repeat(4)).trim(),
      phone: '416-555-0177',
    });
    const { id } = await book.booked(party, '2026-03-12T09:00', {
      pickup: '12 Bloor Street West, beside the café with the very long name, Toronto',
    });
    const gone = await book.booked(party, '2026-03-12T13:00');
    const feed = await book.add('/api/calendar-feeds', { instructor_id: party.instructor_id });
    const { url } = feed.body.data;
    assert.ok(url.startsWith(`${program.address}/calendar/`) && url.endsWith('.ics'));
    const read = async (): Promise<string> => {
      const response = await fetch(url);
      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type') ?? '', /^text\/calendar/);
      return response.text();
    };
    const first = await read();
    assert.equal(await read(), first, 'the same bytes twice');
    for (const line of first.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
    assert.doesNotMatch(first.replaceAll('\r\n', ''), /[\r\n]/, 'CRLF only');
    assert.doesNotMatch(first, /0177|T6706/);
    const times = Array.from(first.matchAll(/^(?:DTSTART|DTEND|DTSTAMP)(.*)\r$/gm), ([, value]) => value ?? '');
    assert.equal(times.length, 6);
    for (const time of times) assert.match(time, /^:\d{8}T\d{6}Z$/);
    const event = (text: string, start: string): string =>
      text.split('BEGIN:VEVENT').find((part) => part.includes(`DTSTART:${start}`)) ?? assert.fail(text);
    const uid = /UID:(\S+)/.exec(event(first, '20260312T130000Z'))?.[1];
    const sequence = (text: string): number => Number(/SEQUENCE:(\d+)/.exec(text)?.[1]);
    await book.send('POST', `/api/lessons/${id}/move`, { body: { starts_at: '2026-03-12T10:00' }, ifMatch: 1 });
    await book.send('POST', `/api/lessons/${gone.id}/cancel`, { body: { reason: 'illness' }, ifMatch: 1 });
    const second = await read();
    const moved = event(second, '20260312T140000Z');
    assert.equal(/UID:(\S+)/.exec(moved)?.[1], uid);
    assert.ok(sequence(moved) > sequence(event(first, '20260312T130000Z')));
    assert.match(event(second, '20260312T170000Z'), /STATUS:CANCELLED/);
    const path = `/api/calendar-feeds/${feed.body.data.id}`;
    assert.equal((await book.send('DELETE', path)).status, 204);
    assert.equal((await fetch(url)).status, 404);
    assert.equal((await fetch(`${program.address}/calendar/unknown.ics`)).status, 404);
  });

  test('B14: while the database is killed, calendar and day sheets of a day nobody opened are complete copies, and nothing is booked', async () => {
    const { book, dataDirectory, environment, program } = school();
    const party = await book.addParty();
    const lesson = await book.booked(party, '2026-03-13T09:00', {
      pickup: '1 Bloor Street West',
      overrides: [{ rule: 'closed_day', reason: 'make-up' }],
    });
    const feed = await book.post('/api/calendar-feeds', { instructor_id: party.instructor_id });
    const file = await (await fetch(feed.body.data.url)).text();
    const copied = await command('school', ['standby', '--json'], { ...environment, DATA_DIR: dataDirectory });
    assert.equal(copied.exitCode, 0, copied.err);
    const verified = await command('school', ['verify', '--json'], { ...environment, DATA_DIR: dataDirectory });
    assert.ok(verified.out.includes('{"check":"standby","found":0}'), verified.out + verified.err);
    const other = await book.get(`/api/calendar?from=2026-03-09&to=2026-03-09&by=instructor`);
    assert.deepEqual([other.status, other.body.stale, other.body.complete], [200, false, true]);
    assert.equal(other.body.next_cursor, null);
    const row = other.body.data[0];
    for (const name of ['lessons', 'class_sessions', 'time_off']) assert.ok(Array.isArray(row[name]), name);
    assert.deepEqual([typeof row.instructor_id, typeof row.name], ['string', 'string']);
    for (const each of row.lessons) assertLesson(each);
    const cars = await book.get(`/api/calendar?from=2026-03-09&to=2026-03-09&by=vehicle`);
    assert.equal(cars.status, 200, cars.text);

    const client = new Client(program.address, book.cookie);
    const dead = keepDead(client);
    try {
      const calendarPath = '/api/calendar?from=2026-03-13&to=2026-03-13&by=instructor';
      const sheetPath = sheetPathOf(party);
      await until('the database is down', async () => {
        const answer = await book.get(calendarPath);
        assert.equal(answer.status, 200, answer.text);
        return answer.body.stale;
      });
      const booking = await book.book(party, '2026-03-13T13:00', {
        overrides: [{ rule: 'closed_day', reason: 'make-up' }],
      });
      assertProblem(booking, 503, 'unavailable');
      assert.ok(booking.headers.get('retry-after') !== null);
      const calendar = await book.get(calendarPath);
      const sheet = await book.get(sheetPath);
      for (const answer of [calendar, sheet]) {
        assert.deepEqual([answer.status, answer.body.stale, answer.body.complete], [200, true, true], answer.text);
        assert.equal(answer.headers.get('x-data-source'), 'copy');
        const behind = Temporal.Instant.from(answer.body.as_of).until(other.body.as_of).total('minutes');
        assert.ok(behind < 5, answer.body.as_of);
      }
      assert.deepEqual(
        calendar.body.data.flatMap((each: { lessons: { id: string }[] }) => each.lessons.map(({ id }) => id)),
        [lesson.id],
      );
      for (const each of calendar.body.data.flatMap((all: { lessons: object[] }) => all.lessons)) assertLesson(each);
      assert.equal(sheet.body.data.date, '2026-03-13');
      const [shown] = sheet.body.data.lessons;
      assertLesson(shown);
      assert.deepEqual([shown.id, shown.student.phone], [lesson.id, '+14165550123']);
      assert.match(shown.student.name, /Tremblay/);
      const unread = await book.get(`/api/lessons/${lesson.id}`);
      assert.equal(unread.status, 503, unread.text);
      assert.ok(unread.headers.get('retry-after') !== null);
      const page = await client.fetch(`/day-sheet/2026-03-13?instructor_id=${party.instructor_id}`);
      assert.equal(page.status, 200);
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
      assert.equal(await (await fetch(feed.body.data.url)).text(), file, 'the last good file');
    } finally {
      await dead.stop();
    }
    await until('the database is back', async () => !(await book.get(sheetPathOf(party))).body.stale);
    assert.equal((await book.get(sheetPathOf(party))).body.data.lessons.length, 1, 'nothing was written');
  });
}

function sheetPathOf({ instructor_id: id }: Party): string {
  return `/api/day-sheets/2026-03-13?instructor_id=${id}`;
}

/** Does the same several times, five at once. */
async function together<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let left = times;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      results.push(await work());
    }
  };
  await Promise.all(Array.from({ length: 5 }, worker));
  return results;
}

describe('with the embedded database', () => {
  let opened: School | undefined;
  const school = (): School => opened ?? assert.fail('not started');
  before(async () => {
    opened = await openSchool({ DEMO_DATA: 'no', SCHOOL_NOW: schoolNow });
  });
  after(() => opened?.program[Symbol.asyncDispose]());

  testsOfBothDatabases(school);
  testsOfTheContract(school);
});

describe('with DATABASE_URL', { skip: skipWithoutPostgres() }, () => {
  let postgres: TestPostgres | undefined;
  let opened: School | undefined;
  const school = (): School => opened ?? assert.fail('not started');
  before(async () => {
    postgres = await startPostgres();
    const url = await postgres.createDatabase('school');
    opened = await openSchool({ DATABASE_URL: url, SCHOOL_NOW: schoolNow, ALLOW_TEST_HANDLES: 'yes' });
  });
  after(async () => {
    await opened?.program[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  testsOfBothDatabases(school);
});
