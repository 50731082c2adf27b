/** A dependency that fails twice and then answers: one call, three attempts, and a copy in case all of them fail. */
import { setTimeout as delay } from 'node:timers/promises';
import { CircuitBreaker, fallback, pipeline, retry, timeout } from 'dualbrake';

let calls = 0;
async function readStudent(id: string, signal: AbortSignal): Promise<string> {
  calls += 1;
  await delay(5, undefined, { signal });
  if (calls < 3) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
  return `student ${id}, live`;
}

const database = new CircuitBreaker({ name: 'students-db' });
const read = pipeline(
  'students-db.read',
  [
    fallback({ to: () => 'the copy of 14:05' }),
    retry({ strategy: 'exponential', baseMs: 10 }),
    database,
    timeout({ limitMs: 500 }),
  ],
  { onEvent: (event) => process.stdout.write(`  ${event.type} by ${event.policy}\n`) },
);

process.stdout.write(`${await read.execute(({ signal }) => readStudent('s-1', signal))}, after ${calls} calls\n`);
database.trip('for demonstration');
process.stdout.write(`${await read.execute(({ signal }) => readStudent('s-1', signal))}\n`);
