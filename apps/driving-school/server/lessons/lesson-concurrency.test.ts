import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithoutPostgres, startPostgres } from '../platform/database/testing/postgres.ts';
import { testDatabase } from '../platform/database/testing/test-database.ts';
import type { Answer } from '../students/testing/test-school.ts';
import { type Student, testBook, type TestBook } from './testing/test-book.ts';

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
const countsOf = (answers: readonly Answer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const name = status < 300 ? String(status) : `${status} ${body.code}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

/** Runs a test on the embedded database, which runs one transaction at a time, and on a server, where they overlap. */
function onBothDatabases(name: string, run: (book: TestBook) => Promise<void>): void {
  test(`${name} (embedded)`, async () => {
    await using book = await testBook();
    await run(book);
  });
  test(`${name} (PostgreSQL)`, { skip: skipWithoutPostgres() }, async () => {
    await using postgres = await startPostgres();
    await using book = await testBook({
      database: await testDatabase({ url: await postgres.createDatabase('school') }),
    });
    await run(book);
  });
}

onBothDatabases('B5: of 50 bookings of one instructor at once, one is made; one key books once', async (book) => {
  const students: Student[] = [];
  for (let index = 0; index < 50; index += 1) students.push(await book.addStudent());
  const answers = await times(50, (index) => {
    const { id, enrolment } = students[index] ?? book.student;
    return book.book({ student_id: id, enrolment_id: enrolment }, { 'idempotency-key': `many-${index}` });
  });
  assert.deepEqual(countsOf(answers), { '201': 1, '409 slot_taken': 49 });
  for (const { status, body } of answers) {
    if (status === 201) continue;
    assert.ok(
      body.conflicts.some(
        ({ resource_kind, name }: Record<string, unknown>) =>
          resource_kind === 'instructor' && name === 'Ines Instructor',
      ),
    );
    assert.equal(body.nearest.length, 3);
  }
  const equal = await times(50, () =>
    book.book({ starts_at: '2026-03-10T09:00' }, { 'idempotency-key': 'the same for all' }),
  );
  assert.equal(new Set(equal.map(({ body }) => JSON.stringify(body.data))).size, 1);
  assert.deepEqual(countsOf(equal), { '201': 50 });
  assert.equal(await book.overlaps(), 0);
});

onBothDatabases('crosswise changes of the same instructors and cars neither deadlock nor overlap', async (book) => {
  const instructors = [book.instructor, book.otherInstructor];
  const vehicles = [book.vehicle, book.otherVehicle];
  const student = { type: 'private', enrolment_id: null };
  const students: string[] = [];
  for (let index = 0; index < 6; index += 1) students.push((await book.addStudent()).id);
  const lessons = await times(6, async (index) => {
    const answer = await book.book({
      ...student,
      student_id: students[index],
      instructor_id: instructors[index % 2],
      vehicle_id: vehicles[index % 2],
      starts_at: `2026-03-09T${String(8 + Math.floor(index / 2) * 3).padStart(2, '0')}:00`,
    });
    assert.equal(answer.status, 201, answer.text);
    return answer.body.data;
  });
  // Each lesson moves to the instructor and car of another, while new ones are booked for both.
  const answers = await times(36, (index) => {
    const lesson = lessons[index % 6];
    const crossed = { instructor_id: instructors[(index + 1) % 2], vehicle_id: vehicles[(index + (index % 3)) % 2] };
    const hour = String(8 + (index % 9)).padStart(2, '0');
    if (index % 3 === 0) return book.act(lesson, 'move', { ...crossed, starts_at: `2026-03-09T${hour}:30` });
    if (index % 3 === 1)
      return book.book({
        ...student,
        ...crossed,
        student_id: students[(index * 5) % 6],
        starts_at: `2026-03-09T${hour}:15`,
      });
    return book.act(lesson, index % 2 === 0 ? 'cancel' : 'undo', index % 2 === 0 ? { reason: 'student' } : undefined);
  });
  const unexpected = answers.filter(({ status }) => status >= 500);
  assert.deepEqual(
    unexpected.map(({ text }) => text),
    [],
  );
  assert.equal(await book.overlaps(), 0);
});
