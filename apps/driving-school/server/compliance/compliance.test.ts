import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { Expiry } from '../../contract/compliance.ts';
import { TestInstructors } from '../instructors/testing/test-instructors.ts';

let school: TestInstructors;
before(async () => {
  school = await TestInstructors.open();
});
after(() => school[Symbol.asyncDispose]());

async function list(query = ''): Promise<readonly Expiry[]> {
  const { status, body } = await school.send(school.people.office, 'GET', `/api/compliance${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body.data;
}

const of = (expiries: readonly Expiry[], id: string) =>
  expiries
    .filter(({ subject_id }) => subject_id === id)
    .map(({ kind, state, expires_on, days_left, affected_lessons }) => ({
      kind,
      state,
      expires_on,
      days_left,
      affected_lessons,
    }));

test('licences, contracts and car documents are listed with the lessons that they break, by date', async () => {
  const instructorId = await school.add({ licence_expires_on: '2026-03-10', contract_to: '2026-05-30' });
  const vehicleId = await school.addVehicle({
    insurance: '2026-03-01',
    registration: null,
    safety: '2026-09-01',
  });
  const student = await school.addStudent({ licenceExpiresOn: '2026-03-11' });
  await school.book({ instructorId, vehicleId: null, startsAt: '2026-03-10T09:00', studentId: student });
  const broken = await school.book({ instructorId, vehicleId, startsAt: '2026-03-12T09:00', studentId: student });

  const all = await list();
  assert.deepEqual(of(all, instructorId), [
    {
      kind: 'instructor_licence',
      state: 'expiring',
      expires_on: '2026-03-10',
      days_left: 8,
      affected_lessons: [broken],
    },
    { kind: 'instructor_contract', state: 'expiring', expires_on: '2026-05-30', days_left: 89, affected_lessons: [] },
  ]);
  assert.deepEqual(of(all, vehicleId), [
    { kind: 'vehicle_registration', state: 'missing', expires_on: null, days_left: null, affected_lessons: [broken] },
    {
      kind: 'vehicle_insurance',
      state: 'expired',
      expires_on: '2026-03-01',
      days_left: -1,
      affected_lessons: [broken],
    },
  ]);
  assert.deepEqual(of(all, student), [
    { kind: 'student_licence', state: 'expiring', expires_on: '2026-03-11', days_left: 9, affected_lessons: [broken] },
  ]);
  const dates = all.map(({ expires_on }) => expires_on ?? '');
  assert.deepEqual(dates, dates.toSorted(), 'not recorded first, then by date');
  assert.ok(all.every(({ affected_count, affected_lessons }) => affected_count === affected_lessons.length));
});

test('the days ahead are limited; an earlier end of the list still has what breaks lessons', async () => {
  const soon = await school.add({ licence_expires_on: '2026-03-02' });
  const later = await school.add({ licence_expires_on: '2026-05-31' });
  const laterWithLesson = await school.add({ licence_expires_on: '2026-05-31' });
  await school.book({ instructorId: laterWithLesson, startsAt: '2026-06-01T09:00' });
  const kinds = (expiries: readonly Expiry[], id: string) => of(expiries, id).map(({ days_left }) => days_left);

  const today = await list('?days=0');
  assert.deepEqual([kinds(today, soon), kinds(today, later), kinds(today, laterWithLesson)], [[0], [], [90]]);
  assert.deepEqual(kinds(await list('?days=89'), later), []);
  assert.deepEqual(kinds(await list('?days=90'), later), [90]);
  for (const days of ['-1', '731', 'x', '1.5']) {
    const { status } = await school.send(school.people.office, 'GET', `/api/compliance?days=${days}`);
    assert.equal(status, 422, days);
  }
});

test('students without booked lessons and people who have left are not listed', async () => {
  const student = await school.addStudent({ licenceExpiresOn: '2026-03-03' });
  const gone = await school.add({ licence_expires_on: '2026-03-03' });
  const without = await school.addStudent({ licenceClass: 'none' });
  const instructorId = await school.add();
  const lesson = await school.book({ instructorId, studentId: without, startsAt: '2026-04-01T09:00' });
  await sql`UPDATE users SET disabled = true WHERE id = ${gone}`.execute(school.database.kysely);
  const all = await list();
  assert.deepEqual([of(all, student), of(all, gone)], [[], []]);
  assert.deepEqual(of(all, without), [
    { kind: 'student_licence', state: 'missing', expires_on: null, days_left: null, affected_lessons: [lesson] },
  ]);
  const leaving = await school.book({ instructorId: gone, startsAt: '2026-04-02T09:00' });
  assert.deepEqual(
    of(await list(), gone).map(({ kind, affected_lessons }) => [kind, affected_lessons]),
    [
      ['instructor_contract', [leaving]],
      ['instructor_licence', [leaving]],
    ],
    'but lessons that are booked with them are',
  );
});

test('the list of one school has nothing of another', async () => {
  await school.add({ licence_expires_on: '2026-03-03' });
  const { body } = await school.send(school.people.stranger, 'GET', '/api/compliance');
  assert.deepEqual(body.data, []);
});
