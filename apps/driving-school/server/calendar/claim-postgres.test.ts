import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { DatabaseTransaction } from '../platform/database/handle.ts';
import { skipWithoutPostgres, startPostgres, type TestPostgres } from '../platform/database/testing/postgres.ts';
import { testDatabase, type TestDatabase } from '../platform/database/testing/test-database.ts';
import { claim, dropClaims, lockResources, setClaimsActive } from './calendar.ts';
import { attempt, book, claimsFor, counted, overlaps, theSchool } from './testing/claims.ts';

// The embedded database runs one transaction at a time; overlapping ones need a server.
const skip = skipWithoutPostgres();
let postgres: TestPostgres;
let database: TestDatabase;
let schoolId: string;
before(async () => {
  if (skip !== false) return;
  postgres = await startPostgres();
  database = await testDatabase({ url: await postgres.createDatabase('claims') });
  schoolId = await theSchool(database.kysely);
});
after(async () => {
  await database?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
/** Numbers from 0 up to `below`, the same in every run. */
function draws(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('of many overlapping bookings of one resource, one is made and none fails otherwise', { skip }, async () => {
  for (let round = 0; round < 5; round += 1) {
    const car = randomUUID();
    const results = await times(10, (index) =>
      book(database.kysely, schoolId, [randomUUID(), car], [index, 60 + index]),
    );
    assert.deepEqual(counted(results.map(({ result }) => result)), { done: 1, taken: 9 });
  }
});

test('bookings of several resources in any order never deadlock', { skip }, async () => {
  const resources = Array.from({ length: 6 }, () => randomUUID());
  const draw = draws(7);
  const results: string[] = [];
  await times(10, async () => {
    for (let count = 0; count < 20; count += 1) {
      const wanted = [...resources].sort(() => draw(3) - 1).slice(0, 3);
      const from = draw(600);
      results.push((await book(database.kysely, schoolId, wanted, [from, from + 60])).result);
    }
  });
  const { done = 0, taken = 0, ...others } = counted(results);
  assert.deepEqual(others, {});
  assert.ok(done > 0 && taken > 0, `${done} made, ${taken} refused`);
  assert.equal(await overlaps(database.kysely), 0);
});

test('random bookings, moves, cancellations and their undo at once: no overlap, no deadlock', { skip }, async () => {
  const resources = Array.from({ length: 5 }, () => randomUUID());
  const draw = draws(11);
  const wanted = (): string[] => [...resources].sort(() => draw(3) - 1).slice(0, 2);
  const lessons: { readonly sourceId: string; resourceIds: readonly string[] }[] = [];
  const results: string[] = [];
  const change = async (): Promise<void> => {
    const [choice, from] = [draw(4), draw(900)];
    const lesson = lessons[draw(lessons.length)];
    if (choice === 0 || lesson === undefined) {
      const resourceIds = wanted();
      const { sourceId, result } = await book(database.kysely, schoolId, resourceIds, [from, from + 45]);
      if (result === 'done') lessons.push({ sourceId, resourceIds });
      results.push(result);
    } else if (choice === 1) {
      const resourceIds = wanted();
      const move = async (transaction: DatabaseTransaction): Promise<void> => {
        await lockResources(transaction, [...lesson.resourceIds, ...resourceIds]);
        await dropClaims(transaction, [lesson.sourceId]);
        await claim(transaction, schoolId, claimsFor(lesson.sourceId, resourceIds, from, from + 45));
      };
      const result = await attempt(database.kysely, move);
      // Two moves of one lesson at once meet at its primary key; the lessons' slice locks the lesson first.
      results.push(result === '23505' ? 'taken' : result);
      if (result === 'done') lesson.resourceIds = resourceIds;
    } else {
      const work = (transaction: DatabaseTransaction) => setClaimsActive(transaction, [lesson.sourceId], choice === 3);
      results.push(await attempt(database.kysely, work));
    }
  };
  const worker = async (): Promise<void> => {
    for (let count = 0; count < 30; count += 1) await change();
  };
  await times(10, worker);
  const { done = 0, taken = 0, ...others } = counted(results);
  assert.deepEqual(others, {});
  assert.ok(done > 50 && taken > 50, `${done} made, ${taken} refused`);
  assert.equal(await overlaps(database.kysely), 0);
});
