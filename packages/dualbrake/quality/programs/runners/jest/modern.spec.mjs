import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { bulkhead, CircuitBreaker, hedge, pipeline, rateLimit, retry, timeout } from 'dualbrake';
import { cases, hang } from '../cases.mjs';

const policies = { bulkhead, CircuitBreaker, hedge, pipeline, rateLimit, retry, timeout };
afterEach(() => jest.useRealTimers());

const kinds = {
  'everything that jest fakes': [undefined, { hasClock: true }],
  'not nextTick and queueMicrotask': [{ doNotFake: ['nextTick', 'queueMicrotask'] }, { hasClock: true }],
  'only timers': [
    { doNotFake: ['performance', 'Date', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'hrtime'] },
    { hasClock: false },
  ],
  'timers and Date, not performance': [
    { doNotFake: ['performance', 'nextTick', 'queueMicrotask', 'setImmediate', 'hrtime'] },
    { hasClock: false },
  ],
};

for (const [kind, [options, { hasClock }]] of Object.entries(kinds)) {
  describe(kind, () => {
    for (const [name, run] of Object.entries(cases(policies, hasClock))) {
      test(name, async () => {
        jest.useFakeTimers(options);
        expect(await run((ms) => jest.advanceTimersByTimeAsync(ms))).toBe('as expected');
      });
    }
  });
}

const limit = timeout({ limitMs: 300 });
test('F5: fake timers once, real ones afterwards: a policy at module level still has its limit', async () => {
  jest.useFakeTimers();
  await limit.execute(async () => 1);
  jest.useRealTimers();
  await expect(limit.execute(hang)).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
});

test('F5: a call that was waiting when the fakes went does not disturb later ones', async () => {
  jest.useFakeTimers();
  void limit.execute(hang).catch(() => undefined);
  jest.useRealTimers();
  await expect(limit.execute(hang)).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
});
