import { CircuitBreaker, classify, Registry } from 'dualbrake';
import { faultInjection } from 'dualbrake/faults';
import { ManualClock } from 'dualbrake/testing';

const clock = new ManualClock();
const registry = new Registry({ clock });
const breaker = new CircuitBreaker({ name: 'database', failureThreshold: 2 });
const drill = faultInjection(); // list it last: it stands for the dependency
const read = registry.pipeline('read', [breaker, drill]);

drill.start({ kind: 'error', class: 'transient', ratio: 1, forMs: 60_000 });
for (let call = 1; call <= 3; call += 1) {
  const { error } = await read.executeOutcome(() => 'Ana Costa');
  console.info(`call ${call}: ${classify(error).rule}`);
}
console.info(`${drill.injected} calls failed on purpose, the breaker is ${breaker.state}`);

await clock.advance(60_000); // the drill ends by itself
console.info(drill.active, await read.execute(() => 'Ana Costa'));
