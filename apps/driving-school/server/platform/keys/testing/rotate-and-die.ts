// Rotates the key of a data folder and kills itself after a step, as a power cut would:
// rotate-and-die.ts STEP DATA_DIR
import { mkdirSync } from 'node:fs';
import { rotateKey, type RotationStep } from '../rotation.ts';
import { loadSecrets } from '../../secrets.ts';
import { rotationPlace } from './rotation-place.ts';

const [step, directory = ''] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
await rotateKey(rotationPlace(directory), loadSecrets(directory), { source: 'secret.key' }, (done: RotationStep) => {
  if (done === step) process.kill(process.pid, 'SIGKILL');
});
