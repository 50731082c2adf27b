/**
 * Runs the program from its sources while you work on it: `npm run dev`. The server restarts when one of its files
 * changes; the school's pages come from Vite, whose address is printed; the console's are built again at each change.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const vite = join(root, 'node_modules/vite/bin/vite.js');
const [school, console] = ['apps/driving-school', 'packages/console'].map((folder) =>
  join(root, folder, 'vite.config.ts'),
);

const children = [
  [
    '--watch',
    '--watch-preserve-output',
    '--conditions=source',
    '--import',
    'tsx',
    'apps/driving-school/server/main.ts',
  ],
  [vite, '--config', String(school)],
  [vite, 'build', '--watch', '--logLevel', 'warn', '--config', String(console)],
].map((parameters) =>
  spawn(process.execPath, parameters, { cwd: root, stdio: 'inherit', env: { LOG_FORMAT: 'text', ...process.env } }),
);

// The terminal sends Ctrl-C to all of them. When one ends, the others are of no use.
process.on('SIGINT', () => undefined);
await Promise.race(children.map((child) => once(child, 'exit')));
for (const child of children) child.kill('SIGTERM');
