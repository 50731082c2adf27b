import { AutoRecovery, breakerService, CircuitBreaker } from 'dualbrake';

let isUp = true;
const breaker = new CircuitBreaker({ name: 'database', failureThreshold: 1 });
const recovery = new AutoRecovery({
  service: breakerService({ breakers: [breaker], isHealthy: () => isUp }),
  checkIntervalMs: 10,
});
recovery.start();

isUp = false;
await breaker.execute(() => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }))).catch(() => {});
console.info(breaker.state);
isUp = true;
await new Promise((resolve) => setTimeout(resolve, 60));
console.info(breaker.state, '-', breaker.transitions.at(-1)?.trigger);
recovery.stop();
