import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { until } from '../platform/database/testing/until.ts';
import { testSchool, type TestSchool } from './testing/test-school.ts';

let school: TestSchool;
const lines: string[] = [];
before(async () => {
  school = await testSchool({ log: { write: (line: string) => lines.push(line) } as unknown as NodeJS.WritableStream });
});
after(() => school[Symbol.asyncDispose]());

let count = 0;
const aStudent = (fields: object = {}): object => {
  count += 1;
  return {
    legal_given_names: `Given${'abcdefghij'[count % 10]}`,
    legal_family_name: `Family${letters(count)}`,
    birth_date: '2008-03-09',
    ...fields,
  };
};
const letters = (number: number): string =>
  Array.from(String(number), String)
    .map((digit) => 'abcdefghij'[Number(digit)])
    .join('');
const add = async (fields: object = {}) => {
  const answer = await school.request(school.people.office, 'POST', '/api/students', { body: aStudent(fields) });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.data;
};

test('an added student is read back as written, with its version as ETag', async () => {
  const { office, instructor } = school.people;
  const added = await school.request(office, 'POST', '/api/students', {
    body: {
      legal_given_names: 'Zoé',
      legal_family_name: 'Tremblay',
      preferred_name: null,
      birth_date: '2008-03-09',
      email: 'zoe@example.com',
      phone: '(416) 555-0123 x5',
      address: { street: '1 Example Street', city: 'Toronto', postal_code: 'm0m0m0' },
      licence_number: 't0000 12340 80309',
      licence_class: 'G1',
      licence_issued_on: '2024-04-02',
      licence_expires_on: '2029-04-02',
      licence_sighted_on: '2026-03-01',
      instructor_id: instructor.userId,
      notes: 'Prefers evenings.',
    },
  });
  assert.equal(added.status, 201);
  const { id, created_at, updated_at, ...fields } = added.body.data;
  assert.equal(added.headers['location'], `/api/students/${id}`);
  assert.deepEqual(fields, {
    legal_given_names: 'Zoé',
    legal_family_name: 'Tremblay',
    preferred_name: null,
    birth_date: '2008-03-09',
    email: 'zoe@example.com',
    phone: '+14165550123',
    phone_extension: '5',
    sms_capable: 'unknown',
    address: { street: '1 Example Street', city: 'Toronto', province: 'ON', postal_code: 'M0M 0M0' },
    emergency_contact: null,
    preferred_language: 'en',
    licence_number_masked: 'T0000-*****-*****',
    licence_class: 'G1',
    licence_issued_on: '2024-04-02',
    licence_expires_on: '2029-04-02',
    licence_sighted_on: '2026-03-01',
    licence_sighted_by: 'Otto Office',
    instructor_id: instructor.userId,
    instructor_name: 'Ines Instructor',
    notes: 'Prefers evenings.',
    status: 'active',
    version: 1,
    updated_by_name: 'Otto Office',
    warnings: [],
  });
  assert.ok(!Number.isNaN(Date.parse(created_at)) && created_at === updated_at);

  const read = await school.request(office, 'GET', `/api/students/${id}`);
  assert.equal(read.status, 200);
  assert.deepEqual(read.body, { data: added.body.data, stale: false, as_of: '2026-03-15T16:00:00.000Z' });
  assert.deepEqual(
    [read.headers['etag'], read.headers['x-data-as-of'], read.headers['x-data-source']],
    ['"1"', '2026-03-15T16:00:00.000Z', 'live'],
  );
});

