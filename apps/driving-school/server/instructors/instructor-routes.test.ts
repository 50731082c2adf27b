import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { testDatabase } from '../platform/database/testing/test-database.ts';
import { TestInstructors } from './testing/test-instructors.ts';

let school: TestInstructors;
before(async () => {
  school = await TestInstructors.open();
});
after(() => school[Symbol.asyncDispose]());

const path = (id: string): string => `/api/instructors/${id}`;
const version = (number: number): Record<string, string> => ({ 'if-match': `"${number}"` });

test('B2: an instructor is a user and a record, and is read back at their address', async () => {
  const { office } = school.people;
  const added = await school.send(office, 'POST', '/api/instructors', {
    name: 'Zoé  Tremblay',
    licence_number: 'DI-1042',
    licence_expires_on: '2026-12-31',
    contract_from: '2026-01-01',
    phone: '(416) 555-0123',
  });
  assert.equal(added.status, 201, JSON.stringify(added.body));
  const { data } = added.body;
  assert.equal(added.headers['location'], path(data.id));
  assert.equal(added.headers['etag'], '"1"');
  assert.equal('link' in added.body, false);

  const read = await school.send(office, 'GET', path(data.id));
  assert.equal(read.headers['etag'], '"1"');
  assert.deepEqual(read.body, {
    data: {
      id: data.id,
      name: 'Zoé Tremblay',
      phone: '+14165550123',
      transmissions: 'both',
      licence_number: 'DI-1042',
      licence_expires_on: '2026-12-31',
      contract_from: '2026-01-01',
      contract_to: null,
      notes: null,
      email: null,
      status: 'active',
      licence_state: 'valid',
      contract_state: 'current',
      hours_summary: '',
      weekly_minutes: 0,
      version: 1,
    },
    stale: false,
    as_of: read.body.as_of,
  });
  const { rows } = await sql`SELECT role, email, password_hash FROM users WHERE id = ${data.id}`.execute(
    school.database.kysely,
  );
  assert.deepEqual(rows, [{ role: 'instructor', email: null, password_hash: null }]);
});

test('all problems of a new instructor are reported together, and nothing is saved', async () => {
  const { status, body } = await school.send(school.people.office, 'POST', '/api/instructors', {
    name: ' ',
    licence_number: 'A 12 / 7',
    licence_expires_on: '2026-02-30',
    contract_from: '2026-05-01',
    contract_to: '2026-04-30',
    email: 'nobody',
    shoe_size: 41,
  });
  assert.equal(status, 422);
  assert.deepEqual(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted(), [
    '/contract_to',
    '/email',
    '/licence_expires_on',
    '/licence_number',
    '/name',
    '/shoe_size',
  ]);
  for (const [number, expected] of [
    ['A'.repeat(20), 201],
    ['A'.repeat(21), 422],
    ['Ä1', 422],
    ['a-1', 201],
  ] as const) {
    const answer = await school.send(school.people.office, 'POST', '/api/instructors', {
      name: 'Limit',
      licence_number: number,
    });
    assert.equal(answer.status, expected, number);
  }
});

