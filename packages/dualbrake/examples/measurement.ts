import { CircuitBreaker, Registry, retry } from 'dualbrake';
import { Measurement, replay } from 'dualbrake/measurement';

const registry = new Registry();
const measurement = Measurement.of(registry, { loggedOutcomes: 4_096 }); // before the first call
const again = retry({ strategy: 'immediate' });
const breaker = new CircuitBreaker({ name: 'database' });
const read = registry.pipeline('read', [again, breaker]);

// Of four calls two fail, one after the other.
let calls = 0;
const student = async (): Promise<string> => {
  calls += 1;
  if (calls % 4 === 2 || calls % 4 === 3) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  return 'Ana Costa';
};
for (let operation = 0; operation < 10; operation += 1) await read.execute(student);

const funnel = measurement.retry(again)?.funnel;
for (const { attempt, started, succeeded, retryable } of funnel?.rows ?? []) {
  console.info(`attempt ${attempt}: ${started} started, ${succeeded} ok, ${retryable} worth another one`);
}
console.info(`${funnel?.endings.first_try} at the first try, ${funnel?.endings.after_retry} after a retry`);

const measured = measurement.breaker(breaker);
console.info(`the breaker saw ${measured?.calls.success} good calls and ${measured?.calls.failure} failures`);
console.info(measured?.errors.list().map(({ class: errorClass, type, count }) => `${count} ${type} (${errorClass})`));

// What would a breaker have done that opens at the second failure in a row?
const would = replay(measured?.log?.from(0) ?? [], { window: 'consecutive', settings: { failureThreshold: 2 } });
console.info(`it would have opened ${would.openings} time and refused ${would.refused} of ${would.calls} calls`);
