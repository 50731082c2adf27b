import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lessonCreateSchema } from '../../contract/lessons.ts';
import { createLessons, lessonHooks } from './lessons.ts';
import { lessonsOptions, testBook, type TestBook } from './testing/test-book.ts';

let book: TestBook;
before(async () => {
  book = await testBook();
});
after(() => book?.[Symbol.asyncDispose]());

test('B4: a booked lesson has a short code, its instants and its wall time', async () => {
  const answer = await book.book();
  assert.equal(answer.status, 201, answer.text);
  const { id, short_code, ...lesson } = answer.body.data;
  assert.match(short_code, /^L-[2-9A-HJ-NP-Z]{4}$/);
  assert.equal(answer.headers['location'], `/api/lessons/${id}`);
  assert.equal(answer.headers['etag'], '"1"');
  assert.deepEqual(lesson, {
    student_id: book.student.id,
    enrolment_id: book.student.enrolment,
    instructor_id: book.instructor,
    vehicle_id: book.vehicle,
    location_id: book.location,
    type: 'bde_in_vehicle',
    starts_at: '2026-03-09T13:00:00.000Z',
    ends_at: '2026-03-09T14:00:00.000Z',
    local_start: '2026-03-09T09:00',
    local_date: '2026-03-09',
    time_zone: 'America/Toronto',
    minutes: 60,
    buffer_after_minutes: 15,
    status: 'booked',
    status_reason: null,
    cancelled_notice_at: null,
    relay_after: null,
    pickup: null,
    drop_off: null,
    notes: null,
    reference_number: null,
    cancel_by: null,
    plan_id: null,
    overrides: [],
    undo_until: '2026-03-02T15:10:00.000Z',
    version: 1,
  });
  const read = await book.get(id);
  assert.deepEqual([read.status, read.body.data, read.body.stale], [200, answer.body.data, false]);
});

/** Fresh weeks, so that tests don't meet each other's lessons. */
let week = 0;
const monday = (): string => {
  week += 1;
  return Temporal.PlainDate.from('2026-04-13').add({ weeks: week }).toString();
};
const codesOf = (body: { readonly errors: readonly { readonly pointer: string; readonly code: string }[] }): string[] =>
  body.errors.map(({ pointer, code }) => `${pointer} ${code}`);
const rulesOf = (body: { readonly refusals: readonly { readonly rule: string; readonly kind: string }[] }): string[] =>
  body.refusals.map(({ rule, kind }) => `${rule} ${kind}`);

test('B6: touching lessons keep the buffer between them; a relay needs none', async () => {
  const day = monday();
  const others = { student_id: (await book.addStudent()).id, type: 'private', enrolment_id: null };
  const first = await book.book({ starts_at: `${day}T09:00` });
  const early = await book.book({ ...others, starts_at: `${day}T10:10` });
  assert.deepEqual([early.status, early.body.code], [409, 'slot_taken'], early.text);
  const conflict = {
    source_kind: 'lesson',
    source_id: first.body.data.id,
    from: `${day}T13:00:00.000Z`,
    to: `${day}T14:15:00.000Z`,
  };
  assert.deepEqual(early.body.conflicts, [
    { ...conflict, resource_kind: 'instructor', resource_id: book.instructor, name: 'Ines Instructor' },
    { ...conflict, resource_kind: 'vehicle', resource_id: book.vehicle, name: 'AAAA 111' },
  ]);
  const { instructor: instructor_id, vehicle: vehicle_id } = book;
  assert.deepEqual(
    early.body.nearest,
    ['14:15', '14:30', '14:45'].map((time) => ({ starts_at: `${day}T${time}:00.000Z`, instructor_id, vehicle_id })),
  );
  const later = await book.book({ ...others, starts_at: `${day}T10:15`, minutes: 15 });
  assert.equal(later.status, 201, later.text);
  const second = monday();
  const earlier = (await book.book({ starts_at: `${second}T09:00` })).body.data;
  const relay = await book.book({ ...others, starts_at: `${second}T10:00`, relay_after: earlier.id });
  assert.deepEqual([relay.status, relay.body.data.relay_after], [201, earlier.id], relay.text);
  assert.equal((await book.get(earlier.id)).body.data.buffer_after_minutes, 0);
});

