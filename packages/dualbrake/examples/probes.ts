import { AutoRecovery, breakerService, CircuitBreaker } from 'dualbrake';
import { diskProbe, eventLoopProbe, memoryProbe } from 'dualbrake/node';

const disk = diskProbe({ path: '.', minFreeBytes: 1 });
const { healthy, unit } = await disk.read();
console.info(`${disk.name}: ${healthy ? 'enough' : 'too few'} ${unit} are free`);

// Anything that says whether it is healthy can be looked after: calls are kept away while memory is short.
const memory = memoryProbe({ maxRatio: 0.9 });
const reports = new CircuitBreaker({ name: 'reports' });
const recovery = new AutoRecovery({
  service: breakerService({ breakers: [reports], isHealthy: memory.isHealthy }),
  checkIntervalMs: 60_000,
});
recovery.start(); // closes the breaker again as soon as memory is there; keeps no process alive
recovery.stop();

using eventLoop = eventLoopProbe({ maxDelayMs: 5_000 });
console.info(`event loop: ${(await eventLoop.isHealthy()) ? 'in time' : 'late'}`);
