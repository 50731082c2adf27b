import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bulkhead, KeyedBreakers, keyedBreakers, pipeline, Registry } from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';

const down = (): Promise<never> => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
const fine = (): string => 'fine';

test('B14: each key has a breaker of its own, with the same settings', async () => {
  const breakers = new KeyedBreakers({ name: 'hosts', failureThreshold: 1, clock: new ManualClock() });
  await assert.rejects(breakers.execute(down, { key: 'a.example' }), { code: 'ECONNREFUSED' });

  await assert.rejects(breakers.execute(fine, { key: 'a.example' }), {
    code: 'CIRCUIT_OPEN',
    breaker: 'hosts[a.example]',
  });
  assert.equal(await breakers.execute(fine, { key: 'b.example' }), 'fine');
  breakers.settings.change({ failureThreshold: 2 });
  await assert.rejects(breakers.execute(down, { key: 'b.example' }), { code: 'ECONNREFUSED' });
  assert.equal(breakers.get('b.example')?.state, 'closed');
});

test('B14, P63: they are bounded; the closed one that was idle longest goes, the open one stays', async () => {
  const breakers = new KeyedBreakers({ maxKeys: 3, failureThreshold: 1, clock: new ManualClock() });
  await assert.rejects(breakers.execute(down, { key: 'open' }), { code: 'ECONNREFUSED' });
  for (const key of ['a', 'b', 'a', 'c']) await breakers.execute(fine, { key });

  assert.deepEqual(
    [...breakers.entries()].map(([key]) => key),
    ['open', 'a', 'c'],
  );
  assert.deepEqual([breakers.size, breakers.report(0)['evictions'], breakers.report(0)['openKeys']], [3, 1, ['open']]);
});

test('B14: one that is in use is never evicted; further keys share one', async () => {
  const breakers = keyedBreakers({ name: 'tenants', maxKeys: 1, failureThreshold: 1 });
  const answer = deferred<string>();
  const running = breakers.execute(() => answer.promise, { key: 'busy' });

  await assert.rejects(breakers.execute(down, { key: 'x' }), { code: 'ECONNREFUSED' });
  await assert.rejects(breakers.execute(fine, { key: 'y' }), { breaker: 'tenants[[others]]' });
  answer.resolve('done');
  await running;

  assert.equal(await breakers.execute(fine, { key: 'z' }), 'fine');
  assert.deepEqual(
    [...breakers.entries()].map(([key]) => key),
    ['z'],
  );
});

test('P63: ten thousand keys leave no more than there is room for', async () => {
  const breakers = keyedBreakers({ maxKeys: 50, key: ({ attributes }) => String(attributes['tenant']) });
  for (let tenant = 0; tenant < 10_000; tenant += 1) await breakers.execute(fine, { attributes: { tenant } });

  assert.equal(breakers.size, 50);
});

test('they work in a pipeline, and a registry can change them', async () => {
  const registry = new Registry({ clock: new ManualClock() });
  const read = registry.pipeline('read', [keyedBreakers({ name: 'hosts' })]);
  registry.change('read', 'hosts', { failureThreshold: 1 });
  await assert.rejects(read.execute(down, { key: 'a' }), { code: 'ECONNREFUSED' });

  await assert.rejects(read.execute(fine, { key: 'a' }), { code: 'CIRCUIT_OPEN' });
});

test('B51: all problems are told at once', () => {
  assert.throws(() => keyedBreakers({ maxKeys: 0 }), { code: 'INVALID_SETTINGS' });
  assert.throws(() => keyedBreakers({ failureThreshold: -1 }), { code: 'INVALID_SETTINGS' });
});

test('F10, F18: a key that is no text names one breaker for a call, also when it has waited', async () => {
  const clock = new ManualClock();
  for (const [key, expected] of [
    [() => 7 as unknown as string, '7'],
    [
      () => {
        throw new Error('no key');
      },
      'own',
    ],
  ] satisfies [() => string, string][]) {
    const breakers = keyedBreakers({ key, failureThreshold: 1 });
    const calls = pipeline('calls', [breakers, bulkhead({ limit: 1, queue: 1 })], { clock });
    const first = deferred<string>();
    const running = calls.execute(() => first.promise, { key: 'own' });
    const waiting = calls.execute(fine, { key: 'own' });
    first.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));

    await assert.rejects(running, { code: 'ECONNREFUSED' });
    await assert.rejects(waiting, { code: 'CIRCUIT_OPEN', breaker: `keyed-breakers[${expected}]` });
  }
});

test('F9: `stackTraces` holds for keyed breakers on their own, too', async () => {
  const breakers = keyedBreakers({ failureThreshold: 1, stackTraces: true });
  const refusedHere = async (): Promise<unknown> => breakers.execute(fine, { key: 'a' });
  await assert.rejects(breakers.execute(down, { key: 'a' }), { code: 'ECONNREFUSED' });

  await assert.rejects(refusedHere(), (error: Error) => /refusedHere/.test(error.stack ?? ''));
});