test('B7: an override of a soft rule is kept on the lesson; instructors can’t book', async () => {
  const day = monday();
  for (const time of ['08:00', '10:00']) assert.equal((await book.book({ starts_at: `${day}T${time}` })).status, 201);
  const third = { starts_at: `${day}T13:00`, minutes: 30 };
  const refused = await book.book(third);
  assert.deepEqual([refused.status, refused.body.code], [422, 'rules_refuse']);
  assert.deepEqual(refused.body.refusals, [
    {
      rule: 'in_vehicle_day_cap',
      kind: 'soft',
      message: 'At most 120 minutes in the car count on one day, and 120 are booked already.',
      facts: { limit_minutes: 120, booked_minutes: 120, minutes: 30, day, class_day: false },
      source: 'rule_set:bde-2024',
    },
  ]);
  const overrides = [{ rule: 'in_vehicle_day_cap', reason: 'make-up after illness' }];
  const unneeded = { rule: 'closed_day', reason: 'not needed' };
  const asInstructor = await book.school.request(book.school.people.instructor, 'POST', '/api/lessons', {
    body: book.lesson({ ...third, overrides }),
  });
  assert.deepEqual([asInstructor.status, asInstructor.body.code], [403, 'not_permitted']);
  const passed = await book.book({ ...third, overrides: [...overrides, unneeded] });
  assert.deepEqual([passed.status, passed.body.data.overrides], [201, overrides]);
});

test('B8: times that a clock change skips or repeats are refused with the next or both times', async () => {
  const adult = { type: 'private', enrolment_id: null };
  const skipped = await book.book({ ...adult, starts_at: '2026-03-08T02:30' });
  assert.deepEqual(
    [skipped.status, skipped.body.code, skipped.body.nearest],
    [422, 'time_does_not_exist', '2026-03-08T03:00:00-04:00'],
  );
  const twice = await book.book({ ...adult, starts_at: '2026-11-01T01:30' });
  assert.deepEqual([twice.status, twice.body.code], [422, 'time_ambiguous']);
  assert.deepEqual(twice.body.choices, ['2026-11-01T01:30:00-04:00', '2026-11-01T01:30:00-05:00']);
  const chosen = await book.book({ ...adult, starts_at: twice.body.choices[1] });
  assert.deepEqual([chosen.status, chosen.body.data.starts_at], [201, '2026-11-01T06:30:00.000Z'], chosen.text);
  assert.equal(chosen.body.data.local_start, '2026-11-01T01:30');
  const senseless = await book.book({ ...adult, starts_at: 'tomorrow' });
  assert.deepEqual([senseless.status, codesOf(senseless.body)], [422, ['/starts_at time_format']]);
});

test('B8: with a G1, nobody drives at 04:30 or until 00:30', async () => {
  const { id: student_id } = await book.addStudent({ licence_class: 'G1' });
  const novice = { student_id, type: 'private', enrolment_id: null, minutes: 60 };
  for (const starts_at of ['2026-05-31T04:30', '2026-05-30T23:30']) {
    const answer = await book.book({ ...novice, starts_at });
    assert.equal(answer.status, 422);
    assert.ok(rulesOf(answer.body).includes('g1_night hard'), answer.text);
  }
  assert.equal((await book.book({ ...novice, starts_at: '2026-05-31T05:00' })).status, 201);
  assert.equal((await book.book({ ...novice, starts_at: '2026-05-30T23:00' })).status, 201);
});

test('B8: one instructor can’t teach in Kenora and Toronto at the same instant', async () => {
  const day = monday();
  const other = { student_id: (await book.addStudent()).id, type: 'private', enrolment_id: null };
  assert.equal((await book.book({ starts_at: `${day}T10:00` })).status, 201);
  const kenora = { ...other, location_id: book.kenora, vehicle_id: book.otherVehicle };
  const same = await book.book({ ...kenora, starts_at: `${day}T09:00` });
  assert.deepEqual([same.status, same.body.conflicts[0]?.resource_kind], [409, 'instructor'], same.text);
  const later = await book.book({ ...kenora, starts_at: `${day}T10:15` });
  assert.deepEqual([later.status, later.body.data.starts_at], [201, `${day}T15:15:00.000Z`]);
});

