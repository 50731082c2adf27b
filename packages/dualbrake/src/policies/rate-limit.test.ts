import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { CircuitBreaker, pipeline, RateLimit, rateLimit, type RateLimitOptions } from '../index.ts';
import { ManualClock } from '../testing/index.ts';

function aLimit(options: RateLimitOptions): { limit: RateLimit; clock: ManualClock; made: number[] } {
  const clock = new ManualClock();
  return { limit: new RateLimit({ clock, ...options }), clock, made: [] };
}

test('as many calls at once as the burst, then one for each token that comes back', async () => {
  const { limit, clock } = aLimit({ limit: 10, perMs: 1_000, burst: 3 });
  for (let call = 0; call < 3; call += 1) await limit.execute(() => 'made');

  await assert.rejects(
    limit.execute(() => 'made'),
    {
      code: 'RATE_LIMITED',
      rateLimit: 'rate-limit',
      retryAfterMs: 100,
      message: 'Rate limit "rate-limit" is exceeded; the next call is allowed in 100 ms.',
    },
  );
  await clock.advance(99);
  await assert.rejects(
    limit.execute(() => 'made'),
    { retryAfterMs: 1 },
  );
  await clock.advance(1);

  assert.equal(await limit.execute(() => 'made'), 'made');
  await assert.rejects(
    limit.execute(() => 'made'),
    { retryAfterMs: 100 },
  );
});

test('with a queue calls wait for their turn, first in, first out, evenly spaced', async () => {
  const { limit, clock, made } = aLimit({ limit: 10, perMs: 1_000, burst: 1, queue: 3 });
  const all = [1, 2, 3, 4].map((id) => limit.execute(() => made.push(id) && clock.now()));
  await assert.rejects(
    limit.execute(() => 'made'),
    { code: 'RATE_LIMITED', retryAfterMs: 400 },
  );

  await clock.advance(300);

  assert.deepEqual(made, [1, 2, 3, 4]);
  assert.deepEqual(await Promise.all(all), [0, 100, 200, 300]);
  assert.equal(clock.pending, 0);
});

test('who leaves the queue gives his turn to the next, and leaves nothing behind', async () => {
  const { limit, clock, made } = aLimit({ limit: 1, perMs: 1_000, queue: 3 });
  const caller = new AbortController();
  await limit.execute(() => made.push(1));
  const leaving = limit.execute(() => made.push(2), { signal: caller.signal });
  const third = limit.execute(() => made.push(3));

  caller.abort(new Error('gone'));
  await assert.rejects(leaving, { message: 'gone' });
  await clock.advance(1_000);
  await third;

  assert.deepEqual(made, [1, 3]);
  assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
  const alone = limit.execute(() => made.push(4), { signal: AbortSignal.abort() }).catch(() => undefined);
  await alone;
  assert.equal(clock.pending, 0);
});

test('when the last one leaves, the timer goes with him', async () => {
  const { limit, clock } = aLimit({ limit: 1, perMs: 1_000, queue: 3 });
  const caller = new AbortController();
  await limit.execute(() => 1);
  const leaving = limit.execute(() => 2, { signal: caller.signal });
  assert.equal(clock.pending, 1);

  caller.abort();
  await assert.rejects(leaving, { name: 'AbortError' });

  assert.equal(clock.pending, 0);
});

test('a wait that does not fit the deadline is refused at once', async () => {
  const { limit, clock } = aLimit({ limit: 1, perMs: 1_000, queue: 3 });
  await limit.execute(() => 1);

  await assert.rejects(
    limit.execute(() => 2, { deadline: 999 }),
    { code: 'RATE_LIMITED', retryAfterMs: 1_000 },
  );

  assert.equal(clock.pending, 0);
});

test('P57: an hour of quiet gives no more than the burst', async () => {
  const { limit, clock } = aLimit({ limit: 10, perMs: 1_000, burst: 2 });
  await clock.advance(3_600_000);

  await limit.execute(() => 1);
  await limit.execute(() => 2);

  await assert.rejects(
    limit.execute(() => 3),
    { code: 'RATE_LIMITED' },
  );
});

test('P50: what it refuses does not open a breaker around it', async () => {
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  const read = pipeline('read', [breaker, rateLimit({ limit: 1, perMs: 60_000 })]);
  await read.execute(() => 1);

  await assert.rejects(
    read.execute(() => 2),
    { code: 'RATE_LIMITED' },
  );

  assert.equal(breaker.state, 'closed');
});

test('changed numbers apply at once, keep the tokens that are there and wake who waits', async () => {
  const { limit, clock, made } = aLimit({ limit: 1, perMs: 60_000, queue: 2 });
  await limit.execute(() => made.push(1));
  const waiting = limit.execute(() => made.push(2));

  limit.settings.change({ perMs: 1_000 });
  await clock.advance(1_000);

  await waiting;
  assert.deepEqual(made, [1, 2]);
});

test('B51: limit and time must be given; all problems are told at once', () => {
  assert.throws(() => rateLimit({} as never), { issues: ['limit must be given', 'perMs must be given'] });
  assert.throws(() => rateLimit({ limit: 1.5, perMs: 0, burst: 0 }), {
    issues: [
      'limit must be a whole number from 1 to 1000000, got 1.5',
      'perMs must be a number of at least 0.001, got 0',
      'burst must be a whole number from 1 to 1000000, got 0',
    ],
  });
});

/** Exact: time in microseconds, tokens in millionths, whole numbers only. */
class ModelBucket {
  #tokens: bigint;
  readonly #burst: bigint;
  readonly #limit: bigint;
  readonly #perMs: bigint;
  #at = 0n;

  constructor(limit: number, perMs: number, burst: number) {
    this.#limit = BigInt(limit);
    this.#perMs = BigInt(perMs);
    // Tokens are counted in 1 / perMs, so that each millisecond brings `limit` of them, exactly.
    this.#burst = BigInt(burst) * this.#perMs;
    this.#tokens = this.#burst;
  }

  take(now: number): boolean {
    const at = BigInt(now);
    const grown = this.#tokens + (at - this.#at) * this.#limit;
    this.#tokens = grown < this.#burst ? grown : this.#burst;
    this.#at = at;
    if (this.#tokens < this.#perMs) return false;
    this.#tokens -= this.#perMs;
    return true;
  }
}

test('P57: lets through just what a bucket of whole numbers lets through, for any schedule', async () => {
  const gaps = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 7, 33, 100, 333, 1_000, 86_400_000), {
    minLength: 10,
    maxLength: 200,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 3, 7, 10, 300),
      fc.constantFrom(10, 1_000, 7_000),
      fc.constantFrom(1, 2, 5, 50),
      gaps,
      async (limit, perMs, burst, schedule) => {
        let now = 0;
        const policy = new RateLimit({ limit, perMs, burst, clock: { now: () => now, after: () => () => undefined } });
        const model = new ModelBucket(limit, perMs, burst);
        for (const gapMs of schedule) {
          now += gapMs;
          let made = false;
          policy
            .execute(() => {
              made = true;
            })
            .catch(() => undefined);
          assert.equal(made, model.take(now), `at ${now}`);
          const { tokens } = policy.report(now);
          assert.ok(tokens <= burst);
        }
        await Promise.resolve();
      },
    ),
    { numRuns: 1_500 },
  );
});
