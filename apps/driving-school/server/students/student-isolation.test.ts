import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSchool } from './testing/test-school.ts';

test('while an operator isolates the database, copies and refusals report the isolation and its end, not a failure', async () => {
  await using school = await testSchool();
  const { owner, office } = school.people;
  const body = { legal_family_name: 'Isolated', birth_date: '2008-03-09' };
  const added = await school.request(office, 'POST', '/api/students', { body });
  const { id } = added.body.data;
  await school.request(owner, 'GET', `/api/students/${id}`);
  for (const [group, member] of [
    ['database-read', 'database'],
    ['GET /api/students/{student_id}', 'students-route'],
  ] as const) {
    school.registry.control(group, member, 'isolate', { reason: 'moving the server', forMs: 30 * 60_000 });
  }
  const asked = Date.now();

  const copy = await school.request(owner, 'GET', `/api/students/${id}`);
  const list = await school.request(owner, 'GET', '/api/students');
  const unknown = await school.request(owner, 'GET', '/api/students/018f0000-0000-7000-8000-000000000009');
  const change = await school.request(office, 'PATCH', `/api/students/${id}`, {
    body: { notes: 'x' },
    headers: { 'if-match': '"1"' },
  });

  const minutesAfter = (start: number, value: unknown): number =>
    Math.round((Date.parse(String(value)) - start) / 60_000);
  const noon = school.wallClock.now().epochMilliseconds;
  assert.deepEqual([copy.status, copy.body.stale, minutesAfter(noon, copy.body.isolated_until)], [200, true, 30]);
  assert.deepEqual([list.status, list.body.stale, minutesAfter(noon, list.body.isolated_until)], [200, true, 30]);
  for (const answer of [unknown, change]) {
    assert.deepEqual(
      [answer.status, answer.body.code, answer.body.title, minutesAfter(asked, answer.body.isolated_until)],
      [503, 'isolated', 'An operator has isolated the database', 30],
    );
    assert.equal(Math.round(Number(answer.headers['retry-after']) / 60), 30);
    assert.match(answer.body.detail, /isolated the database for the next 30 minutes/);
    assert.doesNotMatch(answer.body.detail, /in a moment|does not answer|cannot be reached/);
    assert.doesNotMatch(answer.text, /moving the server/, 'the reason is for operators');
  }
  assert.match(change.body.detail, /^Nothing was saved\. /);
});

test('after the release, answers are live, without an end of isolation', async () => {
  await using school = await testSchool();
  const { owner, office } = school.people;
  const body = { legal_family_name: 'Released', birth_date: '2008-03-09' };
  const { id } = (await school.request(office, 'POST', '/api/students', { body })).body.data;
  school.registry.control('database-read', 'database', 'isolate', { reason: 'a test', forMs: 60_000 });
  school.registry.control('database-read', 'database', 'release', { reason: 'over' });

  const student = await school.request(owner, 'GET', `/api/students/${id}`);
  const list = await school.request(owner, 'GET', '/api/students');
  assert.deepEqual([student.body.stale, 'isolated_until' in student.body], [false, false]);
  assert.deepEqual([list.body.stale, 'isolated_until' in list.body], [false, false]);
});
