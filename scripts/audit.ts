/**
 * `npm audit` for continuous integration: `npm run audit`. Fails on a known vulnerability of severity high or critical
 * in what the lock file pins. Where the registry's advisory service can't be reached, says so and succeeds: an outage
 * elsewhere must not stop a repair here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { verdictOf } from './audit-verdict.ts';

const npm = spawn('npm', ['audit', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
let output = '';
npm.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
await once(npm, 'close');

const { text, failed } = verdictOf(output);
process.stdout.write(`${text}\n`);
process.exitCode = failed ? 1 : 0;
