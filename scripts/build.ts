/**
 * Builds what `npm start` runs, and the published packages: `npm run build`, and at the end of `npm ci`.
 *
 *   --if-needed      only when a source is newer than the build
 *   --after-install  not when development dependencies are missing, as after `npm ci --omit=dev`
 */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildProblem, recordBuild } from '../apps/driving-school/server/build-state.ts';
import { emptyDatabase } from '../apps/driving-school/server/platform/database/empty-database.ts';

const root = join(import.meta.dirname, '..');

if (process.argv.includes('--after-install') && !existsSync(join(root, 'node_modules/esbuild'))) {
  process.stdout.write('Development dependencies are not installed, so nothing was built.\n');
} else if (!process.argv.includes('--if-needed') || buildProblem(root) !== undefined) {
  await buildAll();
}

async function buildAll(): Promise<void> {
  const startedAtMs = Date.now();
  // Late, because they are development dependencies.
  const { build: buildPages } = await import('vite');
  const { buildServer } = await import('../apps/driving-school/build-server.ts');
  run(['node_modules/typescript/bin/tsc', '-b', 'packages/dualbrake', 'packages/console']);
  for (const configFile of ['apps/driving-school/vite.config.ts', 'packages/console/vite.config.ts']) {
    await buildPages({ configFile: join(root, configFile), mode: 'production', logLevel: 'warn' });
  }
  await buildServer();
  await createEmptyDatabase();
  recordBuild(root, startedAtMs);
}

function run(parameters: readonly string[]): void {
  const { status } = spawnSync(process.execPath, parameters, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

/** The database that the first start copies: creating one takes seconds. */
async function createEmptyDatabase(): Promise<void> {
  const folder = emptyDatabase();
  if (existsSync(folder)) return;
  const server = join(root, 'apps/driving-school/dist/server/embedded-server.js');
  const [code] = (await once(fork(server, [folder, '', 'fast', 'first']), 'exit')) as [number | null];
  if (code !== 0) throw new Error('The empty database could not be created');
}
