import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import {
  CircuitBreaker,
  pipeline,
  StaleCache,
  staleCache,
  type CallContext,
  type StaleCacheOptions,
} from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';

const down = (): Promise<never> => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
const byId = ({ attributes }: CallContext): string => String(attributes['id']);
const of = (id: string): { attributes: { id: string } } => ({ attributes: { id } });

function aCache(options: Partial<StaleCacheOptions<string>> = {}): { cache: StaleCache<string>; clock: ManualClock } {
  const clock = new ManualClock();
  return { cache: new StaleCache<string>({ key: byId, clock, ...options }), clock };
}

test('while the dependency is down, what it answered before stands in, marked with its age', async () => {
  const { cache, clock } = aCache();
  assert.equal(await cache.execute(() => 'Ana', of('1')), 'Ana');
  await clock.advance(90_000);

  assert.deepEqual(await cache.execute(down, of('1')), { stale: true, value: 'Ana', ageMs: 90_000 });
  await assert.rejects(cache.execute(down, of('2')), { code: 'ECONNREFUSED' });
});

test('it stands in for what a breaker refuses, and the outcome says where the answer is from', async () => {
  const breaker = new CircuitBreaker();
  const read = pipeline('read', [staleCache({ key: byId }), breaker]);
  await read.execute(() => 'Ana', of('1'));
  breaker.trip();

  const { ok, value, fromFallback, attempts } = await read.executeOutcome(() => 'live', of('1'));

  assert.equal(ok, true);
  assert.deepEqual([(value as { value: string }).value, fromFallback, attempts], ['Ana', true, 0]);
});

test('a user’s own form of an old answer appears in the type', async () => {
  const { clock } = aCache();
  const read = pipeline(
    'read',
    [staleCache({ key: byId, toStale: (value: string, ageMs) => `${value} (${ageMs} ms old)` })],
    { clock },
  );
  await read.execute(() => 'Ana', of('1'));
  await clock.advance(5);

  const answer: string = await read.execute(down, of('1'));

  assert.equal(answer, 'Ana (5 ms old)');
});

test('a persistent error is an answer; one that says it is gone removes the copy', async () => {
  const { cache } = aCache();
  await cache.execute(() => 'Ana', of('1'));

  await assert.rejects(
    cache.execute(() => Promise.reject(Object.assign(new Error('Not Found'), { status: 404 })), of('1')),
    { status: 404 },
  );

  assert.equal(cache.size, 0);
});

test('too old is not given; young enough is given without calling, when that is asked for', async () => {
  const { cache, clock } = aCache({ maxAgeMs: 1_000, freshMs: 100 });
  let calls = 0;
  const read = (): string => {
    calls += 1;
    return `answer ${calls}`;
  };
  await cache.execute(read, of('1'));
  await clock.advance(99);
  assert.equal(await cache.execute(read, of('1')), 'answer 1');
  await clock.advance(1);
  assert.equal(await cache.execute(read, of('1')), 'answer 2');

  await clock.advance(1_000);
  assert.deepEqual(await cache.execute(down, of('1')), { stale: true, value: 'answer 2', ageMs: 1_000 });
  await clock.advance(1);
  await assert.rejects(cache.execute(down, of('1')), { code: 'ECONNREFUSED' });
  assert.equal(cache.size, 0);
});

test('it keeps no more than it may; the one that was used longest ago goes', async () => {
  const { cache } = aCache({ maxEntries: 2 });
  for (const id of ['1', '2']) await cache.execute(() => id, of(id));
  await cache.execute(down, of('1'));
  await cache.execute(() => '3', of('3'));

  await assert.rejects(cache.execute(down, of('2')), { code: 'ECONNREFUSED' });
  assert.equal(cache.size, 2);
  cache.settings.change({ maxEntries: 1 });
  assert.equal(cache.size, 1);
});

test('calls of one key at the same time are one operation, and fail together', async () => {
  const { cache } = aCache();
  const answer = deferred<string>();
  let calls = 0;
  const read = (): Promise<string> => {
    calls += 1;
    return answer.promise;
  };
  const all = [cache.execute(read, of('1')), cache.execute(read, of('1')), cache.execute(read, of('2'))];
  answer.resolve('Ana');

  assert.deepEqual(await Promise.all(all), ['Ana', 'Ana', 'Ana']);
  assert.equal(calls, 2);
  const failing = [cache.execute(down, of('3')), cache.execute(down, of('3'))];
  for (const { status } of await Promise.allSettled(failing)) assert.equal(status, 'rejected');
});

test('one caller who leaves does not take the answer from the others; when all have left it is given up', async () => {
  const { cache } = aCache();
  const answer = deferred<string>();
  const callers = [new AbortController(), new AbortController()];
  let given: AbortSignal | undefined;
  const read = ({ signal }: CallContext): Promise<string> => {
    given = signal;
    return answer.promise;
  };
  const [first, second] = callers.map(({ signal }) => cache.execute(read, { ...of('1'), signal }));

  callers[0]?.abort(new Error('gone'));
  await assert.rejects(first ?? assert.fail(), { message: 'gone' });
  assert.equal(given?.aborted, false);
  const leaving = assert.rejects(second ?? assert.fail(), { message: 'gone, too' });
  callers[1]?.abort(new Error('gone, too'));
  await leaving;

  assert.equal(given?.aborted, true);
  answer.reject(new Error('late'));
  assert.equal(await cache.execute(() => 'anew', of('1')), 'anew');
  for (const { signal } of callers) assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('what was changed can be forgotten', async () => {
  const { cache } = aCache();
  await cache.execute(() => 'Ana', of('1'));

  assert.deepEqual([cache.delete('1'), cache.delete('1')], [true, false]);
  await assert.rejects(cache.execute(down, of('1')), { code: 'ECONNREFUSED' });
});

test('B51: a key must be given: one answer for everybody would be the worst of mistakes', () => {
  assert.throws(() => staleCache({ maxEntries: 0 } as never), {
    issues: [
      'maxEntries must be a whole number from 1 to 10000000, got 0',
      'key must be given: a function that returns what the result depends on',
    ],
  });
});
