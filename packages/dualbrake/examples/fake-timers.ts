import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { retry } from 'dualbrake';

mock.timers.enable({ apis: ['setTimeout', 'Date'] });
let calls = 0;
const answer = retry({ baseMs: 60_000, jitter: 'none' }).execute(() => {
  calls += 1;
  if (calls < 3) throw new Error('down');
  return 'healthy again';
});

// Let promises settle first: the wait begins when the failure has arrived.
for (const ms of [60_000, 120_000]) {
  await new Promise(setImmediate);
  mock.timers.tick(ms);
}

assert.equal(await answer, 'healthy again');
mock.timers.reset();
console.info(`${calls} calls in three minutes of fake time`);