test('all problems are reported together and nothing is saved', async () => {
  const answer = await school.request(school.people.office, 'POST', '/api/students', {
    body: { legal_given_names: 'Nobody', phone: '555', email: 'x', birth_date: '2008-02-30' },
  });
  assert.equal(answer.status, 422);
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
  assert.deepEqual(
    answer.body.errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`).toSorted(),
    ['/birth_date date_exists', '/email email_format', '/legal_family_name required', '/phone phone_length'],
  );
  const list = await school.request(school.people.office, 'GET', '/api/students?q=nobody');
  assert.deepEqual(list.body.data, []);
});

test('only an instructor of the school can be assigned', async () => {
  for (const person of [school.people.office, school.people.stranger]) {
    const answer = await school.request(school.people.office, 'POST', '/api/students', {
      body: aStudent({ instructor_id: person.userId }),
    });
    assert.deepEqual([answer.status, answer.body.errors[0].pointer], [422, '/instructor_id']);
  }
});

test('a licence number is unique within a school only', async () => {
  const licence_number = 'F0000-77770-80309';
  await add({ licence_number });
  const { office, stranger } = school.people;
  const again = await school.request(office, 'POST', '/api/students', { body: aStudent({ licence_number }) });
  assert.deepEqual(
    [again.status, again.body.code, again.body.errors[0].pointer],
    [409, 'licence_number_taken', '/licence_number'],
  );
  const elsewhere = await school.request(stranger, 'POST', '/api/students', { body: aStudent({ licence_number }) });
  assert.equal(elsewhere.status, 201);
});

test('the licence number is in no answer, row or log line, except when it is revealed', async () => {
  const { id } = await add({ licence_number: 'F0000-88880-80309' });
  const { office, instructor } = school.people;
  assert.ok(!(await school.request(office, 'GET', `/api/students/${id}`)).text.includes('88880'));
  const revealed = await school.request(office, 'POST', `/api/students/${id}/licence-number/reveal`);
  assert.deepEqual(revealed.body, { data: { licence_number: 'F0000-88880-80309' } });
  assert.equal((await school.request(instructor, 'POST', `/api/students/${id}/licence-number/reveal`)).status, 403);
  const row = await school.database.kysely
    .withTables<Record<string, Record<string, string>>>()
    .selectFrom('students' as never)
    .selectAll()
    .execute();
  assert.ok(!/88880|Buffer/.test(JSON.stringify(row).replaceAll(/\{"type":"Buffer","data":\[[\d,]*\]\}/g, '')));
  assert.ok(!JSON.stringify(school.local.prepare('SELECT * FROM student_copies').all()).includes('88880'));
  await until('the reveal is logged', () =>
    lines.some((line) => line.includes('licence_number_revealed') && line.includes(id)),
  );
  assert.ok(!lines.some((line) => line.includes('88880')));
});

test('a change requires the version that was read, and is refused after another user’s change', async () => {
  const { office } = school.people;
  const { id } = await add({ phone: '416-555-0100 x1' });
  const url = `/api/students/${id}`;
  const change = (body: object, version?: string) =>
    school.request(office, 'PATCH', url, { body, headers: version === undefined ? {} : { 'if-match': version } });

  assert.equal((await change({ notes: 'x' })).status, 428);
  assert.equal((await change({ notes: 'x' }, 'three')).status, 428);
  const first = await change({ notes: 'First.', phone: '416-555-0199' }, '"1"');
  assert.equal(first.status, 200);
  assert.deepEqual(
    [
      first.body.data.notes,
      first.body.data.phone,
      first.body.data.phone_extension,
      first.body.data.version,
      first.headers['etag'],
    ],
    ['First.', '+14165550199', null, 2, '"2"'],
  );
  const second = await change({ notes: 'Second.' }, '"1"');
  assert.deepEqual([second.status, second.body.code, second.body.current_version], [412, 'student_changed', 2]);
  assert.equal((await school.request(office, 'GET', url)).body.data.notes, 'First.');
});

test('a patch changes the named fields, clears those that are null and merges the address', async () => {
  const { id } = await add({
    email: 'a@example.com',
    notes: 'Keep.',
    licence_number: 'F0000-66660-80309',
    address: { street: '1 A Street', city: 'Guelph' },
  });
  const answer = await school.request(school.people.owner, 'PATCH', `/api/students/${id}`, {
    body: { email: null, address: { postal_code: 'h0h0h0', province: 'QC' } },
    headers: { 'if-match': '"1"', 'content-type': 'application/merge-patch+json' },
  });
  assert.equal(answer.status, 200, answer.text);
  const { email, notes, address, licence_number_masked, warnings } = answer.body.data;
  assert.deepEqual(
    { email, notes, address, licence_number_masked },
    {
      email: null,
      notes: 'Keep.',
      address: { street: '1 A Street', city: 'Guelph', province: 'QC', postal_code: 'H0H 0H0' },
      licence_number_masked: 'F0000-*****-*****',
    },
  );
  assert.ok(warnings.some(({ code }: { code: string }) => code === 'outside_ontario'));
});

test('an invalid patch reports each field and changes nothing; system fields cannot be set', async () => {
  const { id } = await add();
  const answer = await school.request(school.people.office, 'PATCH', `/api/students/${id}`, {
    body: { phone: '12', version: 9, legal_family_name: null },
    headers: { 'if-match': '"1"' },
  });
  assert.equal(answer.status, 422);
  assert.deepEqual(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted(), [
    '/legal_family_name',
    '/phone',
    '/version',
  ]);
  assert.equal((await school.request(school.people.office, 'GET', `/api/students/${id}`)).body.data.version, 1);
});

test('an archived student can be read and restored, and is not in the list of active students', async () => {
  const { office } = school.people;
  const { id, legal_family_name } = await add();
  const listed = async (status: string) =>
    (await school.request(office, 'GET', `/api/students?q=${legal_family_name}&status=${status}`)).body.data.length;

  assert.equal((await school.request(office, 'POST', `/api/students/${id}/archive`)).status, 428);
  const archived = await school.request(office, 'POST', `/api/students/${id}/archive`, {
    headers: { 'if-match': '"1"' },
  });
  assert.deepEqual([archived.status, archived.body.data.status, archived.body.data.version], [200, 'archived', 2]);
  assert.deepEqual([await listed('active'), await listed('archived'), await listed('all')], [0, 1, 1]);
  assert.equal((await school.request(office, 'GET', `/api/students/${id}`)).body.data.status, 'archived');
  const restored = await school.request(office, 'POST', `/api/students/${id}/restore`, {
    headers: { 'if-match': '"2"' },
  });
  assert.deepEqual([restored.body.data.status, restored.body.data.version], ['active', 3]);
});

test('an unknown student is 404, an invalid ID is 422', async () => {
  const { office } = school.people;
  const unknown = await school.request(office, 'GET', '/api/students/018f0000-0000-7000-8000-000000000009');
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'student_not_found']);
  assert.equal((await school.request(office, 'GET', '/api/students/42')).status, 422);
  const headers = { 'if-match': '"1"' };
  assert.equal((await school.request(office, 'PATCH', '/api/students/42', { body: {}, headers })).status, 422);
});

test('instructors see only their own students; operators and other schools see none', async () => {
  const { instructor, otherInstructor, operator, stranger, owner } = school.people;
  const { id, legal_family_name } = await add({ instructor_id: instructor.userId });
  const status = async (actor: typeof owner) => (await school.request(actor, 'GET', `/api/students/${id}`)).status;
  assert.deepEqual(
    [
      await status(owner),
      await status(instructor),
      await status(otherInstructor),
      await status(operator),
      await status(stranger),
    ],
    [200, 200, 404, 403, 404],
  );
  const found = async (actor: typeof owner) =>
    (await school.request(actor, 'GET', `/api/students?q=${legal_family_name}`)).body.data?.length;
  assert.deepEqual(
    [await found(owner), await found(instructor), await found(otherInstructor), await found(stranger)],
    [1, 1, 0, 0],
  );
  const headers = { 'if-match': '"1"' };
  assert.equal(
    (await school.request(instructor, 'PATCH', `/api/students/${id}`, { body: { notes: 'x' }, headers })).status,
    403,
  );
  assert.equal(
    (await school.request(stranger, 'PATCH', `/api/students/${id}`, { body: { notes: 'x' }, headers })).status,
    404,
  );
});

test('a search finds word prefixes in names, addresses and numbers, ignoring accents and case', async () => {
  const { office } = school.people;
  const { id } = await add({
    legal_given_names: 'Marie-Ève Geneviève',
    legal_family_name: "O'Quinn Bœuf",
    preferred_name: 'Mimi',
    email: 'Meo.Quinn@example.com',
    phone: '807-555-0187',
    licence_number: 'O0000-55550-80309',
  });
  for (const q of [
    'marie',
    'EVE',
    'marie-eve',
    'marieeve',
    'gen',
    "o'quinn",
    'oquinn',
    'quinn',
    'boeuf',
    'bœ',
    'mimi',
    'meo.quinn@ex',
    'quinn mar',
    '807-555-0187',
    '(807) 555',
    '8075550187',
    '+1 807 555 0187',
    '5550187',
    '0187',
  ]) {
    const answer = await school.request(office, 'GET', `/api/students?q=${encodeURIComponent(q)}&limit=200`);
    assert.ok(
      answer.body.data.some((student: { id: string }) => student.id === id),
      q,
    );
  }
  for (const q of ['uinn', 'marie zzz', '0188 mimi', 'example', "'", "' | 'a", '%', '_', '\\', ':*', '!']) {
    const answer = await school.request(office, 'GET', `/api/students?q=${encodeURIComponent(q)}`);
    assert.equal(answer.status, 200, q);
    if (q !== 'example') assert.ok(!answer.body.data.some((student: { id: string }) => student.id === id), q);
  }
});

test('a search for a licence number is accepted in the body, never in the URL', async () => {
  const { office } = school.people;
  const { id } = await add({ licence_number: 'F0000-44440-80309' });
  const found = await school.request(office, 'POST', '/api/students/search', { body: { q: 'f0000 44440 80309' } });
  assert.deepEqual(
    found.body.data.map((student: { id: string }) => student.id),
    [id],
  );
  const other = await school.request(office, 'POST', '/api/students/search', { body: { q: 'F0000-44440-80308' } });
  assert.deepEqual(other.body.data, []);
  const inAddress = await school.request(office, 'GET', '/api/students?q=F0000-44440-80309');
  assert.deepEqual([inAddress.status, inAddress.body.code], [422, 'licence_number_in_address']);
});

test('pages have no gaps or repetitions, and a cursor is valid for one search only', async () => {
  const { office, owner } = school.people;
  for (let index = 0; index < 7; index += 1)
    await add({ legal_given_names: `Page${letters(index)}`, legal_family_name: 'Cursor' });
  const seen: string[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const answer = await school.request(office, 'GET', `/api/students?q=cursor&limit=3${query}`);
    assert.equal(answer.status, 200);
    seen.push(...answer.body.data.map((student: { display_name: string }) => student.display_name));
    cursor = answer.body.next_cursor;
    pages += 1;
  } while (cursor !== null);
  assert.equal(pages, 3);
  assert.deepEqual(
    seen,
    'abcdefg'.split('').map((letter) => `Cursor, Page${letter}`),
  );

  const first = (await school.request(office, 'GET', '/api/students?q=cursor&limit=3')).body.next_cursor;
  assert.ok(!Buffer.from(first, 'base64url').toString('latin1').toLowerCase().includes('cursor'));
  for (const url of [
    `/api/students?q=other&cursor=${first}`,
    `/api/students?q=cursor&cursor=${first.slice(0, -2)}xx`,
    '/api/students?q=cursor&cursor=x',
  ]) {
    assert.equal((await school.request(office, 'GET', url)).status, 422, url);
  }
  // Owner and office see the same students, so the same pages.
  assert.equal((await school.request(owner, 'GET', `/api/students?q=cursor&cursor=${first}`)).status, 200);
  assert.equal((await school.request(office, 'GET', '/api/students?limit=0')).status, 422);
  assert.equal((await school.request(office, 'GET', '/api/students?limit=201')).status, 422);
});

test('requests with the same key and body take effect once, even when sent concurrently', async () => {
  const { office, owner } = school.people;
  const body = aStudent();
  const headers = { 'idempotency-key': 'once-and-never-again' };
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => school.request(office, 'POST', '/api/students', { body, headers })),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 201, 201, 201],
  );
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  school.wallClock.advance({ minutes: 1 });
  const later = await school.request(office, 'POST', '/api/students', { body, headers });
  assert.deepEqual([later.status, later.text], [201, answers[0]?.text], 'as_of is the time of the change');
  const { legal_family_name } = body as { legal_family_name: string };
  const found = (await school.request(office, 'GET', `/api/students?q=${legal_family_name}`)).body.data.length;
  assert.equal(found, 1);

  const reused = await school.request(office, 'POST', '/api/students', { body: aStudent(), headers });
  assert.deepEqual([reused.status, reused.body.code], [422, 'idempotency_key_reused']);
  // Keys of different users are independent.
  assert.equal((await school.request(owner, 'POST', '/api/students', { body: aStudent(), headers })).status, 201);
});

test('an answer stored by an earlier release is repeated, with the fields added later', async () => {
  const { office } = school.people;
  const body = aStudent();
  const request = { body, headers: { 'idempotency-key': 'before the update' } };
  const first = await school.request(office, 'POST', '/api/students', request);
  await sql`UPDATE idempotency_keys SET answer = answer::jsonb #- '{student,updated_by_name}' #- '{asOf}' WHERE key = 'before the update'`.execute(
    school.database.kysely,
  );

  const again = await school.request(office, 'POST', '/api/students', request);

  assert.equal(again.status, 201, again.text);
  assert.deepEqual(again.body.data, { ...first.body.data, updated_by_name: null });
});

