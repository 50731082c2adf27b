import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FoundStudent } from '../../contract/search.ts';
import { countsText, lessonTimeText, studentDetails } from './search-text.ts';

const student: FoundStudent = {
  id: '1',
  display_name: 'Tremblay, Zoé',
  preferred_name: null,
  phone: '+14165550123',
  email: 'zoe@example.ca',
  status: 'active',
  instructor_name: 'Ines',
  match: { kind: 'prefix', field: 'name' },
};

test('a student is shown with the phone number, or with the e-mail address when that was searched for', () => {
  assert.equal(studentDetails(student), '416-555-0123 · Ines');
  assert.equal(studentDetails({ ...student, match: { kind: 'prefix', field: 'email' } }), 'zoe@example.ca · Ines');
  assert.equal(studentDetails({ ...student, phone: null, instructor_name: null }), 'zoe@example.ca');
  assert.equal(studentDetails({ ...student, phone: null, email: null, instructor_name: null }), '');
});

test('the time of a lesson is that of its location, with the year if it is another one', () => {
  assert.equal(lessonTimeText('2026-03-09T09:00', 2026), 'Mon, Mar 9, 09:00');
  assert.equal(lessonTimeText('2027-01-02T17:30', 2026), 'Sat, Jan 2, 2027, 17:30');
});

test('results are counted for screen readers', () => {
  const answer = (students: number, lessons: number) => ({
    data: { students: Array.from({ length: students }), lessons: Array.from({ length: lessons }) } as never,
    stale: false,
    as_of: '2026-03-02T17:00:00.000Z',
    complete: true,
  });
  assert.equal(countsText(answer(1, 0)), '1 student');
  assert.equal(countsText(answer(3, 1)), '3 students, 1 lesson');
  assert.equal(countsText(answer(0, 0)), 'Nothing found');
});
