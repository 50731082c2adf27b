import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the built program and its pages are made of, relative to the root of the repository. */
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

/** Marks a complete build. @param startedAtMs when it began: a source that was saved during the build is newer than it */
export function recordBuild(root: string, startedAtMs: number): void {
  const stamp: Stamp = { startedAtMs, names: digestOf([...filesOf(root)].map(([file]) => file)) };
  writeFileSync(join(root, stampFile), `${JSON.stringify(stamp)}\n`);
}

/**
 * Why the build must not be started: it is missing, or older than a source. Compares names and times only, which takes a
 * few milliseconds, and only in a developer's checkout: elsewhere times may have changed by copying, or nothing can be built.
 *
 * @returns a sentence that says what to do; nothing when the build can be started
 */
export function buildProblem(root: string): string | undefined {
  if (!existsSync(join(root, stampFile))) return 'The program has not been built, or the build failed: npm run build.';
  if (!existsSync(join(root, '.git')) || !existsSync(join(root, 'node_modules/esbuild'))) return undefined;
  const stamp = JSON.parse(readFileSync(join(root, stampFile), 'utf8')) as Stamp;
  const files = [...filesOf(root)];
  const changed = files.find(([, changedAtMs]) => changedAtMs > stamp.startedAtMs)?.[0];
  if (changed === undefined && stamp.names === digestOf(files.map(([file]) => file))) return undefined;
  const what = changed === undefined ? 'a file was added or removed' : `${changed} has changed`;
  return `The build is older than the sources (${what}): npm run build. While you work on the code, use npm run dev.`;
}

/** Path from the root and time of the last change of every source, except tests. */
function* filesOf(root: string): Generator<[file: string, changedAtMs: number]> {
  for (const source of sources) {
    const path = join(root, source);
    const inside = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [''];
    for (const name of inside.toSorted()) {
      if (/\.test\.tsx?$|(^|[\\/])testing([\\/]|$)/.test(name)) continue;
      const file = join(source, name);
      const about = statSync(join(root, file));
      if (about.isFile()) yield [file, about.mtimeMs];
    }
  }
}

function digestOf(names: readonly string[]): string {
  return createHash('sha256').update(names.join('\n')).digest('hex');
}