test('a refused request leaves its key unused', async () => {
  const { office } = school.people;
  const headers = { 'idempotency-key': 'second-thoughts' };
  const { id } = await add({ licence_number: 'F0000-33330-80309' });
  const refused = await school.request(office, 'POST', '/api/students', {
    body: aStudent({ licence_number: 'F0000-33330-80309' }),
    headers,
  });
  assert.equal(refused.status, 409);
  assert.equal((await school.request(office, 'POST', '/api/students', { body: aStudent(), headers })).status, 201);
  const change = { body: { notes: 'Once.' }, headers: { 'if-match': '"1"', 'idempotency-key': 'note' } };
  const answers = [
    await school.request(office, 'PATCH', `/api/students/${id}`, change),
    await school.request(office, 'PATCH', `/api/students/${id}`, change),
  ];
  assert.deepEqual(
    answers.map(({ status, body }) => [status, body.data?.version]),
    [
      [200, 2],
      [200, 2],
    ],
  );
});

test('a student with the name and birth date of another is saved with a warning', async () => {
  const twin = { legal_given_names: 'Same', legal_family_name: 'Person' };
  assert.ok(!(await add(twin)).warnings.some(({ code }: { code: string }) => code === 'possible_duplicate'));
  assert.ok((await add(twin)).warnings.some(({ code }: { code: string }) => code === 'possible_duplicate'));
});

