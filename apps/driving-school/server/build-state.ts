import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Sources of the build, relative to the root of the repository. */
const sources = [
  'package-lock.json',
  'apps/driving-school/contract',
  'apps/driving-school/seed',
  'apps/driving-school/server',
  'apps/driving-school/web',
  'apps/driving-school/vite.config.ts',
  'packages/console/src',
  'packages/console/ui',
  'packages/console/vite.config.ts',
  'packages/dualbrake/src',
  'packages/kit/src',
];

/** Written last, so an interrupted build has none. */
const stampFile = 'apps/driving-school/dist/build.json';

interface Stamp {
  /** When the build began, in milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Digest of the names of all sources. */
  readonly names: string;
}

/**
 * Marks a complete build.
 *
 * @param startedAtMs when it began: a source saved during the build makes the build stale
 */
export function recordBuild(root: string, startedAtMs: number): void {
  const stamp: Stamp = { startedAtMs, names: digestOf([...filesOf(root)].map(([file]) => file)) };
  writeFileSync(join(root, stampFile), `${JSON.stringify(stamp)}\n`);
}

/**
 * Checks that there is a complete build that is not older than the sources. Compares only names and times, which takes a
 * few milliseconds, and only in a developer's checkout: elsewhere copying may have changed the times.
 *
 * @returns the problem and what to do, as a sentence; undefined when the build can be started
 */
export function buildProblem(root: string): string | undefined {
  if (!existsSync(join(root, stampFile)))
    return 'The program has not been built, or the build failed. Run npm run build.';
  if (!existsSync(join(root, '.git')) || !existsSync(join(root, 'node_modules/esbuild'))) return undefined;
  const stamp = JSON.parse(readFileSync(join(root, stampFile), 'utf8')) as Stamp;
  const files = [...filesOf(root)];
  const changed = files.find(([, changedAtMs]) => changedAtMs > stamp.startedAtMs)?.[0];
  if (changed === undefined && stamp.names === digestOf(files.map(([file]) => file))) return undefined;
  const difference = changed === undefined ? 'a file was added or removed' : `${changed} has changed`;
  return `The build is older than the sources (${difference}). Run npm run build, or npm run dev while you work on the code.`;
}

/** Lists every source except tests, with its path from the root and the time of its last change. */
function* filesOf(root: string): Generator<[file: string, changedAtMs: number]> {
  for (const source of sources) {
    const path = join(root, source);
    const inside = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [''];
    for (const name of inside.toSorted()) {
      if (/\.test\.tsx?$|(^|[\\/])testing([\\/]|$)/.test(name)) continue;
      const file = join(source, name);
      const stats = statSync(join(root, file));
      if (stats.isFile()) yield [file, stats.mtimeMs];
    }
  }
}

function digestOf(names: readonly string[]): string {
  return createHash('sha256').update(names.join('\n')).digest('hex');
}
