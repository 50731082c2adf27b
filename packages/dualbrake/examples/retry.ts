import { attemptsOf, retry, retryBudget } from 'dualbrake';

const budget = retryBudget({ ratio: 0.2, minPerSecond: 10 });
const policy = retry({ maxAttempts: 3, baseMs: 5, budget });

let calls = 0;
const answer = await policy.execute(async ({ attempt, signal }) => {
  calls += 1;
  signal.throwIfAborted();
  if (attempt < 3) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  return 'third time lucky';
});
console.info(`${answer}, after ${calls} calls`);

const error: unknown = await policy.execute(() => Promise.reject(new Error('boom'))).catch((caught: unknown) => caught);
const attempts = attemptsOf(error);
console.info(`${attempts?.length} attempts, stopped by: ${attempts?.stoppedBy}`);