test('invisible characters are refused in every text field, and nothing is stored', async () => {
  const { office } = school.people;
  const { id } = await add();
  const texts = ['legal_given_names', 'legal_family_name', 'preferred_name', 'licence_sighted_by', 'notes', 'email'];
  const parsed = ['birth_date', 'phone', 'phone_extension', 'licence_number', 'licence_class', 'instructor_id'];
  for (const hidden of ['\u0000', '\u0007', '\u001B', '\u202E', '\u2066', '\u200B', '\uD800', '\uE000']) {
    const text = `Ann${hidden}e`;
    const fields = Object.fromEntries([...texts, ...parsed].map((name) => [name, text]));
    const answer = await school.request(office, 'PATCH', `/api/students/${id}`, {
      body: { ...fields, address: { street: text, city: text, postal_code: text, province: text } },
      headers: { 'if-match': '"1"', 'idempotency-key': `hidden ${hidden.codePointAt(0)}` },
    });
    const pointers = answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted();
    assert.deepEqual(
      [answer.status, pointers],
      [
        422,
        [
          ...[...texts, ...parsed].map((name) => `/${name}`),
          ...['city', 'postal_code', 'province', 'street'].map((name) => `/address/${name}`),
        ].toSorted(),
      ],
      JSON.stringify(hidden),
    );
    const search = await school.request(office, 'POST', '/api/students/search', { body: { q: `${text}@example.com` } });
    assert.deepEqual([search.status, search.body.errors[0].pointer], [422, '/q'], JSON.stringify(hidden));
    const inAddress = await school.request(
      office,
      'GET',
      `/api/students?q=${encodeURIComponent(`a${hidden.toWellFormed()}@b`)}`,
    );
    assert.ok(inAddress.status === 422 || inAddress.status === 200, `${inAddress.status}`);
  }
  assert.equal((await school.request(office, 'GET', `/api/students/${id}`)).body.data.version, 1);
});

