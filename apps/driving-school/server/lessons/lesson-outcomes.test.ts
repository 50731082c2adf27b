import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import type { ApplicationDatabase } from '../platform/database/database.ts';
import type { HttpServer } from '../platform/http/http.ts';
import type { Answer } from '../students/testing/test-school.ts';
import { createLessons, registerLessons } from './lessons.ts';
import { lessonsOptions, testBook, type TestBook } from './testing/test-book.ts';

type Kysely = ApplicationDatabase['kysely'];

/** Routes of lessons whose connection to the database fails on demand. */
interface Failing {
  readonly app: HttpServer;
  /** The next commit takes place, but its answer is lost, and the database stays unreachable. */
  loseNextCommit(): void;
  reconnect(): void;
}

function failing(book: TestBook): Failing {
  let state: 'connected' | 'losing' | 'gone' = 'connected';
  const { kysely } = book.school.database;
  const transaction = () => ({
    async execute<T>(work: Parameters<ReturnType<Kysely['transaction']>['execute']>[0]): Promise<T> {
      if (state === 'gone') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      const result = await kysely.transaction().execute(work);
      if (state === 'losing') {
        state = 'gone';
        throw new Error('Connection terminated unexpectedly');
      }
      return result as T;
    },
  });
  const { app } = book.school.restarted();
  const options = lessonsOptions(book);
  const database = withMember(options.database, 'kysely', withMember(kysely, 'transaction', transaction));
  registerLessons(app, createLessons({ ...options, database }).service);
  return {
    app,
    loseNextCommit: () => void (state = 'losing'),
    reconnect: () => void (state = 'connected'),
  };
}

function withMember<T extends object>(target: T, name: keyof T, member: unknown): T {
  return new Proxy(target, {
    get(of, asked) {
      if (asked === name) return member;
      const value: unknown = Reflect.get(of, asked, of);
      return typeof value === 'function' ? (value.bind(of) as unknown) : value;
    },
  });
}

const bookWith = (book: TestBook, app: HttpServer, headers: Record<string, string> = {}): Promise<Answer> =>
  book.school.request(book.office, 'POST', '/api/lessons', { app, headers, body: book.lesson() });

const lessonIds = async ({ school }: TestBook): Promise<string[]> => {
  const { rows } = await sql<{ id: string }>`SELECT id FROM lessons`.execute(school.database.kysely);
  return rows.map(({ id }) => id);
};

test('B7: when the answer to the commit is lost, the outcome is unknown, and the same key settles it', async () => {
  await using book = await testBook();
  const { app, loseNextCommit, reconnect } = failing(book);
  const key = { 'idempotency-key': 'book Zoé on Monday' };
  loseNextCommit();
  const lost = await bookWith(book, app, key);
  assert.deepEqual([lost.status, lost.body.code], [503, 'outcome_unknown'], lost.text);
  assert.match(lost.body.detail, /same Idempotency-Key/);
  assert.ok(Number(lost.headers['retry-after']) > 0);
  const [id] = await lessonIds(book);
  reconnect();
  const settled = await bookWith(book, app, key);
  assert.deepEqual([settled.status, settled.body.data?.id], [201, id], settled.text);
  assert.deepEqual(await lessonIds(book), [id]);
});

test('without a key, a booking whose commit was not answered is never repeated', async () => {
  await using book = await testBook();
  const { app, loseNextCommit } = failing(book);
  loseNextCommit();
  const lost = await bookWith(book, app);
  assert.deepEqual([lost.status, lost.body.code], [503, 'outcome_unknown'], lost.text);
  assert.match(lost.body.detail, /Check whether the change is there/);
  assert.equal((await lessonIds(book)).length, 1);
});

// 40P01: deadlock_detected, 40001: serialization_failure. The database has rolled the transaction back.
for (const state of ['40P01', '40001']) {
  test(`a booking that the database ends with ${state} is repeated as a whole, also without a key`, async () => {
    await using book = await testBook();
    // A sequence counts on although its transaction is rolled back.
    await sql.raw('CREATE SEQUENCE ends').execute(book.school.database.kysely);
    await sql
      .raw(
        `CREATE FUNCTION end_once() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           IF nextval('ends') = 1 THEN RAISE EXCEPTION 'scripted' USING ERRCODE = '${state}'; END IF;
           RETURN NEW;
         END $$`,
      )
      .execute(book.school.database.kysely);
    await sql
      .raw('CREATE TRIGGER end_once BEFORE INSERT ON lesson_steps FOR EACH ROW EXECUTE FUNCTION end_once()')
      .execute(book.school.database.kysely);
    try {
      const booked = await book.book();
      assert.equal(booked.status, 201, booked.text);
      const { rows } = await sql<{ n: number }>`SELECT nextval('ends')::int AS n`.execute(book.school.database.kysely);
      assert.equal(rows[0]?.n, 3);
      assert.deepEqual(await lessonIds(book), [booked.body.data.id]);
    } finally {
      // Other tests share the database.
      await sql.raw('DROP TRIGGER end_once ON lesson_steps').execute(book.school.database.kysely);
      await sql.raw('DROP FUNCTION end_once').execute(book.school.database.kysely);
      await sql.raw('DROP SEQUENCE ends').execute(book.school.database.kysely);
    }
  });
}