test('with an e-mail address the answer has a one-time link, also when the request is repeated', async () => {
  const body = { name: 'Linus Link', email: `Linus-${randomUUID()}@Example.com` };
  const key = { 'idempotency-key': randomUUID() };
  const first = await school.send(school.people.office, 'POST', '/api/instructors', body, key);
  assert.equal(first.status, 201);
  assert.equal(first.body.data.email, body.email.toLowerCase());
  assert.match(first.body.link.url, /\/welcome#[\w-]{43}$/);
  assert.ok(Date.parse(first.body.link.expires_at) > 0);

  const again = await school.send(school.people.office, 'POST', '/api/instructors', body, key);
  assert.deepEqual([again.status, again.body.link], [201, first.body.link]);
  const token = first.body.link.url.split('#')[1];
  const { rows } = await sql`SELECT 1 FROM idempotency_keys WHERE answer::text LIKE ${`%${token}%`}`.execute(
    school.database.kysely,
  );
  assert.equal(rows.length, 0, 'the token is not stored');

  const welcome = await school.application.app.inject({
    method: 'POST',
    url: '/api/welcome/check',
    payload: { token },
  });
  assert.deepEqual([welcome.statusCode, welcome.json().role], [200, 'instructor']);

  const taken = await school.send(school.people.office, 'POST', '/api/instructors', body);
  assert.deepEqual([taken.status, taken.body.errors[0].pointer], [422, '/email']);
  const old = await school.send(
    school.people.owner,
    'POST',
    '/api/instructors',
    { ...body, email: 'x@example.com' },
    { 'x-test-recent': 'no' },
  );
  assert.deepEqual([old.status, old.body.code], [403, 'reauthentication_required']);
});

test('an instructor without an e-mail address can be invited later', async () => {
  const id = await school.add({ name: 'Later Lou' });
  const { owner } = school.people;
  const without = await school.send(owner, 'POST', `/api/users/${id}/link`);
  assert.deepEqual([without.status, without.body.errors[0].pointer], [422, '/email']);
  const email = `lou-${randomUUID()}@example.com`;
  const invited = await school.send(owner, 'POST', `/api/users/${id}/link`, { email });
  assert.deepEqual([invited.status, invited.body.data.email], [201, email]);
  const token = invited.body.link.url.split('#')[1];
  const payload = { token, name: 'Later Lou', email, password: 'three unrelated words' };
  const welcomed = await school.application.app.inject({ method: 'POST', url: '/api/welcome', payload });
  assert.equal(welcomed.statusCode, 200, welcomed.body);

  const moved = await school.send(owner, 'POST', `/api/users/${id}/link`, { email: 'other@example.com' });
  assert.deepEqual([moved.status, moved.body.code], [409, 'email_in_use'], 'an address in use stays');
});

test('the list has names, states and hours, and hides disabled instructors unless asked for', async () => {
  const { office, owner } = school.people;
  const id = await school.add({ name: 'Aaron Aaronson', licence_expires_on: '2026-04-01' });
  const gone = await school.add({ name: 'Gone Gina' });
  await school.send(owner, 'PATCH', `/api/users/${gone}`, { disabled: true });
  await school.send(office, 'PUT', `${path(id)}/hours`, {
    hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '09:00', to: '17:00' })),
  });
  const { body, status } = await school.send(office, 'GET', '/api/instructors');
  assert.equal(status, 200);
  assert.deepEqual([body.next_cursor, body.stale, body.complete], [null, false, true]);
  const listed = body.data.find((row: { id: string }) => row.id === id);
  assert.deepEqual(
    [listed.name, listed.licence_state, listed.hours_summary, listed.weekly_minutes, listed.status],
    ['Aaron Aaronson', 'soon', 'Mon–Fri 09:00–17:00', 2_400, 'active'],
  );
  assert.equal('notes' in listed, false);
  assert.equal(
    body.data.some((row: { id: string }) => row.id === gone),
    false,
  );
  const all = await school.send(office, 'GET', '/api/instructors?status=all');
  assert.equal(all.body.data.find((row: { id: string }) => row.id === gone).status, 'disabled');
  assert.equal((await school.send(office, 'GET', '/api/instructors?status=who')).status, 422);
});

test('a user without a record has no licence on record, and the first change with version 0 adds the record', async () => {
  const { office, instructor } = school.people;
  const before = await school.send(office, 'GET', path(instructor.userId));
  assert.deepEqual(
    [before.body.data.version, before.body.data.licence_state, before.headers['etag']],
    [0, 'missing', '"0"'],
  );
  const patch = { licence_number: 'DI-7', licence_expires_on: '2028-01-01' };
  const stale = await school.send(office, 'PATCH', path(instructor.userId), patch, version(1));
  assert.deepEqual([stale.status, stale.body.code, stale.body.current_version], [412, 'instructor_changed', 0]);
  const [one, other] = await Promise.all(
    [patch, { ...patch, licence_number: 'DI-8' }].map((body) =>
      school.send(office, 'PATCH', path(instructor.userId), body, version(0)),
    ),
  );
  assert.deepEqual([one?.status, other?.status].toSorted(), [200, 412], 'of two first changes one is made');
  const after = await school.send(office, 'GET', path(instructor.userId));
  assert.deepEqual([after.body.data.version, after.body.data.licence_state], [1, 'valid']);
});

test('a change needs the version, keeps omitted fields and renames the user', async () => {
  const { office } = school.people;
  const id = await school.add({ notes: 'Prefers mornings' });
  assert.equal((await school.send(office, 'PATCH', path(id), { phone: '416-555-0123' })).status, 428);
  const changed = await school.send(office, 'PATCH', path(id), { name: 'Rosa Ruiz-Roy' }, version(1));
  assert.equal(changed.status, 200);
  assert.deepEqual(
    [changed.body.data.name, changed.body.data.notes, changed.body.data.version, changed.headers['etag']],
    ['Rosa Ruiz-Roy', 'Prefers mornings', 2, '"2"'],
  );
  const { rows } = await sql`SELECT name FROM users WHERE id = ${id}`.execute(school.database.kysely);
  assert.deepEqual(rows, [{ name: 'Rosa Ruiz-Roy' }]);
  const email = await school.send(office, 'PATCH', path(id), { email: 'new@example.com' }, version(2));
  assert.deepEqual([email.status, email.body.errors[0].pointer], [422, '/email'], 'addresses belong to sign-in');
  const outdated = await school.send(office, 'PATCH', path(id), { notes: null }, version(1));
  assert.deepEqual([outdated.status, outdated.body.current_version], [412, 2]);
});

