import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testBook, type TestBook } from './testing/test-book.ts';

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