test('a body nested thousands of levels deep is refused, with and without a key', async () => {
  const { office } = school.people;
  const { id } = await add();
  const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
  for (const key of [{}, { 'idempotency-key': 'deep' }]) {
    for (const [method, url] of [
      ['PATCH', `/api/students/${id}`],
      ['POST', '/api/students'],
    ] as const) {
      const headers = { 'if-match': '"1"', 'content-type': 'application/json', ...key };
      const body = `{"notes":${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}}`;
      assert.equal((await school.request(office, method, url, { body, headers })).status, 400);
      // Valid JSON that is not an address.
      const address = { body: { notes: 'x', address: nested(20) }, headers };
      assert.equal((await school.request(office, method, url, address)).status, 422);
    }
  }
  assert.equal((await school.request(office, 'GET', `/api/students/${id}`)).body.data.version, 1);
});

test('a list has a total and can be sorted by time and filtered by instructor', async () => {
  const { office, owner, instructor } = school.people;
  const made: { id: string; legal_family_name: string }[] = [];
  for (const name of ['Sortb', 'Sorta', 'Sortc']) made.push(await add({ legal_family_name: name }));
  const [b, a, c] = made;
  const headers = { 'if-match': '"1"' };
  await school.request(owner, 'PATCH', `/api/students/${a?.id}`, {
    body: { instructor_id: instructor.userId },
    headers,
  });
  const list = async (query: string) => (await school.request(office, 'GET', `/api/students?q=sort&${query}`)).body;
  const names = async (query: string): Promise<string[]> =>
    (await list(query)).data.map(({ id }: { id: string }) => made.find((one) => one.id === id)?.legal_family_name);

  assert.deepEqual(await names('sort=name'), ['Sorta', 'Sortb', 'Sortc']);
  assert.deepEqual(await names('sort=updated'), ['Sorta', 'Sortc', 'Sortb']);
  assert.deepEqual(await names('sort=created'), ['Sortc', 'Sorta', 'Sortb']);
  assert.deepEqual(await names(`instructor_id=${instructor.userId}`), ['Sorta']);
  assert.deepEqual(await names('instructor_id=none'), ['Sortb', 'Sortc']);
  assert.equal((await school.request(office, 'GET', '/api/students?instructor_id=nobody')).status, 422);

  const first = await list('sort=updated&limit=2');
  const second = await list(`sort=updated&limit=2&cursor=${first.next_cursor}`);
  assert.deepEqual([first.total, second.total, second.data[0].id, second.next_cursor], [3, null, b?.id, null]);
  assert.equal((await school.request(office, 'GET', `/api/students?q=sort&cursor=${first.next_cursor}`)).status, 422);
  assert.equal(c?.legal_family_name, 'Sortc');
});

