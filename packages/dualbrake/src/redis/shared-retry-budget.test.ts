import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { retry } from '../index.ts';
import { ManualClock } from '../testing/index.ts';
import { sharedRetryBudget, type SharedRetryBudget, type SharedRetryBudgetOptions } from './index.ts';
import { redisServer, withoutRedis, type RedisServer } from './testing/redis-server.ts';

const options = withoutRedis === undefined || process.env['CI'] !== undefined ? {} : { skip: withoutRedis };
let server: RedisServer;
before(async () => {
  if (options.skip === undefined) server = await redisServer();
});
after(() => server?.[Symbol.asyncDispose]());

let tests = 0;

async function budgets(
  count: number,
  more: Partial<SharedRetryBudgetOptions> = {},
): Promise<{ clock: ManualClock; all: SharedRetryBudget[] }> {
  tests += 1;
  const prefix = `budget-${tests}`;
  const clock = new ManualClock();
  const all = await Promise.all(
    Array.from({ length: count }, async (_, place) =>
      sharedRetryBudget({
        client: await server.connect(),
        prefix,
        clock,
        instance: `process ${place}`,
        minPerSecond: 0,
        limitMs: 60_000,
        ...more,
      }),
    ),
  );
  return { clock, all };
}

const sync = async (all: readonly SharedRetryBudget[]): Promise<void> => {
  for (const budget of all) await budget.sync();
};

function record(budget: SharedRetryBudget, times: number): void {
  for (let time = 1; time <= times; time += 1) budget.record(0);
}

/** How many retries it allows until it denies one. */
function taken(budget: SharedRetryBudget): number {
  let count = 0;
  while (count < 10_000 && budget.tryTake(0)) count += 1;
  return count;
}

test('what one process has earned and not used, another may use', options, async () => {
  const { all } = await budgets(2);
  const [busy, failing] = all as [SharedRetryBudget, SharedRetryBudget];
  record(busy, 95);
  record(failing, 5);
  await sync(all);
  await sync(all);

  // A fifth of 100, half of it for each of two.
  assert.equal(taken(failing), 10);
  await sync(all);
  await sync(all);
  assert.equal(taken(failing), 5);
});

test('all together never retry more than the share of all first attempts', options, async () => {
  const { all } = await budgets(4);
  let firsts = 0;
  let retries = 0;
  for (let round = 1; round <= 20; round += 1) {
    for (const [place, budget] of all.entries()) {
      record(budget, 10 * place);
      firsts += 10 * place;
    }
    await sync(all);
    for (const budget of all) retries += taken(budget);
    // Who comes first has what is less than one for each, so it may be one for each too many.
    assert.ok(retries <= 0.2 * firsts + all.length, `${retries} retries of ${firsts} first attempts`);
  }
  assert.ok(retries >= 0.15 * firsts, `${retries} retries of ${firsts} first attempts`);
});

test('the floor is there once and not once for each process', options, async () => {
  const { clock, all } = await budgets(4, { minPerSecond: 8 });
  await sync(all);
  await sync(all);
  all.forEach(taken);
  await clock.advance(1_000);

  const allowed = all.map((budget) => {
    let count = 0;
    while (budget.tryTake(clock.now())) count += 1;
    return count;
  });

  assert.deepEqual(allowed, [2, 2, 2, 2]);
});

test('while the store cannot be reached it is a budget of this process', async () => {
  const clock = new ManualClock();
  let isDown = false;
  const client = { eval: async () => (isDown ? Promise.reject(new Error('down')) : [1_000, 0, 1]) };
  const budget = sharedRetryBudget({ client, clock, minPerSecond: 0 });
  record(budget, 10);
  await budget.sync();
  assert.equal(taken(budget), 200);

  isDown = true;
  await assert.rejects(budget.sync(), /down/);
  assert.equal(budget.status, 'alone');
  await clock.advance(3_001);
  record(budget, 1_000);
  // Of its own 1,010 first attempts, 200 are used.
  assert.equal(taken(budget), 2);
});

test('it is a budget like another one for a retry, and looks on an interval', async () => {
  const clock = new ManualClock();
  let asked = 0;
  const client = { eval: async () => ((asked += 1), [0, 0, 1]) };
  const budget = sharedRetryBudget({ client, clock, minPerSecond: 0, name: 'database' });
  budget.start();
  await clock.advance(2_000);
  assert.equal(asked, 2);
  let calls = 0;

  await assert.rejects(
    retry({ strategy: 'immediate', budget, clock }).execute(() => {
      calls += 1;
      throw Object.assign(new Error('reset'), { code: 'ECONNRESET', syscall: 'connect' });
    }),
    { code: 'ECONNRESET' },
  );

  assert.equal(calls, 1);
  budget.stop();
  assert.equal(clock.pending, 0);
});

test('B51: all problems are told', () => {
  assert.throws(() => sharedRetryBudget({ client: {}, limitMs: 0 } as unknown as SharedRetryBudgetOptions), {
    issues: ['limitMs must be a number from 1 to 3600000, got 0', 'client must be a Redis client with eval()'],
  });
  assert.throws(() => sharedRetryBudget(undefined as unknown as SharedRetryBudgetOptions), {
    code: 'INVALID_SETTINGS',
  });
});
