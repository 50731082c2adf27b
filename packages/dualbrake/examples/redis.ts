import { createClient } from 'redis';
import { CircuitBreaker, retry } from 'dualbrake';
import { sharedBreakers, sharedRetryBudget } from 'dualbrake/redis';

const client = createClient({ socket: { path: process.env['REDIS_SOCKET'] ?? '/run/redis/redis.sock', tls: false } });
await client.connect();

// Two processes of a program; here in one, so that it can be seen.
const here = new CircuitBreaker({ name: 'database', failureThreshold: 1 });
const there = new CircuitBreaker({ name: 'database', failureThreshold: 1 });
const hereShared = sharedBreakers({ client, breakers: [here], instance: 'here', quorum: 1 });
const thereShared = sharedBreakers({ client, breakers: [there], instance: 'there', quorum: 1 });
hereShared.start(); // every second from now on
thereShared.start();

await here.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
await hereShared.sync(); // or wait for the next second
await thereShared.sync();
console.info(`there: ${there.state}, ${there.transitions.at(-1)?.reason}`);
await hereShared.stop(); // takes its votes back
await thereShared.stop();

// One budget for the retries of all of them.
const budget = sharedRetryBudget({ client, name: 'database', ratio: 0.2 });
budget.start();
await retry({ budget }).execute(() => 'answered');
await budget.sync();
console.info(`budget: ${budget.status}`);
budget.stop();
client.destroy();