test('B9: a new date answers exactly the booked lessons that it breaks; a preview changes nothing', async () => {
  const { office } = school.people;
  const instructorId = await school.add();
  const other = await school.add();
  const at = (day: string, more = {}) => school.book({ instructorId, startsAt: `2026-${day}T09:00`, ...more });
  await at('02-27');
  const lastValid = await at('03-10');
  const first = await at('03-11');
  const second = await at('03-20');
  await at('03-21', { status: 'cancelled' });
  await school.book({ instructorId: other, startsAt: '2026-03-24T09:00' });

  const patch = { licence_expires_on: '2026-03-10' };
  const preview = await school.send(office, 'PATCH', `${path(instructorId)}?preview=true`, patch, version(1));
  assert.equal(preview.status, 200, JSON.stringify(preview.body));
  assert.deepEqual(preview.body.affected_lessons, [first, second]);
  assert.equal(preview.body.data.licence_expires_on, '2026-03-10');
  const unchanged = await school.send(office, 'GET', path(instructorId));
  assert.deepEqual([unchanged.body.data.licence_expires_on, unchanged.body.data.version], ['2027-06-30', 1]);

  const changed = await school.send(office, 'PATCH', path(instructorId), patch, version(1));
  assert.deepEqual([changed.status, changed.body.affected_lessons], [200, [first, second]]);
  const phone = await school.send(office, 'PATCH', path(instructorId), { phone: '416-555-0123' }, version(2));
  assert.deepEqual(phone.body.affected_lessons, [], 'a change without dates breaks nothing');
  const contract = await school.send(
    office,
    'PATCH',
    path(instructorId),
    { licence_expires_on: '2027-01-01', contract_from: '2026-03-11', contract_to: '2026-03-19' },
    version(3),
  );
  assert.deepEqual(contract.body.affected_lessons, [lastValid, second]);
  const cleared = await school.send(
    office,
    'PATCH',
    `${path(instructorId)}?preview=true`,
    { licence_expires_on: null },
    version(4),
  );
  assert.deepEqual(cleared.body.affected_lessons, [lastValid, first, second], 'without a licence, all of them');
});

test('B2: hours are replaced as a whole and read back in the order of the week', async () => {
  const { office } = school.people;
  const id = await school.add();
  const hours = [
    { weekday: 7, from: '12:00', to: '24:00' },
    { weekday: 1, from: '13:00', to: '18:00', valid_from: '2026-01-01', valid_to: '2026-06-30' },
    { weekday: 1, from: '08:00', to: '13:00' },
  ];
  const put = await school.send(office, 'PUT', `${path(id)}/hours`, { hours });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  const open = { valid_from: null, valid_to: null };
  const expected = [
    { weekday: 1, from: '08:00', to: '13:00', ...open },
    { weekday: 1, from: '13:00', to: '18:00', valid_from: '2026-01-01', valid_to: '2026-06-30' },
    { weekday: 7, from: '12:00', to: '24:00', ...open },
  ];
  assert.deepEqual(put.body.data.hours, expected);
  const read = await school.send(office, 'GET', `${path(id)}/hours`);
  assert.deepEqual(read.body.data, {
    hours: expected,
    summary: 'Mon 08:00–13:00 & 13:00–18:00, Sun 12:00–24:00',
    weekly_minutes: 1_320,
  });
  await school.send(office, 'PUT', `${path(id)}/hours`, { hours: [{ weekday: 1, from: '08:00', to: '18:00' }] });
  const replaced = await school.send(office, 'GET', `${path(id)}/hours`);
  assert.equal(replaced.body.data.hours.length, 1);
  assert.equal((await school.send(office, 'PUT', `${path(id)}/hours`, { hours: [] })).body.data.summary, '');
});