test('B9: dates that are over refuse, and no reason helps', async () => {
  const day = monday();
  const eve = Temporal.PlainDate.from(day).subtract({ days: 1 }).toString();
  const instructor_id = await book.addInstructor('Iris Instructor');
  const vehicle_id = await book.addVehicle('CCCC 333');
  const student = await book.addStudent();
  const lesson = {
    instructor_id,
    vehicle_id,
    student_id: student.id,
    enrolment_id: student.enrolment,
    starts_at: `${day}T09:00`,
  };
  const cases = [
    ['instructors', instructor_id, { licence_expires_on: eve }, 'instructor_licence hard'],
    ['instructors', instructor_id, { contract_to: eve }, 'instructor_contract hard'],
    ['vehicles', vehicle_id, { insurance_expires_on: eve }, 'vehicle_insurance hard'],
    ['vehicles', vehicle_id, { registration_expires_on: null }, 'vehicle_registration hard'],
    ['vehicles', vehicle_id, { safety_expires_on: eve }, 'vehicle_safety hard'],
    ['students', student.id, { licence_expires_on: eve }, 'student_licence hard'],
    ['students', student.id, { birth_date: '2010-12-31' }, 'student_age hard'],
    ['enrolments', student.enrolment, { deadline_on: eve }, 'course_deadline hard'],
  ] as const;
  const valid = {
    instructors: { licence_expires_on: '2029-03-31', contract_to: null },
    vehicles: { insurance_expires_on: day, registration_expires_on: day, safety_expires_on: day },
    students: { licence_expires_on: day, birth_date: '2000-01-31' },
    enrolments: { deadline_on: '2027-03-01' },
  };
  for (const [table, id, values, expected] of cases) {
    await book.change(table, id, values);
    const rule = expected.split(' ')[0];
    const answer = await book.book({ ...lesson, overrides: [{ rule, reason: 'please' }] });
    assert.deepEqual([answer.status, answer.body.code, rulesOf(answer.body ?? {})], [422, 'rules_refuse', [expected]]);
    await book.change(table, id, valid[table]);
  }
  assert.equal((await book.book(lesson)).status, 201, 'on the last valid day');
});

test('B12: a move, a cancellation and the booking itself can be undone for ten minutes', async () => {
  const day = monday();
  const { data: booked } = (await book.book({ starts_at: `${day}T09:00` })).body;
  const moved = await book.act(booked, 'move', { starts_at: `${day}T11:00`, instructor_id: book.otherInstructor });
  assert.deepEqual(
    [moved.status, moved.body.data.local_start, moved.body.data.version, moved.headers['etag']],
    [200, `${day}T11:00`, 2, '"2"'],
    moved.text,
  );
  const back = await book.act(moved.body.data, 'undo');
  assert.deepEqual(
    [back.status, back.body.data.local_start, back.body.data.instructor_id, back.body.data.version],
    [200, `${day}T09:00`, book.instructor, 3],
    back.text,
  );
  const cancelled = await book.act(back.body.data, 'cancel', { reason: 'illness', notice_at: '2026-03-02T14:05:00Z' });
  assert.deepEqual(
    [cancelled.status, cancelled.body.data.status, cancelled.body.data.status_reason],
    [200, 'cancelled', 'illness'],
  );
  assert.equal(cancelled.body.data.cancelled_notice_at, '2026-03-02T14:05:00.000Z');
  const restored = await book.act(cancelled.body.data, 'undo');
  assert.deepEqual(
    [
      restored.status,
      restored.body.data.status,
      restored.body.data.status_reason,
      restored.body.data.cancelled_notice_at,
    ],
    [200, 'booked', null, null],
  );
  // Only the booking is left.
  const gone = await book.act(restored.body.data, 'undo');
  assert.deepEqual(
    [gone.status, gone.body.data.status, gone.body.data.status_reason, gone.body.data.undo_until],
    [200, 'cancelled', 'undone', null],
  );
  const nothing = await book.act(gone.body.data, 'undo');
  assert.deepEqual([nothing.status, nothing.body.code], [409, 'undo_expired']);
  assert.equal(await book.overlaps(), 0);
});