test('students with the same time of change are listed without gaps or repetitions', async () => {
  const { office } = school.people;
  const rows = Array.from({ length: 30 }, (_, index) => `Instant${letters(index)},2008-03-09`);
  const csv = `legal_family_name,birth_date\n${rows.join('\n')}\n`;
  assert.equal((await school.request(office, 'POST', '/api/students/import', { body: csv })).status, 200);
  const seen = new Set<string>();
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? '' : `&cursor=${cursor}`;
    const { body } = await school.request(office, 'GET', `/api/students?q=instant&sort=updated&limit=7${more}`);
    for (const { id } of body.data) seen.add(id);
    cursor = body.next_cursor;
  } while (cursor !== null);
  assert.equal(seen.size, 30);
});

test('a postal code is found with and without its space, and by its first half', async () => {
  const { office } = school.people;
  const { id } = await add({ address: { postal_code: 'K1A 0B1' } });
  for (const q of ['K1A 0B1', 'k1a0b1', 'K1A']) {
    const { body } = await school.request(office, 'GET', `/api/students?q=${encodeURIComponent(q)}`);
    assert.deepEqual(
      body.data.map((student: { id: string }) => student.id),
      [id],
      q,
    );
  }
});

test('a record has the name of the user who last changed it', async () => {
  const { office, owner } = school.people;
  const added = await add();
  assert.equal(added.updated_by_name, 'Otto Office');
  const headers = { 'if-match': '"1"' };
  const changed = await school.request(owner, 'PATCH', `/api/students/${added.id}`, { body: { notes: 'x' }, headers });
  const read = await school.request(office, 'GET', `/api/students/${added.id}`);
  assert.deepEqual([changed.body.data.updated_by_name, read.body.data.updated_by_name], ['Olive Owner', 'Olive Owner']);
});

test('the API documentation has every route of students', async () => {
  const answer = await school.request(school.people.office, 'GET', '/api/openapi.json');
  assert.equal(answer.status, 200);
  const paths = Object.keys(answer.body.paths).filter((path) => path.startsWith('/api/students'));
  assert.deepEqual(paths.toSorted(), [
    '/api/students',
    '/api/students/import',
    '/api/students/import/template',
    '/api/students/search',
    '/api/students/{student_id}',
    '/api/students/{student_id}/archive',
    '/api/students/{student_id}/licence-number/reveal',
    '/api/students/{student_id}/restore',
  ]);
});