test('B2: overlapping hours are refused with the pointer of the second, and nothing is changed', async () => {
  const { office } = school.people;
  const id = await school.add();
  await school.send(office, 'PUT', `${path(id)}/hours`, { hours: [{ weekday: 2, from: '08:00', to: '18:00' }] });
  const { status, body } = await school.send(office, 'PUT', `${path(id)}/hours`, {
    hours: [
      { weekday: 1, from: '08:00', to: '12:00' },
      { weekday: 1, from: '12:00', to: '13:00' },
      { weekday: 1, from: '11:59', to: '12:30' },
    ],
  });
  assert.equal(status, 422);
  assert.deepEqual(
    body.errors.map(({ pointer, code }: { pointer: string; code: string }) => [pointer, code]),
    [['/hours/2', 'overlaps']],
  );
  const wrong = await school.send(office, 'PUT', `${path(id)}/hours`, {
    hours: [{ weekday: 8, from: '24:00', to: '25:00' }, { weekday: 1, from: '10:00', to: '09:00' }, 7],
  });
  assert.deepEqual(
    wrong.body.errors.map(({ pointer }: { pointer: string }) => pointer),
    ['/hours/0/weekday', '/hours/0/from', '/hours/0/to', '/hours/1/to', '/hours/2'],
  );
  const kept = await school.send(office, 'GET', `${path(id)}/hours`);
  assert.equal(kept.body.data.summary, 'Tue 08:00–18:00');
  assert.equal((await school.send(office, 'PUT', `${path(randomUUID())}/hours`, { hours: [] })).status, 404);
});

test('simultaneous replacements of hours leave one of them', async () => {
  const id = await school.add();
  const answers = await Promise.all(
    ['08', '09', '10', '11'].map((from) =>
      school.send(school.people.office, 'PUT', `${path(id)}/hours`, {
        hours: [{ weekday: 1, from: `${from}:00`, to: '18:00' }],
      }),
    ),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  const read = await school.send(school.people.office, 'GET', `${path(id)}/hours`);
  assert.equal(read.body.data.hours.length, 1);
});

test('instructors see themselves and nobody else, without notes; other schools see nothing', async () => {
  const { instructor, stranger, office } = school.people;
  const id = await school.add({ notes: 'Private' });
  const own = path(instructor.userId);
  for (const url of [own, `${own}/hours`, `${own}/time-off`]) {
    assert.equal((await school.send(instructor, 'GET', url)).status, 200, url);
  }
  for (const actor of [instructor, stranger]) {
    for (const url of [path(id), `${path(id)}/hours`, `${path(id)}/time-off`]) {
      assert.equal((await school.send(actor, 'GET', url)).status, 404, url);
    }
  }
  const current = await school.send(office, 'GET', own);
  const { version: now } = current.body.data;
  await school.send(office, 'PATCH', own, { notes: 'For the office' }, version(now));
  assert.equal((await school.send(instructor, 'GET', own)).body.data.notes, null);
  assert.equal((await school.send(office, 'GET', own)).body.data.notes, 'For the office');
  const foreign = await school.send(stranger, 'PATCH', path(id), { phone: null }, version(1));
  assert.equal(foreign.status, 404);
  assert.equal((await school.send(office, 'GET', path(school.people.owner.userId))).status, 404, 'no instructor');
});

test('changes are in the audit log, without personal data', async () => {
  const id = await school.add({ name: 'Audited Anna' });
  await school.send(school.people.office, 'PATCH', path(id), { phone: '416-555-0199', notes: 'x' }, version(1));
  await school.send(school.people.office, 'PUT', `${path(id)}/hours`, { hours: [] });
  const { body } = await school.send(school.people.owner, 'GET', `/api/audit?subject_id=${id}`);
  assert.deepEqual(
    body.data.map(({ action, detail }: { action: string; detail: unknown }) => [action, detail]),
    [
      ['instructor.hours_changed', { count: 0 }],
      ['instructor.changed', { fields: 'phone, notes' }],
      ['person.added', { role: 'instructor' }],
    ],
  );
});

test('while the database is down, reads say so and changes are not saved', async () => {
  await using own = await TestInstructors.open(await testDatabase());
  const id = await own.add();
  await own.database.stop();
  for (const url of ['/api/instructors', path(id), `${path(id)}/hours`, `${path(id)}/time-off`, '/api/compliance']) {
    const { status, body, headers } = await own.send(own.people.office, 'GET', url);
    assert.deepEqual([status, body.code], [503, 'unavailable'], url);
    assert.ok(Number(headers['retry-after']) > 0);
  }
  const changed = await own.send(own.people.office, 'PATCH', path(id), { phone: null }, version(1));
  assert.deepEqual([changed.status, changed.body.code], [503, 'unavailable']);
  assert.match(changed.body.detail, /Nothing was saved/);
});