test('B12: undo ends after ten minutes, and fails when the time has been given away', async () => {
  const day = monday();
  const { data: booked } = (await book.book({ starts_at: `${day}T09:00` })).body;
  const { data: cancelled } = (await book.act(booked, 'cancel', { reason: 'student' })).body;
  const other = { student_id: (await book.addStudent()).id, type: 'private', enrolment_id: null };
  const { data: meanwhile } = (await book.book({ ...other, starts_at: `${day}T09:30` })).body;
  const taken = await book.act(cancelled, 'undo');
  assert.deepEqual(
    [taken.status, taken.body.code, taken.body.conflicts[0]?.source_id],
    [409, 'slot_taken', meanwhile.id],
  );
  assert.equal((await book.act(meanwhile, 'cancel', { reason: 'student' })).status, 200);
  const start = book.school.wallClock.now();
  book.school.wallClock.advance({ minutes: 10 });
  assert.equal((await book.get(cancelled.id)).body.data.undo_until, '2026-03-02T15:10:00.000Z');
  book.school.wallClock.advance({ milliseconds: 1 });
  assert.equal((await book.get(cancelled.id)).body.data.undo_until, null);
  const late = await book.act(cancelled, 'undo');
  assert.deepEqual([late.status, late.body.code], [409, 'undo_expired']);
  book.school.wallClock.set(start.toString());
  assert.equal((await book.act(cancelled, 'undo')).status, 200);
});

test('B12: changes need the version that was read', async () => {
  const day = monday();
  const { data: lesson } = (await book.book({ starts_at: `${day}T09:00` })).body;
  for (const action of ['move', 'cancel', 'undo']) {
    const body = action === 'undo' ? {} : action === 'move' ? { minutes: 45 } : { reason: 'weather' };
    const answer = await book.school.request(book.office, 'POST', `/api/lessons/${lesson.id}/${action}`, { body });
    assert.deepEqual([answer.status, answer.body.code], [428, 'precondition_required'], answer.text);
  }
  const stale = await book.act({ ...lesson, version: 7 }, 'cancel', { reason: 'weather' });
  assert.deepEqual([stale.status, stale.body.code, stale.body.current_version], [412, 'lesson_changed', 1]);
  const unknown = await book.act({ id: book.location, version: 1 }, 'cancel', { reason: 'weather' });
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'lesson_not_found']);
  const { data: cancelled } = (await book.act(lesson, 'cancel', { reason: 'weather' })).body;
  const again = await book.act(cancelled, 'move', { minutes: 45 });
  assert.deepEqual([again.status, again.body.code], [409, 'lesson_not_booked']);
});

test('a lesson can be moved onto its own time, and to where it is', async () => {
  const day = monday();
  const { data: lesson } = (await book.book({ starts_at: `${day}T09:00` })).body;
  const same = await book.act(lesson, 'move', { starts_at: `${day}T09:00` });
  assert.deepEqual([same.status, same.body.data], [200, lesson]);
  const half = await book.act(lesson, 'move', { starts_at: `${day}T09:30` });
  assert.deepEqual([half.status, half.body.data.local_start], [200, `${day}T09:30`], half.text);
  assert.equal(await book.overlaps(), 0);
});

test('a move is judged like a booking, without the lesson’s own minutes', async () => {
  const day = monday();
  const { data: first } = (await book.book({ starts_at: `${day}T09:00` })).body;
  assert.equal((await book.book({ starts_at: `${day}T13:00` })).status, 201);
  const longer = await book.act(first, 'move', { minutes: 75 });
  assert.deepEqual([longer.status, rulesOf(longer.body)], [422, ['in_vehicle_day_cap soft']]);
  const late = await book.act(first, 'move', { starts_at: `${day}T17:30` });
  assert.deepEqual([late.status, rulesOf(late.body)], [422, ['instructor_hours soft']]);
  const overrides = [{ rule: 'instructor_hours', reason: 'agreed by telephone' }];
  const moved = await book.act(first, 'move', { starts_at: `${day}T17:30`, overrides });
  assert.deepEqual([moved.status, moved.body.data.overrides], [200, overrides]);
  const back = await book.act(moved.body.data, 'undo');
  assert.deepEqual([back.status, back.body.data.overrides], [200, []]);
});

