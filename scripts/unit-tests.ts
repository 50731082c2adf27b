/**
 * Runs the unit tests in two processes side by side, one for the library and one for all else: a process of its own for
 * each file would take longer to start than most tests run. `npm run test:unit`; further arguments go to both.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const groups = [
  ['packages/dualbrake/src/*.test.ts', 'packages/dualbrake/src/*/*.test.ts'],
  [
    '*.test.ts',
    'packages/console/src/*.test.ts',
    'packages/console/src/*/*.test.ts',
    'packages/console/ui/{live,words,actions,charts}/*.test.ts',
    'packages/console/ui/pages/*/*.test.ts',
    'apps/*/{contract,web,seed}/**/*.test.ts',
  ],
];
const options = ['--conditions=source', '--import', 'tsx', '--test', '--test-isolation=none'];

const codes = await Promise.all(
  groups.map(async (patterns) => {
    const child = spawn(process.execPath, [...options, ...process.argv.slice(2), ...patterns], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const [code] = (await once(child, 'close')) as [number | null];
    // In one piece, so that the two do not mix.
    process.stdout.write(output);
    return code ?? 1;
  }),
);
process.exitCode = Math.max(...codes);
