import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lessonsChangedSince, scheduledLessons } from './scheduled-lessons.ts';
import { testBook } from './testing/test-book.ts';

test('the calendar has the same lesson as its own page, and says until when its last change can be undone', async () => {
  await using book = await testBook();
  const { kysely } = book.school.database;
  const { schoolId, wallClock } = book.school;
  const { data: lesson } = (await book.book()).body;
  const shown = async () => {
    const now = wallClock.now();
    const [scheduled] = await scheduledLessons(kysely, { schoolId, from: '2026-03-09', to: '2026-03-10', now });
    assert.deepEqual(scheduled, (await book.get(lesson.id)).body.data);
    return scheduled?.undo_until;
  };
  assert.equal(await shown(), '2026-03-02T15:10:00.000Z');
  wallClock.set('2026-03-02T15:04:00Z');
  assert.equal((await book.act(lesson, 'move', { starts_at: '2026-03-10T09:00' })).status, 200);
  assert.equal(await shown(), '2026-03-02T15:14:00.000Z');
  assert.equal((await book.act({ id: lesson.id, version: 2 }, 'undo')).status, 200);
  assert.equal(await shown(), '2026-03-02T15:10:00.000Z', 'the booking itself can still be undone');
  wallClock.set('2026-03-02T15:10:00.001Z');
  assert.equal(await shown(), null);
});

test('a lesson whose relay begins or ends has changed, by the clock of the school', async () => {
  await using book = await testBook();
  const { kysely } = book.school.database;
  const { schoolId, wallClock } = book.school;
  const { data: first } = (await book.book()).body;
  wallClock.set('2026-03-02T16:00:00Z');
  const next = await book.addStudent();
  const relay = await book.book({
    student_id: next.id,
    enrolment_id: next.enrolment,
    starts_at: '2026-03-09T10:00',
    relay_after: first.id,
  });
  assert.equal(relay.status, 201, relay.text);
  const changed = await lessonsChangedSince(kysely, schoolId, wallClock.now());
  assert.deepEqual(new Set<string>(changed), new Set<string>([first.id, relay.body.data.id]));
});