test('a relay ends when one of its lessons leaves, and comes back with undo', async () => {
  const day = monday();
  const other = { student_id: (await book.addStudent()).id, type: 'private', enrolment_id: null };
  const { data: first } = (await book.book({ starts_at: `${day}T09:00` })).body;
  const { data: next } = (await book.book({ ...other, starts_at: `${day}T10:00`, relay_after: first.id })).body;
  const buffer = async () => (await book.get(first.id)).body.data.buffer_after_minutes;
  const near = await book.act(next, 'move', { starts_at: `${day}T10:05` });
  assert.deepEqual([near.status, near.body.code], [409, 'slot_taken'], 'the first lesson has its buffer back');
  const longer = await book.act(next, 'move', { minutes: 45 });
  assert.deepEqual([longer.status, longer.body.data.relay_after, await buffer()], [200, first.id, 0], longer.text);
  const away = await book.act(longer.body.data, 'move', { starts_at: `${day}T10:15` });
  assert.deepEqual([away.status, away.body.data.relay_after, await buffer()], [200, null, 15], away.text);
  const back = await book.act(away.body.data, 'undo');
  assert.deepEqual([back.status, back.body.data.relay_after, await buffer()], [200, first.id, 0], back.text);
  const cancelled = await book.act(back.body.data, 'cancel', { reason: 'student' });
  assert.deepEqual([cancelled.body.data.relay_after, await buffer()], [null, 15]);
  const restored = await book.act(cancelled.body.data, 'undo');
  assert.deepEqual([restored.status, restored.body.data.relay_after, await buffer()], [200, first.id, 0]);
  const firstGone = await book.act((await book.get(first.id)).body.data, 'cancel', { reason: 'student' });
  assert.equal((await book.get(next.id)).body.data.relay_after, null);
  const firstBack = await book.act(firstGone.body.data, 'undo');
  assert.deepEqual([firstBack.status, firstBack.body.data.buffer_after_minutes], [200, 0], firstBack.text);
  assert.equal((await book.get(next.id)).body.data.relay_after, first.id);
  assert.equal(await book.overlaps(), 0);
});

test('a cancellation is never refused: the buffer of the lesson before grows only as far as there is room', async () => {
  const day = monday();
  const other = { student_id: (await book.addStudent()).id, type: 'private', enrolment_id: null };
  await book.change('locations', book.location, { buffer_minutes: 30 });
  const { data: first } = (await book.book({ starts_at: `${day}T09:00` })).body;
  const short = { ...other, starts_at: `${day}T10:00`, minutes: 15, relay_after: first.id };
  const { data: middle } = (await book.book(short)).body;
  const third = { student_id: (await book.addStudent()).id, type: 'private', enrolment_id: null };
  const last = await book.book({ ...third, starts_at: `${day}T10:15`, relay_after: middle.id });
  assert.equal(last.status, 201, last.text);
  const gone = await book.act((await book.get(middle.id)).body.data, 'cancel', { reason: 'student' });
  assert.equal(gone.status, 200, gone.text);
  assert.equal((await book.get(first.id)).body.data.buffer_after_minutes, 15);
  await book.change('locations', book.location, { buffer_minutes: 15 });
  assert.equal(await book.overlaps(), 0);
});

test('a relay must adjoin a booked lesson of the same instructor and car', async () => {
  const day = monday();
  const other = { student_id: (await book.addStudent()).id, type: 'private', enrolment_id: null };
  const { data: first } = (await book.book({ starts_at: `${day}T09:00` })).body;
  const relay = { ...other, starts_at: `${day}T10:00`, relay_after: first.id };
  for (const wrong of [
    { starts_at: `${day}T10:15` },
    { instructor_id: book.otherInstructor },
    { vehicle_id: book.otherVehicle },
  ]) {
    const answer = await book.book({ ...relay, ...wrong });
    assert.deepEqual([answer.status, codesOf(answer.body)], [422, ['/relay_after relay_not_possible']], answer.text);
  }
  const unknown = await book.book({ ...relay, relay_after: book.location });
  assert.deepEqual(codesOf(unknown.body), ['/relay_after unknown_lesson']);
  await book.act(first, 'cancel', { reason: 'student' });
  assert.deepEqual(codesOf((await book.book(relay)).body), ['/relay_after relay_not_possible']);
});

