import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { FoundLesson, FoundStudent, SearchAnswer } from '../../contract/search.ts';
import type { Actor } from '../../contract/session.ts';
import { skipWithoutPostgres, startPostgres } from '../platform/database/testing/postgres.ts';
import { sharedDatabase, testDatabase, type TestDatabase } from '../platform/database/testing/test-database.ts';
import { bookNow, openBook, type Book } from '../testing/book.ts';

let database: TestDatabase;
let book: Book;
const ids = new Map<string, string>();
before(async () => {
  database = await sharedDatabase();
  book = await openBook(database);
  await addStudents(book);
});
after(async () => {
  await book[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  book.setDown(false);
  book.wallClock.set(bookNow);
  await book.sql.deleteFrom('resource_claims').execute();
  await book.sql.deleteFrom('lessons').execute();
});

async function addStudents(school: Book): Promise<void> {
  const { instructor, otherInstructor } = school.people;
  const people: readonly (readonly [string, Record<string, unknown>])[] = [
    [
      'zoe',
      {
        legal_given_names: 'Zoé',
        legal_family_name: 'Tremblay',
        phone: '416-555-0123',
        email: 'zoe.t@example.ca',
        instructor_id: instructor.userId,
      },
    ],
    [
      'alice',
      {
        legal_given_names: 'Alice',
        legal_family_name: 'Tremblay',
        phone: '416-555-0199',
        instructor_id: otherInstructor.userId,
      },
    ],
    ['trempe', { legal_given_names: 'Luc', legal_family_name: 'Trempe' }],
    ['mac', { legal_given_names: 'Ewan', legal_family_name: 'MacDonald', phone: '647-555-0142' }],
    [
      'john',
      {
        legal_given_names: 'John',
        legal_family_name: 'Smith',
        licence_number: 'S5403-40706-56216',
        licence_class: 'G2',
      },
    ],
    ['anh', { legal_given_names: 'Ngọc Ánh', legal_family_name: 'Nguyễn', preferred_name: 'Annie' }],
  ];
  for (const [key, fields] of people) ids.set(key, await school.addStudent(fields));
}

async function search(q: string, actor: Actor = book.people.office, from: Book = book): Promise<SearchAnswer> {
  const { status, body, text } = await from.request(actor, 'POST', '/api/search', { body: { q } });
  assert.equal(status, 200, text);
  return body;
}

const keyOf = (id: string): string => [...ids].find(([, known]) => known === id)?.[0] ?? id;
const students = ({ data }: SearchAnswer): string[] => data.students.map(({ id }) => keyOf(id));
const match = ({ match: { kind, field } }: FoundStudent | FoundLesson): string => `${kind} ${field}`;

describe('students', () => {
  test('are found by name with typing errors', async () => {
    for (const [q, expected] of [
      ['trembley', 'zoe'],
      ['Tramblay', 'zoe'],
      ['macdonld', 'mac'],
      ['mcdonald', 'mac'],
      ['nguyn', 'anh'],
      ['jhon', 'john'],
      ['smtih', 'john'],
    ] as const) {
      const found = await search(q);
      assert.ok(students(found).includes(expected), `${q}: ${students(found).join()}`);
      assert.equal(match(found.data.students[0] ?? assert.fail(q)), 'similar name', q);
    }
  });

  test('whole names come before beginnings, and these before similar names', async () => {
    await book.addStudent({ legal_given_names: 'Marc', legal_family_name: 'Tremblayson' });
    await book.addStudent({ legal_given_names: 'Paul', legal_family_name: 'Trembley' });
    const { data } = await search('tremblay');

    assert.deepEqual(
      data.students.map((student) => [student.display_name, match(student)]),
      [
        ['Tremblay, Alice', 'exact name'],
        ['Tremblay, Zoé', 'exact name'],
        ['Tremblayson, Marc', 'prefix name'],
        ['Trembley, Paul', 'similar name'],
      ],
    );
  });

  test('are found by several words in any order, accents and typing errors aside', async () => {
    for (const q of ['zoe tremblay', 'Tremblay, Zoé', 'tremb zo', 'zoe trembley', 'trembley zoe']) {
      assert.deepEqual(students(await search(q)).slice(0, 1), ['zoe'], q);
    }
    assert.deepEqual(students(await search('annie')), ['anh']);
  });

  test('are found by telephone number in any spelling, and by its last digits', async () => {
    for (const q of [
      '416-555-0123',
      '(416) 555 0123',
      '+1 416.555.0123',
      '14165550123',
      '4165550123 ext. 7',
      '5550123',
      '555-0123',
      '0123',
      '50123',
      '123',
      '416555012',
    ]) {
      const found = await search(q);
      assert.deepEqual(students(found), ['zoe'], q);
      assert.match(match(found.data.students[0] ?? assert.fail(q)), /phone/, q);
    }
  });

  test('are found by e-mail address', async () => {
    const found = await search('zoe.t@exa');
    assert.deepEqual([students(found), match(found.data.students[0] ?? assert.fail())], [['zoe'], 'prefix email']);
  });

  test('a text without letters and digits finds nothing', async () => {
    for (const q of ['', '   ', '%', '_', "'", '\\', '🙂', '()', '&|!:*']) {
      assert.deepEqual((await search(q)).data, { students: [], lessons: [] }, q);
    }
  });

  test('at most eight are answered, active students first', async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        book.addStudent({
          legal_given_names: `Quinn ${String.fromCharCode(65 + index)}`,
          legal_family_name: 'Abernathy',
        }),
      ),
    );
    const first = made[0] ?? assert.fail();
    await book.sql.updateTable('students').set({ status: 'archived' }).where('id', '=', first).execute();

    const { data } = await search('abern');

    assert.equal(data.students.length, 8);
    assert.ok(data.students.every(({ status, id }) => status === 'active' && id !== first));
  });

  test('a licence number is searched in the body only, by the office, and recorded', async () => {
    const number = 'S5403-40706-56216';
    assert.deepEqual(students(await search(number)), ['john']);
    const recorded = await book.sql
      .selectFrom('audit_entries')
      .select('action')
      .where('action', '=', 'licence.searched')
      .execute();
    assert.equal(recorded.length, 1);

    const inUrl = await book.request(book.people.office, 'GET', `/api/search?q=${number}`);
    assert.equal(inUrl.status, 422);
    const byInstructor = await book.request(book.people.instructor, 'POST', '/api/search', { body: { q: number } });
    assert.equal(byInstructor.status, 403);
  });
});

