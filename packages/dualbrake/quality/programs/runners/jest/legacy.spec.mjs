import { afterEach, expect, jest, test } from '@jest/globals';
import { bulkhead, CircuitBreaker, hedge, pipeline, rateLimit, retry, timeout } from 'dualbrake';
import { cases, hang } from '../cases.mjs';

const policies = { bulkhead, CircuitBreaker, hedge, pipeline, rateLimit, retry, timeout };
afterEach(() => jest.useRealTimers());

/** Legacy fakes have no tick that waits, and fake `nextTick` and `setImmediate`, too. */
async function advance(ms) {
  for (let turn = 0; turn < 20; turn += 1) await undefined;
  jest.advanceTimersByTime(ms);
  for (let turn = 0; turn < 20; turn += 1) await undefined;
}

for (const [name, run] of Object.entries(cases(policies, false))) {
  test(`legacy: ${name}`, async () => {
    jest.useFakeTimers({ legacyFakeTimers: true });
    expect(await run(advance)).toBe('as expected');
  });
}

const limit = timeout({ limitMs: 300 });
test('F5: legacy fake timers once, real ones afterwards', async () => {
  jest.useFakeTimers({ legacyFakeTimers: true });
  await limit.execute(async () => 1);
  jest.useRealTimers();
  await expect(limit.execute(hang)).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
});