test('unknown and archived records are refused, each at its pointer', async () => {
  const day = monday();
  const nobody = '018f0000-0000-7000-8000-000000000009';
  const strangers = { student_id: nobody, instructor_id: nobody, vehicle_id: nobody, enrolment_id: nobody };
  assert.deepEqual(codesOf((await book.book(strangers)).body), [
    '/student_id unknown_student',
    '/instructor_id unknown_instructor',
    '/vehicle_id unknown_vehicle',
    '/enrolment_id unknown_enrolment',
  ]);
  assert.deepEqual(codesOf((await book.book({ location_id: nobody })).body), ['/location_id unknown_location']);
  const bare = await book.book({ starts_at: `${day}T09:00`, enrolment_id: null, vehicle_id: null });
  assert.deepEqual(codesOf(bare.body), ['/vehicle_id required', '/enrolment_id required']);
  const other = await book.addStudent();
  assert.deepEqual(codesOf((await book.book({ enrolment_id: other.enrolment })).body), [
    '/enrolment_id unknown_enrolment',
  ]);
  const vehicle_id = await book.addVehicle('DDDD 444');
  await book.change('vehicles', vehicle_id, { dual_brake: false });
  assert.deepEqual(codesOf((await book.book({ vehicle_id })).body), ['/vehicle_id no_dual_brake']);
  await book.change('vehicles', vehicle_id, { dual_brake: true, status: 'archived' });
  assert.deepEqual(codesOf((await book.book({ vehicle_id })).body), ['/vehicle_id vehicle_archived']);
  await book.change('students', other.id, { status: 'archived' });
  const archived = { student_id: other.id, enrolment_id: other.enrolment };
  assert.deepEqual(codesOf((await book.book(archived)).body), ['/student_id student_archived']);
  const stranger = await book.school.request(book.school.people.stranger, 'POST', '/api/lessons', {
    body: book.lesson(),
  });
  assert.equal(stranger.status, 422);
});

test('a road test has a reference number and can be cancelled until 48 hours before', async () => {
  const day = monday();
  const answer = await book.book({
    type: 'road_test',
    enrolment_id: null,
    starts_at: `${day}T09:00`,
    minutes: 120,
    reference_number: ' R-1234 ',
  });
  assert.equal(answer.status, 201, answer.text);
  const { data } = answer.body;
  const cancelBy = Temporal.Instant.from(data.starts_at).subtract({ hours: 48 });
  assert.deepEqual(
    [data.reference_number, data.cancel_by],
    ['R-1234', cancelBy.toString({ smallestUnit: 'millisecond' })],
  );
  const moved = await book.act(data, 'move', { starts_at: `${day}T10:00` });
  assert.equal(moved.body.data.cancel_by, cancelBy.add({ hours: 1 }).toString({ smallestUnit: 'millisecond' }));
  const lesson = await book.book({ starts_at: `${day}T15:00`, reference_number: 'R-1' });
  assert.deepEqual(codesOf(lesson.body), ['/reference_number not_a_road_test']);
});

test('texts are changed by a merge patch', async () => {
  const { data: lesson } = (await book.book({ starts_at: `${monday()}T09:00`, pickup: 'School gate' })).body;
  const patch = (body: object, version: number) =>
    book.school.request(book.office, 'PATCH', `/api/lessons/${lesson.id}`, {
      body,
      headers: { 'if-match': `"${version}"` },
    });
  const changed = await patch({ drop_off: 'Home', notes: '' }, 1);
  assert.deepEqual(
    [
      changed.status,
      changed.body.data.pickup,
      changed.body.data.drop_off,
      changed.body.data.notes,
      changed.body.data.version,
    ],
    [200, 'School gate', 'Home', null, 2],
    changed.text,
  );
  assert.equal((await patch({ pickup: null }, 1)).status, 412);
  assert.deepEqual((await patch({ pickup: null }, 2)).body.data.pickup, null);
  assert.equal((await patch({ starts_at: '2026-03-09T09:00' }, 3)).status, 422);
});

test('instructors read their own lessons only', async () => {
  const { data: lesson } = (await book.book({ starts_at: `${monday()}T09:00` })).body;
  const read = (actor: keyof typeof book.school.people) =>
    book.school.request(book.school.people[actor], 'GET', `/api/lessons/${lesson.id}`);
  assert.equal((await read('instructor')).status, 200);
  for (const actor of ['otherInstructor', 'stranger'] as const) {
    const answer = await read(actor);
    assert.deepEqual([answer.status, answer.body.code], [404, 'lesson_not_found']);
  }
  assert.equal((await read('operator')).status, 403);
});

