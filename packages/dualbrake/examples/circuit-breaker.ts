import { CircuitBreaker } from 'dualbrake';

const breaker = new CircuitBreaker({ name: 'rates', failureThreshold: 3, resetTimeoutMs: 20 });
let isDown = true;
const readRates = async (): Promise<string> => {
  if (isDown) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  return '1.37';
};

for (let call = 1; call <= 4; call += 1) {
  await breaker.execute(readRates).catch((error: { code: string }) => console.info(`call ${call}: ${error.code}`));
}
isDown = false;
await new Promise((resolve) => setTimeout(resolve, 30));
console.info(`${await breaker.execute(readRates)}, and the breaker is ${breaker.state}`);
