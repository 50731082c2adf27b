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
  const policy = fallback({ to: 'nobody', when: (error) => error === notFound });

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

test('a chain answers with the first that has an answer; each is told the error of the one before', async () => {
  const heard: unknown[] = [];
  const policy = fallback({
    chain: [
      (error) => {
        heard.push((error as Error).message);
        throw new Error('no replica');
      },
      (error) => {
        heard.push((error as Error).message);
        return 'a copy';
      },
      'a default',
    ],
  });

  assert.equal(await policy.execute(down), 'a copy');
  assert.deepEqual(heard, ['connect ECONNREFUSED', 'no replica']);
});

test('B35: when the whole chain fails, all errors are visible, the primary first', async () => {
  const primary = Object.assign(new Error('database'), { code: 'ECONNREFUSED' });
  const [second, third] = [new Error('replica'), new Error('cache')];
  const policy = fallback<string>({ chain: [() => Promise.reject(second), () => Promise.reject(third)] });

  await assert.rejects(
    policy.execute<string>(() => Promise.reject(primary)),
    {
      code: 'FALLBACK_FAILED',
      cause: primary,
      errors: [primary, second, third],
    },
  );
});

test('when can be a class, a code or several of them', async () => {
  assert.equal(await fallback({ to: 1, when: 'ECONNREFUSED' }).execute(down), 1);
  assert.equal(await fallback({ to: 1, when: { class: 'transient', code: 'ECONNREFUSED' } }).execute(down), 1);
  await assert.rejects(fallback({ to: 1, when: 'system' }).execute(down), { code: 'ECONNREFUSED' });
});

test('P54: it answers once for a call, and the outcome says that it did', async () => {
  let answers = 0;
  const policy = fallback({
    to: () => {
      answers += 1;
      return 'a copy';
    },
  });

  const { ok, fromFallback } = await policy.executeOutcome(down);

  assert.deepEqual([ok, fromFallback, answers], [true, true, 1]);
});

test('undefined is an answer, too; nothing to answer with is a mistake', async () => {
  assert.equal(await fallback({ to: undefined }).execute(down), undefined);
  assert.throws(() => fallback({} as never), { issues: ['to or chain must be given'] });
  assert.throws(() => fallback({ to: 1, chain: [2], when: 5 } as never), {
    issues: [
      'give to or chain, not both',
      'when must be a class, code, kind or rule, an object with some of class, code, kind, rule, or a function',
    ],
  });
});
