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

test('the lessons of a student come page by page, the latest first, with the names that a row shows', async () => {
  const { office } = school.people;
  const { id } = await aStudent(school);
  const added: string[] = [];
  for (const day of ['03-01', '03-08', '03-16', '03-23', '03-30']) {
    added.push(await lessons.add({ studentId: id, startsAt: `2026-${day}T14:00:00Z`, minutes: 90 }));
  }
  await lessons.add({ studentId: (await aStudent(school)).id, startsAt: '2026-03-16T18:00:00Z' });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await school.request(office, 'GET', `/api/students/${id}/lessons?limit=2${query}`);
    seen.push(...body.data.map((lesson: { id: string }) => lesson.id));
    cursor = body.next_cursor as string | null;
  } while (cursor !== null);
  assert.deepEqual(seen, added.toReversed());

  const { body, headers } = await school.request(office, 'GET', `/api/students/${id}/lessons`);
  assert.deepEqual([body.stale, body.complete, headers['x-data-source']], [false, true, 'live']);
  const [{ short_code, plan_id, location_name, vehicle_name, ...lesson }] = body.data;
  assert.deepEqual(
    [lesson.local_start, lesson.local_date, lesson.starts_at, lesson.ends_at, lesson.minutes],
    ['2026-03-30T10:00', '2026-03-30', '2026-03-30T14:00:00.000Z', '2026-03-30T15:30:00.000Z', 90],
  );
  assert.deepEqual([lesson.instructor_name, lesson.status, lesson.relay_after], ['Ines Instructor', 'booked', null]);
  assert.match(short_code, /^L-/);
  assert.match(location_name, /^Main/);
  assert.match(vehicle_name, /Corolla/);
  assert.equal(plan_id, null);
});

test('an instructor sees their own lessons with a student, and no student whom they may not see', async () => {
  const { instructor, otherInstructor, operator, stranger } = school.people;
  const { id } = await aStudent(school, { instructor_id: instructor.userId });
  const own = await lessons.add({ studentId: id, startsAt: '2026-03-17T14:00:00Z' });
  const path = `/api/students/${id}/lessons`;
  assert.equal((await school.request(otherInstructor, 'GET', path)).body.code, 'student_not_found');
  await lessons.add({ studentId: id, startsAt: '2026-03-18T14:00:00Z', instructorId: otherInstructor.userId });
  const ids = async (actor: typeof instructor) =>
    (await school.request(actor, 'GET', path)).body.data.map((lesson: { id: string }) => lesson.id);
  assert.deepEqual(await ids(instructor), [own]);
  assert.equal((await ids(otherInstructor)).length, 1);
  assert.equal((await ids(school.people.office)).length, 2);
  assert.equal((await school.request(stranger, 'GET', path)).status, 404);
  assert.equal((await school.request(operator, 'GET', path)).status, 403);
  const unknown = await school.request(instructor, 'GET', `/api/students/${randomUUID()}/lessons`);
  assert.equal(unknown.status, 404);
});

test('a cursor of another student is refused', async () => {
  const { office } = school.people;
  const [one, other] = [await aStudent(school), await aStudent(school)];
  for (const day of ['17', '18']) await lessons.add({ studentId: one.id, startsAt: `2026-03-${day}T20:00:00Z` });
  const { body } = await school.request(office, 'GET', `/api/students/${one.id}/lessons?limit=1`);
  const stolen = await school.request(office, 'GET', `/api/students/${other.id}/lessons?cursor=${body.next_cursor}`);
  assert.deepEqual([stolen.status, stolen.body.errors[0].pointer], [422, '?cursor']);
});
