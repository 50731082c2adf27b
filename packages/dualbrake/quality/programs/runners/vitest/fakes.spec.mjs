import { bulkhead, CircuitBreaker, hedge, pipeline, rateLimit, retry, timeout } from 'dualbrake';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cases, hang } from '../cases.mjs';

const policies = { bulkhead, CircuitBreaker, hedge, pipeline, rateLimit, retry, timeout };
afterEach(() => vi.useRealTimers());

const kinds = {
  'what vitest fakes when nothing is said': [undefined, true],
  'timers, performance and Date': [{ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }, true],
  'timers and Date, as vitest before 3': [{ toFake: ['setTimeout', 'clearTimeout', 'Date'] }, false],
  'only timers': [{ toFake: ['setTimeout', 'clearTimeout'] }, false],
};

for (const [kind, [options, hasClock]] of Object.entries(kinds)) {
  describe(kind, () => {
    for (const [name, run] of Object.entries(cases(policies, hasClock))) {
      test(name, async () => {
        vi.useFakeTimers(options);
        expect(await run((ms) => vi.advanceTimersByTimeAsync(ms))).toBe('as expected');
      });
    }
  });
}

const limit = timeout({ limitMs: 300 });
test('F5: fake timers once, real ones afterwards: a policy at module level still has its limit', async () => {
  vi.useFakeTimers();
  await limit.execute(async () => 1);
  vi.useRealTimers();
  await expect(limit.execute(hang)).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
});
