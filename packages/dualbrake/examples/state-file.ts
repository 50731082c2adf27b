import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CircuitBreaker } from 'dualbrake';
import { stateFile } from 'dualbrake/node';

const folder = await mkdtemp(join(tmpdir(), 'state-'));
const path = join(folder, 'breakers.json');

const before = new CircuitBreaker({ name: 'database', failureThreshold: 1 });
await before.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
const saved = stateFile({ path, breakers: [before] });
saved.start(); // every five seconds from now on
await saved.stop(); // and once more at the end

// The program is started again, and goes on where it stopped.
const after = new CircuitBreaker({ name: 'database', failureThreshold: 1 });
const { restored } = await stateFile({ path, breakers: [after] }).load();
console.info(`${restored.join()}: ${after.state}`);
await rm(folder, { recursive: true });
