import assert from 'node:assert/strict';
import { mock } from 'node:test';
import {
  attemptsOf,
  createClassifier,
  InvalidSettingsError,
  pipeline,
  retry,
  timeout,
  type RetryOptions,
} from 'dualbrake';
import { askedBy, type Suite } from './scenario.ts';
import { atOnce, on, rejectionOf, retryOnly, script, settledOn, stage, turn, watch } from './scene.ts';

const { same, mended, onPurpose, missing } = askedBy('test.js');
const broken = new Error('fixture');

/** Milliseconds of each timer that a retry sets, where `setTimeout` is replaced by one that rings at once. */
async function timersSet(options: RetryOptions): Promise<number[]> {
  const delaysMs: number[] = [];
  const { setTimeout: original } = globalThis;
  const replaced = mock.method(globalThis, 'setTimeout', (callback: () => void, delayMs: number) => {
    delaysMs.push(delayMs);
    return original(callback, 0);
  });
  try {
    const call = watch(retry({ jitter: 'none', ...options }).execute(script(broken)));
    for (let turns = 0; call.status === 'pending' && delaysMs.length < 20 && turns < 10_000; turns += 1) {
      // Timers of no time ring within a few turns.
      await turn();
    }
  } finally {
    replaced.mock.restore();
  }
  return delaysMs;
}

function saysAgain(error: unknown): boolean {
  return error instanceof Error && error.message === 'again';
}

function failsHere(): never {
  throw new Error('with a stack');
}

const wrong = 'a loop that waited for the clock set a hundred timers';

/** A retry on a clock that is moved by hand: the delays that it announced, and the calls that it made. */
async function delays(options: RetryOptions): Promise<number[]> {
  const scene = stage();
  const operation = script(broken);
  await rejectionOf(settledOn(scene.clock, retry({ ...on(scene), jitter: 'none', ...options }).execute(operation)));
  return scene.heard('retry').map(({ delayMs }) => delayMs);
}

