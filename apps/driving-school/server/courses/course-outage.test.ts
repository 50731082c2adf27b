import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { testDatabase } from '../platform/database/testing/test-database.ts';
import { aStudent } from '../testing/seeded-lessons.ts';
import { wholeSchool } from '../testing/whole-school.ts';

test('while the database is down, nothing is enrolled or changed, and reads say so instead of "not found"', async () => {
  // Connects to the embedded database as if it were external, so that it can be stopped.
  await using behind = await testDatabase();
  const socket = encodeURIComponent(join(behind.dataDirectory, 'run'));
  const database = await testDatabase({ url: `postgres://postgres@localhost/postgres?host=${socket}` });
  await using school = await wholeSchool({ database });
  const { owner, office, instructor } = school.people;
  const { id } = await aStudent(school, { birth_date: '2009-06-01', instructor_id: instructor.userId });
  const headers = { 'if-match': '"1"', 'idempotency-key': randomUUID() };
  const enrolled = await school.request(office, 'POST', `/api/students/${id}/enrolments`, { body: { kind: 'bde' } });
  const enrolment = `/api/enrolments/${enrolled.body.data.id}`;
  await behind.stop();

  const reads = [
    [office, `/api/students/${id}/enrolments`],
    [instructor, enrolment],
    [office, `/api/students/${id}/guardians`],
    [office, '/api/products'],
    [owner, '/api/rule-sets'],
    [instructor, `/api/students/${id}/lessons`],
  ] as const;
  for (const [actor, path] of reads) {
    const answer = await school.request(actor, 'GET', path);
    assert.deepEqual([answer.status, answer.body.code], [503, 'unavailable'], path);
    assert.ok(Number(answer.headers['retry-after']) > 0, path);
  }
  const changes = [
    ['POST', `/api/students/${id}/enrolments`, { kind: 'lesson_pack', in_vehicle_minutes_bought: 60 }],
    ['PATCH', enrolment, { in_vehicle_minutes_bought: 60 }],
    ['POST', `${enrolment}/withdraw`, {}],
    ['POST', `/api/students/${id}/guardians`, { name: 'Ada Okafor' }],
    ['POST', '/api/products', { name: 'Six lessons', kind: 'lesson_pack' }],
  ] as const;
  for (const [method, path, body] of changes) {
    const answer = await school.request(office, method, path, { body, headers });
    assert.deepEqual([answer.status, answer.body.code], [503, 'unavailable'], path);
    assert.match(answer.body.detail, /Nothing was saved/);
  }
});
