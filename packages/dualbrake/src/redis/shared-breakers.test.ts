import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CircuitBreaker, type CircuitBreakerOptions } from '../index.ts';
import { ManualClock } from '../testing/index.ts';
import { sharedBreakers, type RedisClient, type SharedBreakers, type SharedBreakersOptions } from './index.ts';
import { redisServer, withoutRedis, type RedisServer } from './testing/redis-server.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });

/** One process of several: a breaker, a clock and a connection of its own. */
interface Instance {
  readonly name: string;
  readonly clock: ManualClock;
  readonly breaker: CircuitBreaker;
  readonly shared: SharedBreakers;
  fail(): Promise<void>;
  succeed(): Promise<void>;
}

// In CI nothing may be left out without a word: there the missing server is an error.
const options = withoutRedis === undefined || process.env['CI'] !== undefined ? {} : { skip: withoutRedis };
let server: RedisServer;
before(async () => {
  if (options.skip === undefined) server = await redisServer();
});
after(() => server?.[Symbol.asyncDispose]());

let tests = 0;

/** A program of its own for each test: nothing is left from another one. */
async function instances(
  count: number,
  more: Partial<SharedBreakersOptions> = {},
  breakerOptions: CircuitBreakerOptions = {},
): Promise<Instance[]> {
  tests += 1;
  const prefix = `test-${tests}`;
  const names = ['a', 'b', 'c', 'd', 'e'].slice(0, count);
  return Promise.all(names.map((name) => instance(name, { prefix, ...more }, breakerOptions)));
}

async function instance(
  name: string,
  more: Partial<SharedBreakersOptions>,
  breakerOptions: CircuitBreakerOptions = {},
): Promise<Instance> {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ name: 'database', failureThreshold: 1, clock, ...breakerOptions });
  const client: RedisClient = await server.connect();
  const shared = sharedBreakers({ client, breakers: [breaker], instance: name, limitMs: 60_000, ...more });
  return {
    name,
    clock,
    breaker,
    shared,
    fail: () => breaker.execute(() => Promise.reject(refused)).catch(() => undefined),
    succeed: () => breaker.execute(() => undefined).catch(() => undefined),
  };
}

const sync = async (all: readonly Instance[]): Promise<void> => {
  for (const { shared } of all) await shared.sync();
};
const states = (all: readonly Instance[]): string[] => all.map(({ breaker }) => breaker.state);

test('when enough processes have found it down, all keep away from it', options, async () => {
  const all = await instances(4);
  const [a, b, c] = all as [Instance, Instance, Instance, Instance];
  await a.fail();
  await b.fail();

  await sync(all);
  await sync(all);

  assert.deepEqual(states(all), ['open', 'open', 'open', 'open']);
  assert.deepEqual(
    c.breaker.transitions.map(({ to, trigger, reason }) => [to, trigger, reason]),
    [['open', 'shared', '2 processes report it down']],
  );
  assert.equal(c.shared.votesOf(c.breaker), 2);
  assert.equal(c.shared.status, 'shared');
});

test('one sick process convinces nobody', options, async () => {
  const all = await instances(3);
  await all[0]?.fail();

  for (let round = 1; round <= 3; round += 1) await sync(all);

  assert.deepEqual(states(all), ['open', 'closed', 'closed']);
});

test('what others have found, or a person has ordered, is no vote', options, async () => {
  const all = await instances(4, { quorum: 2 });
  const [a, b] = all as [Instance, Instance];
  await a.fail();
  b.breaker.trip('maintenance');

  for (let round = 1; round <= 3; round += 1) await sync(all);

  assert.deepEqual(states(all), ['open', 'open', 'closed', 'closed']);
  assert.equal(a.shared.votesOf(a.breaker), 1);
});

test('when one finds it well again, the others test at once', options, async () => {
  const all = await instances(3);
  const [a, b, c] = all as [Instance, Instance, Instance];
  await a.fail();
  await b.fail();
  await sync(all);
  await a.clock.advance(60_000);
  await a.succeed();
  assert.deepEqual(states(all), ['closed', 'open', 'open']);

  await sync(all);

  assert.deepEqual(states(all), ['closed', 'half-open', 'half-open']);
  assert.equal(c.breaker.transitions.at(-1)?.reason, 'another process reports it healthy');
  await b.fail();
  await c.succeed();
  assert.deepEqual(states(all), ['closed', 'open', 'closed']);
});

test('a process that comes later keeps away, too, and changes nothing by coming', options, async () => {
  const all = await instances(2);
  await all[0]?.fail();
  await all[1]?.fail();
  await sync(all);
  const late = await instance('late', { prefix: `test-${tests}` });

  await late.shared.sync();

  assert.equal(late.breaker.state, 'open');
  await sync(all);
  assert.equal(all[0]?.shared.votesOf(all[0].breaker), 2);
  assert.deepEqual(states(all), ['open', 'open']);
});

