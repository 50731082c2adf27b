import { pipeline, remainingMs, retry, timeout } from 'dualbrake';
import { currentContext, installAmbientContext } from 'dualbrake/node';
import { ManualClock } from 'dualbrake/testing';

installAmbientContext(); // once, where the program starts

const clock = new ManualClock();
const request = pipeline(
  'request',
  [retry({ maxAttempts: 3, baseMs: 10, idempotent: true }), timeout({ limitMs: 300 })],
  { clock },
);
const database = pipeline('database', [retry({ maxAttempts: 3, baseMs: 10 })], { clock });
let queries = 0;

// Nobody hands a context on here: what runs inside inherits it.
const findStudent = (): Promise<never> =>
  database.execute(() => {
    queries += 1;
    const context = currentContext();
    if (queries === 1) console.info(`${context === undefined ? 'no' : remainingMs(context)} ms are left for the query`);
    throw Object.assign(new Error('reset'), { code: 'ECONNRESET', syscall: 'connect' });
  });

const failing = request.execute(findStudent).catch(() => undefined);
await clock.advance(1_000);
await failing;
console.info(`${queries} queries, and not 9`);
