import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { Actor, Role } from '../../contract/session.ts';
import { AuditLog } from '../platform/audit/audit.ts';
import { lookupsPerHour, revealsPerHour } from './licence-access.ts';
import { type Answer, type RequestOptions, testSchool, type TestSchool } from './testing/test-school.ts';

let school: TestSchool;
before(async () => {
  school = await testSchool();
});
after(() => school[Symbol.asyncDispose]());

/** Adds a user, whose limits are unused. */
async function aPerson(role: Role): Promise<Actor> {
  const id = randomUUID();
  await sql`INSERT INTO users (id, school_id, role, name) VALUES (${id}, ${school.schoolId}, ${role}, 'Nora New')`.execute(
    school.database.kysely,
  );
  return school.enrol({ userId: id, schoolId: school.schoolId, role, name: 'Nora New' });
}

let count = 0;
async function aStudent(fields: object = {}): Promise<{ readonly id: string; readonly licence_number: string }> {
  count += 1;
  const licence_number = `L0000-${String(count).padStart(5, '0')}-80309`;
  const body = { legal_family_name: `Licence${'abcdefghijklmnop'[count]}`, birth_date: '2008-03-09', licence_number };
  const answer = await school.request(school.people.owner, 'POST', '/api/students', { body: { ...body, ...fields } });
  assert.equal(answer.status, 201, answer.text);
  return { id: answer.body.data.id, licence_number };
}

const searchFor = (actor: Actor, q: string, options: RequestOptions = {}): Promise<Answer> =>
  school.request(actor, 'POST', '/api/students/search', { body: { q }, ...options });
const reveal = (actor: Actor, id: string, options: RequestOptions = {}): Promise<Answer> =>
  school.request(actor, 'POST', `/api/students/${id}/licence-number/reveal`, options);
const entriesOf = async (actor: Actor) =>
  (await AuditLog.list(school.database.kysely, school.schoolId, { actor_id: actor.userId, limit: 200 })).data
    .map(({ action, subject, detail }) => ({ action, of: subject.id, detail }))
    .toReversed();

/** Adds the given number of audit entries with a time in the past. */
async function alreadyDone(
  actor: Actor,
  action: 'licence.revealed' | 'licence.searched',
  times: number,
  ago = '10 minutes',
): Promise<void> {
  await sql`INSERT INTO audit_entries (school_id, at, actor_id, action, subject_kind, subject_id)
    SELECT ${school.schoolId}::uuid, now() - ${ago}::interval, ${actor.userId}::uuid, ${action}, 'school', 'x'
    FROM generate_series(1, ${times})`.execute(school.database.kysely);
}

test('an instructor who searches by licence number gets the same answer for existing and unknown numbers', async () => {
  const instructor = await aPerson('instructor');
  const { licence_number } = await aStudent({ instructor_id: instructor.userId });
  const asked = [licence_number, licence_number.toLowerCase().replaceAll('-', ' '), 'L0000-99999-80309'];
  const answers = await Promise.all(asked.map((q) => searchFor(instructor, q)));
  for (const { status, body } of answers) {
    assert.deepEqual([status, body.code], [403, 'licence_search_not_permitted']);
    assert.deepEqual({ ...body, correlation_id: '' }, { ...answers[0]?.body, correlation_id: '' });
  }
});

test('no other request of an instructor compares a licence number', async () => {
  const instructor = await aPerson('instructor');
  const { id, licence_number } = await aStudent({ instructor_id: instructor.userId });
  const digits = licence_number.replaceAll('-', '');
  for (const q of [digits.slice(0, 10), digits.slice(1), digits.slice(-6), `${licence_number} licence`]) {
    assert.deepEqual((await searchFor(instructor, q)).body.data, [], q);
  }
  const csv = `legal_family_name,birth_date,licence_number\nRoy,2008-03-09,${licence_number}\n`;
  const headers = { 'if-match': '"1"' };
  const answers = [
    await school.request(instructor, 'POST', '/api/students/import?dry_run=true', { body: csv }),
    await school.request(instructor, 'POST', '/api/students', { body: { legal_family_name: 'Roy', licence_number } }),
    await school.request(instructor, 'PATCH', `/api/students/${id}`, { body: { licence_number }, headers }),
    await reveal(instructor, id),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [403, 403, 403, 403],
  );
});

test('every search by licence number is in the audit log, without the number', async () => {
  const office = await aPerson('office');
  const { id, licence_number } = await aStudent();
  const found = await searchFor(office, licence_number);
  const missed = await searchFor(office, 'L0000-99999-80309');
  assert.deepEqual([found.body.data[0].id, found.body.total, missed.body.data], [id, 1, []]);
  assert.deepEqual(await entriesOf(office), [
    { action: 'licence.searched', of: id, detail: { by: 'search', found: 1 } },
    { action: 'licence.searched', of: school.schoolId, detail: { by: 'search', found: 0 } },
  ]);
});