test('a check judges without booking, and lists rules and conflicts together', async () => {
  const day = monday();
  const check = (body: object) => book.school.request(book.office, 'POST', '/api/lessons/check', { body });
  const { data: lesson } = (await book.book({ starts_at: `${day}T16:30` })).body;
  const answer = await check(book.lesson({ starts_at: `${day}T17:30` }));
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(rulesOf(answer.body.data), ['instructor_hours soft']);
  assert.deepEqual(
    answer.body.data.conflicts.map(({ resource_kind }: { readonly resource_kind: string }) => resource_kind),
    ['instructor', 'vehicle'],
  );
  assert.equal(answer.body.data.local_start, `${day}T17:30`);
  const move = await check({ lesson_id: lesson.id, starts_at: `${day}T16:45` });
  assert.deepEqual(
    [move.status, move.body.data.refusals, move.body.data.conflicts, move.body.data.ends_at],
    [200, [], [], `${day}T21:45:00.000Z`],
    move.text,
  );
  assert.equal((await book.get(lesson.id)).body.data.version, 1);
  assert.equal((await check(book.lesson({ starts_at: '2026-03-08T02:30' }))).body.code, 'time_does_not_exist');
});

test('the booking world has all claims of a period, for at most 42 days', async () => {
  const world = (query: string) =>
    book.school.request(book.office, 'GET', `/api/booking-world?student_id=${book.student.id}&${query}`);
  const day = monday();
  const { data: lesson } = (await book.book({ starts_at: `${day}T09:00` })).body;
  const answer = await world(`enrolment_id=${book.student.enrolment}&from=${day}&to=${day}`);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual([answer.body.stale, answer.body.data.enrolments[0].id], [false, book.student.enrolment]);
  const instructors = new Set(answer.body.data.instructors.map(({ id }: { readonly id: string }) => id));
  assert.ok(instructors.has(book.instructor) && instructors.has(book.otherInstructor), 'also those without a lesson');
  assert.deepEqual(
    answer.body.data.claims.map(({ source_id }: { readonly source_id: string }) => source_id),
    [lesson.id, lesson.id, lesson.id],
  );
  assert.equal((await world('from=2026-03-01&to=2026-04-11')).status, 200);
  assert.equal((await world('from=2026-03-01&to=2026-04-12')).status, 422);
  assert.equal((await world('from=2026-03-02&to=2026-03-01')).status, 422);
  assert.equal((await world('from=soon&to=soon')).status, 422);
});

test('hooks cancel lessons so that each can be undone', async () => {
  const day = monday();
  const { data: first } = (await book.book({ starts_at: `${day}T09:00` })).body;
  const other = { student_id: (await book.addStudent()).id, type: 'private', enrolment_id: null };
  const { data: next } = (await book.book({ ...other, starts_at: `${day}T10:00`, relay_after: first.id })).body;
  await book.school.database.kysely.transaction().execute(async (transaction) => {
    await lessonHooks.cancel(transaction, [first.id, next.id], {
      actor: book.office,
      reason: 'illness',
      at: book.school.wallClock.now(),
    });
  });
  for (const { id } of [next, first]) {
    const { data } = (await book.get(id)).body;
    assert.deepEqual([data.status, data.status_reason, data.version], ['cancelled', 'illness', 2]);
    assert.equal((await book.act(data, 'undo')).status, 200);
  }
  assert.equal(await book.overlaps(), 0);
});

test('a crowded list of short codes yields longer ones', async () => {
  const { data } = (await book.book({ starts_at: `${monday()}T09:00` })).body;
  const zeros = createLessons({ ...lessonsOptions(book), random: () => 0 });
  const booked = async () => {
    const request = book.lesson({ starts_at: `${monday()}T09:00` });
    return (await zeros.service.create(lessonCreateSchema.parse(request), { actor: book.office })).lesson.short_code;
  };
  assert.deepEqual([await booked(), await booked(), await booked()], ['L-2222', 'L-22222', 'L-222222']);
  assert.notEqual(data.short_code, 'L-2222');
});