describe('lessons', () => {
  const lesson = (startsAt: string, columns: Record<string, unknown> = {}, key = 'zoe', instructorId?: string) =>
    book.addLesson({
      studentId: ids.get(key) ?? assert.fail(key),
      startsAt,
      columns,
      withClaims: false,
      ...(instructorId === undefined ? {} : { instructorId }),
    });

  test('are found by short code, however it is typed', async () => {
    const id = await lesson('2026-03-09T13:00:00Z', { short_code: 'L-7K3F' });
    await lesson('2026-03-10T13:00:00Z', { short_code: 'L-9999' });
    for (const q of ['L-7K3F', '7k3f', 'l7k3f', 'l 7k3f', '1-7K3F', '7k3', 'L-7k']) {
      const { data } = await search(q);
      assert.deepEqual(
        data.lessons.map((hit) => hit.id),
        [id],
        q,
      );
    }
    const { data } = await search('L-7O3F');
    assert.deepEqual(data.lessons.map(match), ['similar short_code'], 'a character that is in no code');
    const [hit] = (await search('7k3f')).data.lessons;
    assert.deepEqual(
      { ...hit, id: undefined, student_id: undefined, instructor_id: undefined },
      {
        id: undefined,
        short_code: 'L-7K3F',
        student_id: undefined,
        student_name: 'Zoé Tremblay',
        instructor_id: undefined,
        instructor_name: 'Ines Instructor',
        type: 'private',
        status: 'booked',
        starts_at: '2026-03-09T13:00:00.000Z',
        local_start: '2026-03-09T09:00',
        local_date: '2026-03-09',
        time_zone: 'America/Toronto',
        minutes: 60,
        match: { kind: 'exact', field: 'short_code' },
      },
    );
  });

  test('of a student that is found, the next five that are booked are shown', async () => {
    await lesson('2026-03-01T13:00:00Z');
    await lesson('2026-03-08T13:00:00Z', { status: 'cancelled' });
    const next: string[] = [];
    for (const day of [20, 10, 12, 11, 13, 14]) next.push(await lesson(`2026-03-${day}T13:00:00Z`));

    const { data } = await search('zoe');

    assert.deepEqual(
      data.lessons.map(({ local_date }) => local_date),
      ['2026-03-10', '2026-03-11', '2026-03-12', '2026-03-13', '2026-03-14'],
    );
    assert.equal(match(data.lessons[0] ?? assert.fail()), 'exact student');
  });

  test('cancelled lessons are found by code, and say so', async () => {
    await lesson('2026-03-09T13:00:00Z', { short_code: 'L-7K3F', status: 'cancelled' });
    assert.deepEqual(
      (await search('7k3f')).data.lessons.map(({ status }) => status),
      ['cancelled'],
    );
  });
});

