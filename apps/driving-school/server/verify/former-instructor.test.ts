import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testBook } from '../lessons/testing/test-book.ts';
import { bookedPastExpiry } from './booked-past-expiry.ts';

test('the lessons of a person who is no longer an instructor can be judged, as those of a disabled one', async () => {
  await using book = await testBook();
  const booked = await book.book({ type: 'private', enrolment_id: null });
  assert.equal(booked.status, 201, booked.text);
  await book.change('users', book.instructor, { role: 'office' });
  const { kysely } = book.school.database;
  const found = await bookedPastExpiry.run({
    database: kysely,
    now: book.school.wallClock.now(),
    today: (zone) => book.school.wallClock.today(zone).toString(),
  });
  assert.deepEqual(
    found.map(({ ids }) => ids),
    [[booked.body.data.id]],
  );
});
