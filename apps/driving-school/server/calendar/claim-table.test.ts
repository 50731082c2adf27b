import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { sharedDatabase, type TestDatabase } from '../platform/database/testing/test-database.ts';
import { claimsBetween, dropClaims, setClaimsActive } from './calendar.ts';
import { attempt, book, claimsFor, counted, minuteMs, overlaps, start, theSchool } from './testing/claims.ts';

let database: TestDatabase;
let schoolId: string;
before(async () => {
  database = await sharedDatabase();
  schoolId = await theSchool(database.kysely);
});
after(() => database[Symbol.asyncDispose]());

const take = (resourceIds: readonly string[], period: readonly [number, number], sourceId?: string) =>
  book(database.kysely, schoolId, resourceIds, period, sourceId);

test('touching periods of one resource do not overlap; a common minute does', async () => {
  const car = randomUUID();
  const results = [];
  for (const period of [
    [0, 60],
    [60, 120],
    [-60, 0],
    [59, 61],
    [0, 1],
    [-10, 200],
    [30, 31],
  ] as const) {
    results.push((await take([car], period)).result);
  }
  assert.deepEqual(results, ['done', 'done', 'done', 'taken', 'taken', 'taken', 'taken']);
});

test('a refused booking leaves no claim, also not of its free resources', async () => {
  const [busy, free] = [randomUUID(), randomUUID()];
  await take([busy], [0, 60]);
  assert.equal((await take([free, busy], [30, 90])).result, 'taken');
  assert.equal((await take([free], [30, 90])).result, 'done');
});

test('freeing a booking frees exactly its periods, and taking it back is refused while someone else has them', async () => {
  const [car, instructor] = [randomUUID(), randomUUID()];
  const first = await take([car, instructor], [0, 60]);
  const neighbour = await take([car], [60, 120]);
  const set = (sourceId: string, active: boolean) =>
    attempt(database.kysely, (transaction) => setClaimsActive(transaction, [sourceId], active));
  assert.equal(await set(first.sourceId, false), 'done');
  assert.equal((await take([car], [59, 61])).result, 'taken', 'the neighbour is still there');
  const second = await take([car], [30, 60]);
  assert.equal(second.result, 'done');
  assert.equal(await set(first.sourceId, true), 'taken');
  // The instructor, who is free, has not been taken back either.
  assert.equal((await take([instructor], [0, 60])).result, 'done');
  await attempt(database.kysely, (transaction) => dropClaims(transaction, [second.sourceId]));
  const active = await claimsBetween(database.kysely, schoolId, {
    from: start,
    to: start + 200 * minuteMs,
    resourceIds: [car],
  });
  assert.deepEqual(active, claimsFor(neighbour.sourceId, [car], 60, 120));
});

test('the claims of a period are those that share an instant with it', async () => {
  const car = randomUUID();
  const { sourceId } = await take([car], [60, 120]);
  const within = async (from: number, to: number) =>
    (
      await claimsBetween(database.kysely, schoolId, {
        from: start + from * minuteMs,
        to: start + to * minuteMs,
        resourceIds: [car],
      })
    ).map(({ source_id }) => source_id);
  assert.deepEqual(await within(0, 60), []);
  assert.deepEqual(await within(0, 61), [sourceId]);
  assert.deepEqual(await within(119, 300), [sourceId]);
  assert.deepEqual(await within(120, 300), []);
});

test('of many bookings of one resource at once, one is made', async () => {
  const car = randomUUID();
  const results = await Promise.all(Array.from({ length: 12 }, () => take([randomUUID(), car], [0, 60])));
  assert.deepEqual(counted(results.map(({ result }) => result)), { done: 1, taken: 11 });
});

test('the database accepts and refuses random bookings as a list of minutes would', async () => {
  const booking = fc.record({
    resources: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 }),
    from: fc.integer({ min: 0, max: 11 }),
    length: fc.integer({ min: 1, max: 4 }),
    frees: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(booking, { minLength: 1, maxLength: 8 }), async (bookings) => {
      const resources = [randomUUID(), randomUUID(), randomUUID()];
      const minutes = new Set<string>();
      for (const { resources: wanted, from, length, frees } of bookings) {
        const taken = wanted.flatMap((resource) =>
          Array.from({ length }, (_, minute) => `${resource} ${from + minute}`),
        );
        const isFree = taken.every((minute) => !minutes.has(minute));
        const ids = wanted.map((resource) => resources[resource] ?? '');
        const { result, sourceId } = await take(ids, [from, from + length]);
        assert.equal(result, isFree ? 'done' : 'taken');
        if (!isFree) continue;
        if (frees) await attempt(database.kysely, (transaction) => setClaimsActive(transaction, [sourceId], false));
        else for (const minute of taken) minutes.add(minute);
      }
    }),
    { numRuns: 15, seed: 20_260_302 },
  );
  assert.equal(await overlaps(database.kysely), 0);
});