export const pRetry: Suite = {
  peer: 'p-retry',
  snapshot: 'sindresorhus/p-retry@e11ca9c',
  scenarios: [
    mended('With `setTimeout` replaced: delays grow by the factor', wrong, async () => {
      assert.deepEqual(await timersSet({ baseMs: 100, factor: 2, maxAttempts: 4 }), [100, 200, 400]);
    }),
    mended('With `setTimeout` replaced: one timer for each wait', wrong, async () => {
      assert.deepEqual(await timersSet({ baseMs: 100, factor: 1, maxAttempts: 4 }), [100, 100, 100]);
    }),
    mended('With `setTimeout` replaced: the first delay is the configured one', wrong, async () => {
      assert.deepEqual(await timersSet({ baseMs: 250, factor: 3, maxAttempts: 2 }), [250]);
    }),
    mended('With `setTimeout` replaced: delays stay within the maximum', wrong, async () => {
      assert.deepEqual(await timersSet({ baseMs: 100, factor: 3, maxMs: 150, maxAttempts: 4 }), [100, 150, 150]);
    }),
    mended('With `setTimeout` replaced: jitter changes the delays', wrong, async () => {
      const options = { baseMs: 100, factor: 2, maxAttempts: 3, jitter: 'equal', random: () => 0.5 } as const;
      assert.deepEqual(await timersSet(options), [75, 150]);
    }),

    same('A failed call is retried', async () => {
      const operation = script(broken, broken, 'fixture');
      assert.equal(await retry(atOnce).execute(operation), 'fixture');
      assert.equal(operation.calls, 3);
    }),
    missing('Unlimited attempts', 'unlimited attempts (the maximum is 1,000)'),
    onPurpose('A thrown value that is not an error becomes a `TypeError`', 'it is thrown as it is (B21)', async () => {
      const value = await rejectionOf(
        retry(atOnce).execute(() => {
          // eslint-disable-next-line no-throw-literal
          throw 'foo' as unknown;
        }),
      );
      assert.equal(value, 'foo');
    }),
    same('A `TypeError` from a programming mistake is not retried', async () => {
      const operation = script(new TypeError('placeholder'));
      await rejectionOf(retry(atOnce).execute(operation));
      assert.equal(operation.calls, 1);
    }),
    same('A `TypeError` from `fetch` is retried', async () => {
      const operation = script(new TypeError('Failed to fetch'), 'fixture');
      assert.equal(await retry(atOnce).execute(operation), 'fixture');
    }),
    same('The last error is available after the time limit', async () => {
      const scene = stage();
      const guard = pipeline(
        'p',
        [timeout({ limitMs: 500 }), retry({ baseMs: 300, factor: 1, jitter: 'none', maxAttempts: 10 })],
        on(scene),
      );
      const error = await rejectionOf(settledOn(scene.clock, guard.execute(script(broken))));
      assert.equal(error, broken);
      assert.equal(attemptsOf(error)?.at(-1)?.error, broken);
    }),
    same('An abort error ends the attempts', async () => {
      class AbortError extends Error {}
      const operation = script(new AbortError('stop'));
      await rejectionOf(
        retry({ ...atOnce, ...retryOnly((error) => !(error instanceof AbortError)) }).execute(operation),
      );
      assert.equal(operation.calls, 1);
    }),
    same("An abort between attempts rejects with the caller's reason", async () => {
      const scene = stage();
      const caller = new AbortController();
      const call = watch(retry({ ...on(scene), jitter: 'none' }).execute(script(broken), { signal: caller.signal }));
      await scene.clock.advance(500);
      const reason = new Error('the caller left');
      caller.abort(reason);
      await turn();
      assert.equal(call.error, reason);
      assert.equal(scene.clock.pending, 0, 'a timer was left');
    }),
    same('With an aborted signal nothing runs, and its reason is thrown', async () => {
      const operation = script('never');
      const reason = new Error('too late');
      assert.equal(await rejectionOf(retry(atOnce).execute(operation, { signal: AbortSignal.abort(reason) })), reason);
      assert.equal(operation.calls, 0);
    }),
    onPurpose(
      'An abort while the operation succeeds discards the result',
      'the result is kept, since it is there',
      async () => {
        const caller = new AbortController();
        const operation = async (): Promise<string> => {
          caller.abort();
          return 'fixture';
        };
        assert.equal(await retry(atOnce).execute(operation, { signal: caller.signal }), 'fixture');
      },
    ),
    same('A predicate decides what is retried', async () => {
      const operation = script(new Error('again'), new Error('again'), new Error('no more'));
      const error = await rejectionOf(
        retry({ ...atOnce, maxAttempts: 11, ...retryOnly(saysAgain) }).execute(operation),
      );
      assert.deepEqual([error instanceof Error && error.message, operation.calls], ['no more', 3]);
    }),
    same('A predicate can be async', async () => {
      const operation = script(new Error('again'), new Error('no more'));
      // Its answer is awaited, whatever the type of older versions says.
      const stops = (async (error: unknown) => !saysAgain(error)) as unknown as (error: unknown) => boolean;
      await rejectionOf(retry({ ...atOnce, rules: [{ when: stops, maxAttempts: 1 }] }).execute(operation));
      assert.equal(operation.calls, 2);
    }),
    missing('A hook is awaited before the next attempt', 'an awaited hook before the next attempt'),
    missing('A hook that throws ends the attempts', 'an awaited hook before the next attempt'),
    same('Each failed attempt is an event with its error and number', async () => {
      const scene = stage();
      await retry({ ...on(scene), ...atOnce, maxAttempts: 6 }).execute(script(broken, broken, 'fixture'));
      assert.deepEqual(
        scene.heard('retry').map(({ attempt, error }) => [attempt, error]),
        [
          [1, broken],
          [2, broken],
        ],
      );
    }),
    same('An option that is `undefined` keeps its default', async () => {
      const operation = script(broken);
      await rejectionOf(
        retry({ ...atOnce, ...({ classify: undefined, onEvent: undefined } as object) }).execute(operation),
      );
      assert.equal(operation.calls, 3);
    }),
    same('Delays grow by the factor', async () => {
      assert.deepEqual(await delays({ baseMs: 100, factor: 2, maxAttempts: 4 }), [100, 200, 400]);
    }),
    onPurpose('A factor below 1 makes delays shrink', 'refused: load on a failing dependency would grow (B51)', () => {
      assert.throws(() => retry({ factor: 0.5 }), InvalidSettingsError);
    }),
    same('Delays stay within the maximum, including the first', async () => {
      assert.deepEqual(await delays({ baseMs: 200, maxMs: 50, maxAttempts: 3 }), [50, 50]);
    }),
    same('Jitter keeps delays within their range', async () => {
      const jittered = await delays({ baseMs: 100, factor: 1, maxAttempts: 200, jitter: 'equal' });
      assert.ok(jittered.every((delayMs) => delayMs >= 50 && delayMs <= 100) && new Set(jittered).size > 10);
    }),
    same('A time limit covers all attempts', async () => {
      const scene = stage();
      const operation = script(broken);
      const guard = pipeline(
        'p',
        [timeout({ limitMs: 1_000 }), retry({ baseMs: 300, factor: 1, jitter: 'none', maxAttempts: 50 })],
        on(scene),
      );
      await rejectionOf(settledOn(scene.clock, guard.execute(operation)));
      assert.equal(operation.calls, 4);
    }),
    onPurpose(
      'A time limit of 0 still makes one attempt',
      'a call whose deadline has passed is not started (B31)',
      async () => {
        const scene = stage();
        await scene.clock.advance(10);
        const operation = script('never');
        await rejectionOf(retry(on(scene)).execute(operation, { deadline: 10 }));
        assert.equal(operation.calls, 0);
      },
    ),
    same('An invalid number of attempts is refused', () => {
      for (const maxAttempts of [-1, Number.NaN, 'six' as unknown as number]) {
        assert.throws(() => retry({ maxAttempts }), InvalidSettingsError);
      }
    }),
    same('With one attempt, nothing is retried', async () => {
      const operation = script(broken);
      assert.equal(await rejectionOf(retry({ maxAttempts: 1 }).execute(operation)), broken);
      assert.equal(operation.calls, 1);
    }),
    same('Invalid delays are refused', () => {
      assert.throws(() => retry({ baseMs: -1, maxMs: Number.NaN }), InvalidSettingsError);
    }),
    same('An unknown option is refused', () => {
      assert.throws(() => retry({ forever: true } as object), InvalidSettingsError);
    }),
    same('A synchronous function works', async () => {
      assert.equal(await retry(atOnce).execute(() => 'fixture'), 'fixture');
    }),
    same('A function that throws synchronously is retried', async () => {
      let calls = 0;
      const call = retry(atOnce).execute(() => {
        calls += 1;
        if (calls < 3) throw broken;
        return 'fixture';
      });
      assert.equal(await call, 'fixture');
    }),
    same('`null` is a result', async () => {
      assert.equal(await retry(atOnce).execute(() => null), null);
    }),
    missing('Waits between attempts can be detached from the process', '`unref` for the waits of a retry'),
    same('The stack of the last error names the code that threw it', async () => {
      const error = await rejectionOf(retry(atOnce).execute(failsHere));
      assert.match((error as Error).stack ?? '', /failsHere/);
    }),
    missing(
      'A function can be wrapped, keeping `this` and its arguments',
      '`wrap` for functions and objects (methods have decorators)',
    ),
    onPurpose(
      'An error thrown by a predicate is the outcome',
      "the operation's error is the outcome (B10, pitfall P43)",
      async () => {
        const classify = createClassifier({ rules: [{ when: failsHere, verdict: { retryable: false } }] });
        assert.equal(await rejectionOf(retry({ ...atOnce, classify }).execute(script(broken))), broken);
      },
    ),
  ],
};
