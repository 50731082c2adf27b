import { CircuitBreaker } from 'dualbrake';
import { ManualClock } from 'dualbrake/testing';

const clock = new ManualClock();
const breaker = new CircuitBreaker({ failureThreshold: 1, resetTimeoutMs: 60_000, clock });
await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);

await clock.advance(59_999);
console.info(breaker.state);
await clock.advance(1);
console.info(breaker.state);
