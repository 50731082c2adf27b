import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptsOf, Retry, retry, type Classification, type RetryOptions } from '../index.ts';
import { ManualClock } from '../testing/index.ts';

const thrown =
  (fields: object): (() => Promise<never>) =>
  () =>
    Promise.reject(Object.assign(new Error('failed'), fields));
const deadlock = thrown({ code: '40P01', severity: 'ERROR', routine: 'DeadLockReport' });
const busy = thrown({ status: 429 });
const reset = thrown({ code: 'ECONNRESET' });

/** The delays before each attempt after the first, with chance taken out. */
async function delaysOf(options: RetryOptions, operation: () => Promise<never>): Promise<number[]> {
  const clock = new ManualClock();
  const delays: number[] = [];
  const policy = new Retry({
    clock,
    jitter: 'none',
    ...options,
    onEvent: (event) => event.type === 'retry' && delays.push(event.delayMs),
  });
  const ended = policy.execute(operation).catch(() => undefined);
  await clock.advance(1_000_000);
  await ended;
  return delays;
}

test('R-RETRY-4: adaptive waits as long as the kind of error needs', async () => {
  assert.deepEqual(
    await delaysOf({ strategy: 'adaptive' }, deadlock),
    [50, 50, 50, 50],
    'a lost lock is over in a moment',
  );
  assert.deepEqual(await delaysOf({ strategy: 'adaptive' }, busy), [5_000, 10_000], 'a rate limit needs patience');
  assert.deepEqual(await delaysOf({ strategy: 'adaptive' }, thrown({ code: 'EMFILE' })), [2_000, 4_000]);
  assert.deepEqual(await delaysOf({ strategy: 'adaptive' }, reset), [1_000, 2_000], 'the rest is exponential');
});

test('R-RETRY-4: rules of one’s own, by class, code, pattern or function; the first that fits applies', async () => {
  const rules: RetryOptions['rules'] = [
    { when: 'ECONNRESET', delayMs: 7, maxAttempts: 4 },
    { when: { kind: 'rate-limit' }, strategy: 'immediate' },
    { when: (error) => (error as { code?: string }).code === 'EMFILE', baseMs: 100 },
    { when: 'transient', maxAttempts: 1 },
  ];

  assert.deepEqual(await delaysOf({ rules }, reset), [7, 7, 7]);
  assert.deepEqual(await delaysOf({ rules }, busy), [0, 0]);
  assert.deepEqual(await delaysOf({ rules }, thrown({ code: 'EMFILE' })), [100, 200]);
  assert.deepEqual(await delaysOf({ rules }, thrown({ code: 'ETIMEDOUT' })), []);
});

test('a Retry-After goes before a rule, and a persistent error is not retried by any', async () => {
  const asking = thrown({ status: 429, headers: { 'retry-after': '3' } });

  assert.deepEqual(
    await delaysOf(
      {
        rules: [
          { when: 429 as never, delayMs: 1 },
          { when: 'rate-limit', delayMs: 1 },
        ].slice(1),
      },
      asking,
    ),
    [3_000, 3_000],
  );
  assert.deepEqual(await delaysOf({ rules: [{ when: 'persistent', delayMs: 1 }] }, thrown({ status: 404 })), []);
});

test('P43: a rule whose condition throws is for nothing', async () => {
  const rules: RetryOptions['rules'] = [
    {
      when: () => {
        throw new Error('a bug');
      },
      delayMs: 1,
    },
  ];
  assert.deepEqual(await delaysOf({ rules }, reset), [1_000, 2_000]);
});

test('B51: wrong rules are told by place and name', () => {
  assert.throws(() => retry({ rules: [{ when: '', delayMs: -1, strategy: 'later', maxAttempt: 2 } as never] }), {
    issues: [
      'rules[0].when must be a class, code, kind or rule, an object with some of class, code, kind, rule, or a function',
      "rules[0].strategy must be 'immediate' or 'exponential'",
      'rules[0].maxAttempt is not a known option; the options are baseMs, delayMs, maxAttempts',
      'rules[0].delayMs must be a number of at least 0, got -1',
    ],
  });
});

const failure: Classification = {
  class: 'transient',
  retryable: true,
  countsAgainstBreaker: true,
  reachedServer: 'yes',
  applied: 'maybe',
  kind: 'unavailable',
  scope: 'dependency',
  rule: 'test.busy',
};
const judge = (value: unknown): Classification | undefined => (value === 'good' ? undefined : failure);

test('B28: an answer that is judged a failure is tried again, and its body let go before', async () => {
  const steps: string[] = [];
  let calls = 0;
  const policy = retry({ strategy: 'immediate', judge });

  const answer = await policy.execute(() => {
    calls += 1;
    steps.push(`call ${calls}`);
    return calls < 3 ? { body: { cancel: () => void steps.push(`body ${calls}`) } } : 'good';
  });

  assert.equal(answer, 'good');
  assert.deepEqual(steps, ['call 1', 'body 1', 'call 2', 'body 2', 'call 3']);
});

test('P44: the last bad answer is answered, or thrown where that is asked for', async () => {
  const bad = { status: 503 };
  assert.equal(await retry({ strategy: 'immediate', judge }).execute(() => bad), bad);

  const thrownOut = await retry({ strategy: 'immediate', judge, judgedFailure: 'throw' })
    .execute(() => bad)
    .catch((error: unknown) => error);

  assert.deepEqual(
    [(thrownOut as { code?: string }).code, (thrownOut as { value?: unknown }).value],
    ['RESULT_FAILED', bad],
  );
  assert.equal(attemptsOf(thrownOut)?.stoppedBy, 'exhausted');
});

test('P40: what a caller says of his call goes before the policy: it may not run twice', async () => {
  let calls = 0;
  const count = (): Promise<never> => {
    calls += 1;
    return reset();
  };
  await assert.rejects(retry({ strategy: 'immediate' }).execute(count, { idempotent: false }), { code: 'ECONNRESET' });
  assert.equal(calls, 1);

  await assert.rejects(retry({ strategy: 'immediate', idempotent: false }).execute(count, { idempotent: true }), {
    code: 'ECONNRESET',
  });

  assert.equal(calls, 4);
});
