// Rotates the key of a data folder and kills itself after a step:
// rotate-and-die.ts STEP DATA_DIR
import { mkdirSync } from 'node:fs';
import { rotateKey, type RotationStep } from '../rotation.ts';
import { loadSecrets } from '../../secrets.ts';
import { rotationTarget } from './rotation-target.ts';

const [step, directory = ''] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
await rotateKey(rotationTarget(directory), loadSecrets(directory), { source: 'secret.key' }, (done: RotationStep) => {
  if (done === step) process.kill(process.pid, 'SIGKILL');
});