test('searches by licence number are limited to 60 an hour per user, even across restarts', async () => {
  const office = await aPerson('office');
  const { licence_number } = await aStudent();
  await alreadyDone(office, 'licence.searched', lookupsPerHour - 1);
  assert.equal((await searchFor(office, licence_number)).status, 200);

  const { app } = school.restarted();
  for (const q of [licence_number, 'L0000-99999-80309']) {
    const refused = await searchFor(office, q, { app });
    assert.deepEqual([refused.status, refused.body.code], [429, 'too_many_licence_searches'], refused.text);
    const seconds = Number(refused.headers['retry-after']);
    assert.ok(seconds > 48 * 60 && seconds <= 50 * 60, `${seconds} s`);
  }
  assert.equal((await searchFor(school.people.owner, licence_number)).status, 200);
  assert.equal((await searchFor(office, 'licence')).status, 200);
});

test('a reveal is in the audit log; 30 an hour are allowed, and a refusal says when to retry', async () => {
  const office = await aPerson('office');
  const { id, licence_number } = await aStudent();
  await alreadyDone(office, 'licence.revealed', revealsPerHour, '2 hours');
  await alreadyDone(office, 'licence.revealed', revealsPerHour - 1);
  const shown = await reveal(office, id);
  assert.deepEqual([shown.status, shown.body.data.licence_number], [200, licence_number]);

  const refused = await reveal(office, id);
  assert.deepEqual([refused.status, refused.body.code], [429, 'too_many_reveals']);
  assert.match(
    refused.body.detail,
    /^You have revealed 30 licence numbers within an hour.* Try again in \d\d minutes\.$/,
  );
  assert.ok(!refused.text.includes(licence_number));
  assert.deepEqual((await entriesOf(office)).slice(-2), [
    { action: 'licence.revealed', of: id, detail: {} },
    { action: 'licence.reveal_refused', of: id, detail: {} },
  ]);
});

test('concurrent reveals cannot exceed the limit', async () => {
  const office = await aPerson('office');
  const { id } = await aStudent();
  await alreadyDone(office, 'licence.revealed', revealsPerHour - 2);
  const answers = await Promise.all(Array.from({ length: 6 }, () => reveal(office, id)));
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 200, 429, 429, 429, 429],
  );
});

test('saving another student’s number is recorded and limited like a search, because it confirms the number', async () => {
  const office = await aPerson('office');
  const { licence_number } = await aStudent();
  const { id } = await aStudent();
  const headers = { 'if-match': '"1"' };
  const save = (number: string) => [
    school.request(office, 'POST', '/api/students', {
      body: { legal_family_name: 'Roy', birth_date: '2008-03-09', licence_number: number },
    }),
    school.request(office, 'PATCH', `/api/students/${id}`, { body: { licence_number: number }, headers }),
  ];
  const statuses = async (number: string) => (await Promise.all(save(number))).map(({ status }) => status);
  assert.deepEqual(await statuses(licence_number), [409, 409]);
  assert.deepEqual(await entriesOf(office), [
    { action: 'licence.searched', of: school.schoolId, detail: { by: 'saving', found: 1 } },
    { action: 'licence.searched', of: school.schoolId, detail: { by: 'saving', found: 1 } },
  ]);

  await alreadyDone(office, 'licence.searched', lookupsPerHour);
  assert.deepEqual(
    [await statuses(licence_number), await statuses('L0000-99998-80309')],
    [
      [429, 429],
      [429, 429],
    ],
  );
  const without = await school.request(office, 'PATCH', `/api/students/${id}`, { body: { notes: 'x' }, headers });
  assert.equal(without.status, 200);
});

test('a dry run of an import is recorded and limited like a search, because it compares numbers', async () => {
  const office = await aPerson('office');
  const { id, licence_number } = await aStudent();
  const check = (number: string) =>
    school.request(office, 'POST', '/api/students/import?dry_run=true', {
      body: `legal_family_name,birth_date,licence_number\nSomebody,2008-03-09,${number}\n`,
    });
  const found = await check(licence_number);
  assert.deepEqual(found.body.duplicates[0].student_id, id);
  await check('');
  await check('L0000-99999-80309');
  assert.deepEqual(await entriesOf(office), [
    { action: 'licence.searched', of: id, detail: { by: 'import', found: 1 } },
    { action: 'licence.searched', of: school.schoolId, detail: { by: 'import', found: 0 } },
  ]);

  await alreadyDone(office, 'licence.searched', lookupsPerHour);
  const refused = [await check(licence_number), await check('L0000-99999-80309')];
  assert.deepEqual(
    refused.map(({ status, body }) => [status, body.code]),
    [
      [429, 'too_many_licence_searches'],
      [429, 'too_many_licence_searches'],
    ],
  );
  assert.equal((await check('')).status, 200);
});