test('a recovery from before a process came is no news to it', options, async () => {
  const [a] = (await instances(1)) as [Instance];
  await a.fail();
  await sync([a]);
  await a.clock.advance(60_000);
  await a.succeed();
  await sync([a]);
  const late = await instance('late', { prefix: `test-${tests}` });
  await late.fail();

  await late.shared.sync();
  await late.shared.sync();

  assert.equal(late.breaker.state, 'open');
});

test('one agreement opens once: afterwards each process judges for itself', options, async () => {
  const all = await instances(3);
  const [a, b, c] = all as [Instance, Instance, Instance];
  await a.fail();
  await b.fail();
  await sync(all);
  await c.clock.advance(60_000);
  await c.succeed();

  await sync([c]);
  assert.equal(c.breaker.state, 'closed');

  c.breaker.trip('checked by hand');
  c.breaker.reset('it is well from here');
  await sync([a, b, c]);
  assert.equal(c.breaker.state, 'closed');
});

test('the vote of a process that has died ends, by the clock of the store, and others’ go on', options, async () => {
  const all = await instances(3, { leaseMs: 100, intervalMs: 50, quorum: 3 });
  const [a, b, c] = all as [Instance, Instance, Instance];
  await a.fail();
  await b.fail();
  await a.shared.sync();
  await sync([b, c]);
  assert.equal(c.shared.votesOf(c.breaker), 2);

  // The store's clock is real: what counts is that a vote ends without anybody taking it back.
  const until = performance.now() + 180_000;
  while (c.shared.votesOf(c.breaker) === 2 && performance.now() < until) await sync([b, c]);

  assert.equal(c.shared.votesOf(c.breaker), 1);
  await a.shared.sync();
  await c.shared.sync();
  assert.equal(c.shared.votesOf(c.breaker), 2);
  assert.equal(c.breaker.state, 'closed');
});

test('who stops takes his votes back', options, async () => {
  const all = await instances(3);
  const [a, b, c] = all as [Instance, Instance, Instance];
  await a.fail();
  await a.shared.sync();
  await a.shared.stop();
  await b.fail();

  await sync([b, c]);

  assert.equal(c.breaker.state, 'closed');
  assert.equal(a.shared.status, 'idle');
});

test('P68: while the store is down each process judges alone, and no call waits for it', options, async () => {
  await using own = await redisServer();
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ name: 'database', failureThreshold: 2, clock });
  const errors: unknown[] = [];
  const client = await own.connect();
  const shared = sharedBreakers({ client, breakers: [breaker], clock, onError: (error) => errors.push(error) });
  shared.start();
  await own.kill();
  const fail = (): Promise<unknown> => breaker.execute(() => Promise.reject(refused)).catch((error: unknown) => error);

  const syncing = shared.sync().catch((error: unknown) => error);
  assert.equal(await fail(), refused);
  assert.equal(await fail(), refused);
  assert.equal(breaker.state, 'open');
  await clock.advance(500);
  assert.match(String(await syncing), /CallTimeoutError|Socket|closed/);
  assert.deepEqual([shared.status, breaker.state], ['alone', 'open']);

  await own.start();
  const until = performance.now() + 180_000;
  while (shared.status !== 'shared' && performance.now() < until) {
    const again = shared.sync().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await clock.advance(500);
    await again;
  }
  assert.equal(shared.status, 'shared');
  await shared.stop();
});

test('it looks on an interval, tells why it could not, and keeps no timer after the end', async () => {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  let asked = 0;
  const client = {
    eval: () => {
      asked += 1;
      throw new Error('not connected');
    },
  };
  const breaker = new CircuitBreaker({ clock });
  const shared = sharedBreakers({ client, breakers: () => [breaker], clock, onError: (error) => errors.push(error) });
  shared.start();
  shared.start();

  await clock.advance(3_000);

  assert.equal(asked, 3);
  assert.match(String(errors[0]), /not connected/);
  await assert.rejects(shared.stop(), /not connected/);
  assert.equal(clock.pending, 0);
});

test('B51: all problems are told at once', () => {
  const wrong = { client: {}, quorum: 0, leaseMs: 'long' } as unknown as SharedBreakersOptions;

  assert.throws(() => sharedBreakers(wrong), {
    code: 'INVALID_SETTINGS',
    issues: [
      'quorum must be a whole number from 1 to 1000, got 0',
      "leaseMs must be a number from 100 to 3600000, got 'long'",
      'client must be a Redis client with eval()',
      'breakers must be an array, or a function that returns one',
    ],
  });
  const client: RedisClient = { eval: async () => [] };
  assert.throws(() => sharedBreakers({ client, breakers: [], leaseMs: 1_500 }), /at least twice intervalMs/);
});
