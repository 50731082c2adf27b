import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { CircuitBreaker, pipeline, retry, timeout, type Layer } from '../index.ts';
import { ManualClock } from '../testing/index.ts';

/** What a source answers to one pull, and after how many milliseconds. */
interface Pull {
  readonly afterMs: number;
  readonly result: 'item' | 'error' | 'end';
}

/** One run of a stream: what its sources do, how its consumer behaves, and what limits it. */
interface Scenario {
  /** The pulls of each attempt; what comes after them is the end. */
  readonly attempts: readonly (readonly Pull[])[];
  /** How long the consumer is busy with each item. */
  readonly busyMs: number;
  /** The consumer leaves with so many items. */
  readonly leavesAfter: number;
  readonly abortsAt: number;
  readonly limitMs: number;
}

/** What came of it. */
interface Result {
  readonly items: number;
  readonly ending: 'done' | 'left' | 'gone' | 'CALL_TIMEOUT' | 'down';
  readonly calls: number;
  readonly successes: number;
  readonly failures: number;
  readonly neutral: number;
  /** Sources that were ended from outside. */
  readonly returned: number;
}

/**
 * Times never meet: pulls and consumers take multiples of 10 ms, a limit ends 7 ms after one, a second one 4 ms, a third
 * one 1 ms, and callers leave 5 ms after one.
 */
const pulls = fc.array(
  fc.record({
    afterMs: fc.nat(4).map((tens) => tens * 10),
    result: fc.constantFrom('item' as const, 'item' as const, 'item' as const, 'error' as const, 'end' as const),
  }),
  { maxLength: 5 },
);

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  attempts: fc.array(pulls, { minLength: 3, maxLength: 3 }),
  busyMs: fc.constantFrom(0, 0, 10, 30),
  leavesAfter: fc.constantFrom(1, 2, 3, Infinity, Infinity, Infinity),
  abortsAt: fc.oneof(
    fc.constant(Infinity),
    fc.nat(12).map((tens) => tens * 10 + 5),
  ),
  limitMs: fc.constantFrom(7, 27, 57, Infinity, Infinity),
});

/** Slow and obvious: one moment after the other, with nothing that runs at the same time. */
function model({ attempts, busyMs, leavesAfter, abortsAt, limitMs }: Scenario): Result {
  const result = { items: 0, calls: 0, successes: 0, failures: 0, neutral: 0, returned: 0 };
  let now = 0;
  for (const script of attempts) {
    result.calls += 1;
    const limitAt = now + limitMs;
    const isLast = result.calls === attempts.length;
    let again = false;
    for (const { afterMs, result: pulled } of [...script, { afterMs: 0, result: 'end' } as const]) {
      const answersAt = now + afterMs;
      if (abortsAt < Math.min(answersAt, limitAt)) {
        return { ...result, neutral: result.neutral + 1, returned: result.returned + 1, ending: 'gone' };
      }
      if (limitAt < answersAt) {
        result.failures += 1;
        result.returned += 1;
        if (result.items > 0 || isLast) return { ...result, ending: 'CALL_TIMEOUT' };
        now = limitAt;
        again = true;
        break;
      }
      now = answersAt;
      if (pulled === 'end') return { ...result, successes: result.successes + 1, ending: 'done' };
      if (pulled === 'error') {
        result.failures += 1;
        if (result.items > 0 || isLast) return { ...result, ending: 'down' };
        again = true;
        break;
      }
      result.items += 1;
      const left = { ...result, neutral: result.neutral + 1, returned: result.returned + 1 };
      if (result.items === leavesAfter) return { ...left, ending: 'left' };
      now += busyMs;
      // Both are told to the consumer when it asks, and say nothing about a source that was not asked.
      if (Math.min(abortsAt, limitAt) < now) return { ...left, ending: abortsAt < limitAt ? 'gone' : 'CALL_TIMEOUT' };
    }
    if (!again) break;
  }
  throw new Error('each script has an end');
}

async function real({ attempts, busyMs, leavesAfter, abortsAt, limitMs }: Scenario): Promise<Result> {
  const clock = new ManualClock();
  const wait = (ms: number): Promise<void> =>
    ms === 0 ? Promise.resolve() : new Promise((resolve) => clock.after(ms, resolve));
  const breaker = new CircuitBreaker({ failureThreshold: 100 });
  const layers: Layer[] = [retry({ strategy: 'immediate', maxAttempts: attempts.length }), breaker];
  if (limitMs !== Infinity) layers.push(timeout({ limitMs }));
  const guard = pipeline('p', layers, { clock });
  const caller = new AbortController();
  if (abortsAt !== Infinity) clock.after(abortsAt, () => caller.abort(new Error('gone')));
  let calls = 0;
  let returned = 0;
  let items = 0;
  const source = (): AsyncIterable<number> => {
    const script = attempts[calls] ?? assert.fail('one attempt too many');
    calls += 1;
    let place = 0;
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          const { afterMs, result } = script[place] ?? { afterMs: 0, result: 'end' };
          place += 1;
          await wait(afterMs);
          if (result === 'error') throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
          return result === 'end' ? { done: true, value: undefined } : { done: false, value: place };
        },
        return: () => {
          returned += 1;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
  };
  const consume = async (): Promise<Result['ending']> => {
    try {
      for await (const item of guard.executeStream(source, caller.signal)) {
        items += 1;
        assert.equal(item, items, 'each item once, and in order');
        if (items === leavesAfter) return 'left';
        await wait(busyMs);
      }
      return 'done';
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string };
      return (code === 'CALL_TIMEOUT' ? code : message) as Result['ending'];
    }
  };
  const consuming = consume();
  await clock.advance(2_000);
  const ending = await consuming;
  assert.deepEqual([clock.pending, getEventListeners(caller.signal, 'abort').length], [0, 0], 'nothing is left behind');
  const { successes, failures, neutral, running } = breaker.report(clock.now());
  assert.equal(running, 0);
  return { items, ending, calls, successes, failures, neutral, returned };
}

test('F12: a stream under retry, breaker, limit, aborts and early leave does what a slow model says', async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      assert.deepEqual(await real(scenario), model(scenario));
    }),
    { numRuns: 300 },
  );
});
