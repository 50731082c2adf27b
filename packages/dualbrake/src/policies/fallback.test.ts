import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker, fallback, pipeline } from '../index.ts';

const down = (): Promise<number> =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
const notFound = Object.assign(new Error('Not Found'), { status: 404 });

test('a value answers for a failed call, and not for a good one', async () => {
  const policy = fallback({ to: 'a copy' });

  assert.equal(await policy.execute(down), 'a copy');
  assert.equal(await policy.execute(() => 7), 7);
});

test('a function answers, and is told the error and the call', async () => {
  const policy = fallback({ to: (error, { key }) => `${(error as Error).message} in ${key}` });

  assert.equal(await policy.execute(down, { key: 'students.find' }), 'connect ECONNREFUSED in students.find');
});

test('what a breaker refuses is answered', async () => {
  const breaker = new CircuitBreaker();
  breaker.trip();

  assert.equal(await pipeline('read', [fallback({ to: 'a copy' }), breaker]).execute(() => 'live'), 'a copy');
});

test('a persistent error is an answer and goes through', async () => {
  await assert.rejects(
    fallback({ to: 'a copy' }).execute(() => Promise.reject(notFound)),
    { status: 404 },
  );
});

test('P55: a caller who has left is not "recovered"', async () => {
  const caller = new AbortController();
  const call = fallback({ to: 'a copy' }).execute(
    ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    { signal: caller.signal },
  );

  caller.abort(new Error('left'));

  await assert.rejects(call, { message: 'left' });
});

test('when says which failures it is for', async () => {
  const policy = fallback({ to: 'nobody', when: (_classification, error) => error === notFound });

  assert.equal(await policy.execute(() => Promise.reject(notFound)), 'nobody');
  await assert.rejects(policy.execute(down), { code: 'ECONNREFUSED' });
});

test('B35: when the fallback fails too, both errors are visible, the primary first', async () => {
  const primary = Object.assign(new Error('database'), { code: 'ECONNREFUSED' });
  const second = new Error('cache');
  const policy = fallback({ to: () => Promise.reject(second) });

  const error = await policy.execute(() => Promise.reject(primary)).catch((caught: unknown) => caught as Error);

  assert.equal(error.name, 'FallbackFailedError');
  assert.deepEqual((error as { errors?: unknown }).errors, [primary, second]);
  assert.equal(error.cause, primary);
});

test('a fallback with nothing to offer throws the error on, as it is', async () => {
  const primary = Object.assign(new Error('database'), { code: 'ECONNREFUSED' });
  const policy = fallback({
    to: (error) => {
      throw error;
    },
  });

  assert.equal(await policy.execute(() => Promise.reject(primary)).catch((caught: unknown) => caught), primary);
});
