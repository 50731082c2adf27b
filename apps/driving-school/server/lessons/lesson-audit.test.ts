import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { testBook } from './testing/test-book.ts';

test('each change of a lesson is in the audit log, with IDs and the names of overridden rules only', async () => {
  await using book = await testBook();
  const reason = 'Zoé asked for it';
  const booked = await book.book({
    starts_at: '2026-03-09T06:00',
    overrides: [{ rule: 'instructor_hours', reason }],
  });
  assert.equal(booked.status, 201, booked.text);
  const { id } = booked.body.data;
  await book.act({ id, version: 1 }, 'move', { starts_at: '2026-03-10T09:00' });
  await book.act({ id, version: 2 }, 'cancel', { reason: 'weather' });
  const undone = await book.act({ id, version: 3 }, 'undo');
  assert.equal(undone.status, 200, undone.text);
  const refused = await book.act({ id, version: 1 }, 'cancel', { reason: 'weather' });
  assert.equal(refused.status, 412);
  const { rows } = await sql<{ action: string; subject_id: string; actor_id: string; detail: object }>`
    SELECT action, subject_id, actor_id, detail FROM audit_entries WHERE action LIKE 'lesson.%' ORDER BY id`.execute(
    book.school.database.kysely,
  );
  assert.deepEqual(
    rows.map(({ action, detail }) => [action, detail]),
    [
      ['lesson.booked', { lesson: id, overridden: 'instructor_hours' }],
      ['lesson.moved', { lesson: id }],
      ['lesson.cancelled', { lesson: id, reason: 'weather' }],
      ['lesson.undone', { lesson: id, undone: 'cancelled' }],
    ],
  );
  for (const { subject_id, actor_id } of rows) {
    assert.deepEqual([subject_id, actor_id], [book.student.id, book.office.userId]);
  }
});
