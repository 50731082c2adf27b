import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { testDatabase } from '../platform/database/testing/test-database.ts';
import { until } from '../platform/database/testing/until.ts';
import { type Answer, testSchool, type TestSchool } from './testing/test-school.ts';

let count = 0;
const add = async (school: TestSchool, fields: object = {}): Promise<string> => {
  count += 1;
  const body = {
    legal_family_name: `Outage${'abcdefghijklmnopqrstuvwxyz'[count]}`,
    birth_date: '2008-03-09',
    ...fields,
  };
  const answer = await school.request(school.people.office, 'POST', '/api/students', { body });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.data.id;
};

test('when the database is killed, reads of known students do not fail, and answers become live again', async (context) => {
  await using school = await testSchool({ database: await testDatabase() });
  const read = (id: string): Promise<Answer> => school.request(school.people.owner, 'GET', `/api/students/${id}`);
  const known = await Promise.all(Array.from({ length: 10 }, () => add(school)));
  for (const id of known) assert.equal((await read(id)).body.stale, false);

  const answers: { readonly at: number; readonly tookMs: number; readonly status: number; readonly stale: boolean }[] =
    [];
  const enough = new AbortController();
  const readings: Promise<void>[] = [];
  const loop = (async () => {
    for (let index = 0; !enough.signal.aborted; index += 1) {
      const askedAt = performance.now();
      readings.push(
        read(known[index % known.length] ?? '').then(({ status, body }) => {
          const at = performance.now();
          answers.push({ at, tookMs: at - askedAt, status, stale: body?.stale === true });
        }),
      );
      await sleep(20);
    }
  })();
  await until('readings are under way', () => answers.length > 10);
  const killedAt = performance.now();
  school.database.kill();
  const firstStale = await until('answers are stale', () => answers.find(({ stale }) => stale));
  await until('the database is back', () => school.database.ready());
  const backAt = performance.now();
  const firstLive = await until('answers are live again', () => answers.find(({ at, stale }) => at > backAt && !stale));
  enough.abort();
  await loop;
  await Promise.all(readings);

  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const slowestMs = Math.max(...answers.map(({ tookMs }) => tookMs));
  context.diagnostic(
    `first copy ${Math.round(firstStale.at - killedAt)} ms after the kill, ` +
      `live ${Math.round(firstLive.at - backAt)} ms after the restart, slowest answer ${Math.round(slowestMs)} ms`,
  );
});

test('while the database is down: copies for users with permission, 503 and never 404 for others, and no writes', async () => {
  // Connects to the embedded database as if it were external, so that it can be stopped.
  await using behind = await testDatabase();
  const socket = encodeURIComponent(join(behind.dataDirectory, 'run'));
  const database = await testDatabase({ url: `postgres://postgres@localhost/postgres?host=${socket}` });
  await using school = await testSchool({ database });
  const read = (id: string, actor = school.people.owner): Promise<Answer> =>
    school.request(actor, 'GET', `/api/students/${id}`);
  const { owner, instructor, otherInstructor, stranger, office } = school.people;
  const seen = await add(school, { legal_given_names: 'Seen', instructor_id: instructor.userId });
  const readLive = await read(seen);
  await behind.stop();

  const copy = await read(seen);
  assert.deepEqual(
    [copy.status, copy.body.stale, copy.body.data, copy.body.as_of],
    [200, true, readLive.body.data, readLive.body.as_of],
  );
  assert.deepEqual(
    [copy.headers['x-data-source'], copy.headers['x-data-as-of'], copy.headers['etag']],
    ['copy', readLive.body.as_of, '"1"'],
  );
  assert.equal((await read(seen, instructor)).status, 200);

  const never = '018f0000-0000-7000-8000-000000000009';
  for (const answer of [await read(never), await read(seen, otherInstructor), await read(seen, stranger)]) {
    assert.deepEqual([answer.status, answer.body.code], [503, 'unavailable']);
    assert.ok(Number(answer.headers['retry-after']) >= 1);
    assert.match(answer.body.detail, /no copy/);
  }

  const list = await school.request(owner, 'GET', '/api/students?q=seen');
  assert.deepEqual(
    [
      list.status,
      list.body.data.length,
      list.body.stale,
      list.body.complete,
      list.body.as_of,
      list.headers['x-data-source'],
    ],
    [200, 1, true, false, readLive.body.as_of, 'copy'],
  );
  assert.deepEqual((await school.request(otherInstructor, 'GET', '/api/students?q=seen')).body.data, []);

  const writes = [
    await school.request(office, 'POST', '/api/students', {
      body: { legal_family_name: 'New', birth_date: '2008-03-09' },
    }),
    await school.request(office, 'PATCH', `/api/students/${seen}`, {
      body: { notes: 'x' },
      headers: { 'if-match': '"1"' },
    }),
    await school.request(office, 'POST', `/api/students/${seen}/archive`, { headers: { 'if-match': '"1"' } }),
    await school.request(office, 'POST', '/api/students/import', {
      body: 'legal_family_name,birth_date\nRoy,2008-03-09\n',
    }),
  ];
  for (const { status, body, headers } of writes) {
    assert.deepEqual([status, body.code], [503, 'unavailable']);
    assert.match(body.detail, /^Nothing was saved\. /);
    assert.ok(Number(headers['retry-after']) >= 1);
  }
  // A dry run has a different message.
  const check = await school.request(office, 'POST', '/api/students/import?dry_run=true', {
    body: 'legal_family_name,birth_date\nRoy,2008-03-09\n',
  });
  assert.deepEqual(
    [check.status, check.body.code, check.body.detail],
    [503, 'unavailable', 'The file can’t be checked while the database is not answering. Try again in a moment.'],
  );
  // Validation needs no database.
  const wrong = await school.request(office, 'POST', '/api/students', { body: { legal_family_name: 'New' } });
  assert.equal(wrong.status, 422);
  // A failed change has not touched the copy.
  assert.deepEqual((await read(seen)).body.data, readLive.body.data);

  // A restart of the application, with the database still down.
  const { app } = school.restarted();
  const afterRestart = await school.request(owner, 'GET', `/api/students/${seen}`, { app });
  assert.deepEqual([afterRestart.status, afterRestart.body.stale], [200, true]);
  await app.close();
});
