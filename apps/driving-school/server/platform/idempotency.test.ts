import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Kysely, sql, type Transaction } from 'kysely';
import { sharedDatabase, type TestDatabase } from './database/testing/test-database.ts';
import { Idempotency } from './idempotency.ts';

let database: TestDatabase;
let person: { readonly schoolId: string; readonly actorId: string };
const idempotency = new Idempotency({ derive: () => Buffer.alloc(32, 1) });

before(async () => {
  database = await sharedDatabase();
  const tables: Kysely<{ users: { id: string; school_id: string } }> = database.kysely;
  const { id, school_id } = await tables.selectFrom('users').select(['id', 'school_id']).executeTakeFirstOrThrow();
  person = { schoolId: school_id, actorId: id };
});
after(() => database[Symbol.asyncDispose]());

let worked = 0;
const work = async () => {
  worked += 1;
  return { zebra: worked, apple: [null, 'é'] };
};
const once = (key: string, request: unknown = { a: 1 }, doing: () => Promise<unknown> = work) =>
  database.kysely
    .transaction()
    .execute((transaction: Transaction<Record<string, never>>) =>
      idempotency.once(transaction, { ...person, key, operation: 'test', request }, doing),
    );

test('the second request gets exactly the answer of the first, and the work is not repeated', async () => {
  const key = randomUUID();
  const first = await once(key);
  const workedBefore = worked;
  const second = await once(key);
  assert.deepEqual([first.repeated, second.repeated, worked], [false, true, workedBefore]);
  assert.equal(JSON.stringify(second.answer), JSON.stringify(first.answer));
});

test('requests that differ only in the order of members are equal', async () => {
  const key = randomUUID();
  await once(key, { a: 1, b: { c: 2, d: [3, 4] } });
  assert.equal((await once(key, { b: { d: [3, 4], c: 2 }, a: 1 })).repeated, true);
  for (const other of [{ a: 1 }, { a: 1, b: { c: 2, d: [4, 3] } }, { a: '1', b: { c: 2, d: [3, 4] } }, null]) {
    await assert.rejects(once(key, other), { code: 'IDEMPOTENCY_KEY_REUSED' });
  }
});

test('a body that is nested too deeply is refused before any work', async () => {
  const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
  const workedBefore = worked;
  for (const levels of [33, 50_000]) {
    await assert.rejects(once(randomUUID(), nested(levels)), { code: 'REQUEST_TOO_DEEP' });
  }
  assert.equal(worked, workedBefore);
  assert.equal((await once(randomUUID(), nested(32))).repeated, false);
});

test('failed work leaves the key unused', async () => {
  const key = randomUUID();
  const fail = async (): Promise<never> => {
    throw new Error('no');
  };
  await assert.rejects(once(key, {}, fail), { message: 'no' });
  assert.equal((await once(key, {})).repeated, false);
});

test('of many concurrent requests, one does the work', async () => {
  const key = randomUUID();
  const workedBefore = worked;
  const answers = await Promise.all(Array.from({ length: 8 }, () => once(key)));
  assert.equal(worked, workedBefore + 1);
  assert.equal(answers.filter(({ repeated }) => !repeated).length, 1);
});

test('answers are deleted after a week', async () => {
  const [old, fresh] = [randomUUID(), randomUUID()];
  await once(old);
  await once(fresh);
  await sql`UPDATE idempotency_keys SET created_at = now() - interval '7 days 1 minute' WHERE key = ${old}`.execute(
    database.kysely,
  );
  assert.equal(await idempotency.forgetOld(database.kysely), 1);
  assert.deepEqual([(await once(old)).repeated, (await once(fresh)).repeated], [false, true]);
});

test('beyond the limit the oldest answers are deleted, but none from the last day', async () => {
  await sql`DELETE FROM idempotency_keys`.execute(database.kysely);
  const keys = ['6 days', '5 days', '2 days', '23 hours', '1 minute'];
  for (const age of keys) {
    await once(age);
    await sql`UPDATE idempotency_keys SET created_at = now() - ${age}::interval WHERE key = ${age}`.execute(
      database.kysely,
    );
  }
  const kept = async (): Promise<string[]> => {
    const { rows } = await sql<{ key: string }>`SELECT key FROM idempotency_keys ORDER BY created_at`.execute(
      database.kysely,
    );
    return rows.map(({ key }) => key);
  };

  assert.equal(await idempotency.forgetOld(database.kysely, 5), 0);
  assert.equal(await idempotency.forgetOld(database.kysely, 3), 2);
  assert.deepEqual(await kept(), ['2 days', '23 hours', '1 minute']);
  assert.equal(await idempotency.forgetOld(database.kysely, 1), 1);
  assert.deepEqual(await kept(), ['23 hours', '1 minute']);
});