describe('who finds what', () => {
  test('instructors find only their own students and lessons', async () => {
    const { instructor, otherInstructor, owner } = book.people;
    const zoe = ids.get('zoe') ?? assert.fail();
    await book.addLesson({ studentId: zoe, startsAt: '2026-03-09T13:00:00Z', columns: { short_code: 'L-AAAA' } });
    await book.addLesson({
      studentId: zoe,
      startsAt: '2026-03-10T13:00:00Z',
      instructorId: otherInstructor.userId,
      columns: { short_code: 'L-AAAB' },
    });

    assert.deepEqual(students(await search('tremblay', instructor)), ['zoe']);
    assert.deepEqual(students(await search('tramblay', otherInstructor)), ['alice']);
    assert.deepEqual(students(await search('0123', otherInstructor)), []);
    const codes = async (actor: Actor) =>
      (await search('L-AAA', actor)).data.lessons.map(({ short_code }) => short_code);
    assert.deepEqual(await codes(instructor), ['L-AAAA']);
    assert.deepEqual(await codes(otherInstructor), ['L-AAAB']);
    assert.deepEqual(await codes(owner), ['L-AAAA', 'L-AAAB']);
  });

  test('other schools find nothing, operators are refused', async () => {
    const { stranger, operator } = book.people;
    await book.addLesson({
      studentId: ids.get('zoe') ?? assert.fail(),
      startsAt: '2026-03-09T13:00:00Z',
      columns: { short_code: 'L-7K3F' },
    });

    for (const q of ['tremblay', 'trembley', '0123', '7k3f']) {
      assert.deepEqual((await search(q, stranger)).data, { students: [], lessons: [] }, q);
    }
    assert.equal((await book.request(operator, 'GET', '/api/search?q=zoe')).status, 403);
  });

  test('GET and POST answer the same', async () => {
    const got = await book.request(book.people.office, 'GET', '/api/search?q=trembley');
    assert.deepEqual(got.body.data, (await search('trembley')).data);
    assert.equal(got.headers['x-data-source'], 'live');
    assert.equal((await book.request(book.people.office, 'GET', '/api/search')).status, 422);
    assert.equal((await book.request(book.people.office, 'GET', `/api/search?q=${'x'.repeat(101)}`)).status, 422);
  });
});

describe('while the database is down', () => {
  test('the copies of students are searched, and the answer says so', async () => {
    const { office, otherInstructor } = book.people;
    await book.request(office, 'GET', `/api/students/${ids.get('zoe')}`);
    book.setDown(true);
    book.wallClock.advance({ hours: 1 });

    const found = await search('zoe tremb');

    assert.deepEqual([students(found), found.stale, found.complete], [['zoe'], true, false]);
    assert.equal(found.as_of, '2026-03-02T17:00:00.000Z');
    assert.deepEqual(match(found.data.students[0] ?? assert.fail()), 'prefix name');
    assert.deepEqual(students(await search('0123')), ['zoe']);
    assert.deepEqual(students(await search('tremb', otherInstructor)), ['alice']);
  });
});

const skip = skipWithoutPostgres();
test('a PostgreSQL server finds the same', { skip }, async () => {
  await using postgres = await startPostgres();
  await using external = await testDatabase({ url: await postgres.createDatabase('school') });
  await using there = await openBook(external);
  ids.clear();
  await addStudents(there);
  await there.addLesson({
    studentId: ids.get('zoe') ?? assert.fail(),
    startsAt: '2026-03-09T13:00:00Z',
    columns: { short_code: 'L-7K3F' },
  });

  for (const [q, expected] of [
    ['trembley', 'zoe'],
    ['macdonld', 'mac'],
    ['jhon', 'john'],
    ['0142', 'mac'],
    ['nguyen', 'anh'],
  ] as const) {
    assert.ok(students(await search(q, there.people.office, there)).includes(expected), q);
  }
  assert.equal((await search('l7k3f', there.people.office, there)).data.lessons.length, 1);
});
