import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** One set of pages that Vite builds. */
export interface PageSet {
  /** For messages: `pages`, `console`. */
  readonly name: string;
  /** Absolute path of Vite's configuration. */
  readonly config: string;
  /** Absolute path of the folder that is built; Vite's configuration says the same. */
  readonly output: string;
  /** Files and folders that the result depends on. */
  readonly inputs: readonly string[];
}

/** Vite could not build. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
  readonly code = 'BUILD_FAILED';

  constructor(set: PageSet, output: string) {
    super(`The ${set.name} could not be built. Vite says:\n${output.trim()}`);
  }
}

interface BuildOptions {
  readonly announce: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Lies in the built folder and says of which inputs it was made. Written last, so a build that broke off is none. */
const stampFile = '.built-from';

/**
 * Builds what is out of date, one after the other, each in a process of its own: Vite needs more memory than all the rest.
 *
 * @throws BuildError; the signal's reason when it aborts
 */
export async function buildPages(sets: readonly PageSet[], { announce, signal }: BuildOptions): Promise<void> {
  for (const set of sets) {
    const stamp = stampOf(set);
    if (isFresh(set, stamp)) continue;
    announce(`Building the ${set.name}…`);
    await runVite(set, signal);
    writeFileSync(join(set.output, stampFile), stamp);
  }
}

function isFresh(set: PageSet, stamp: string): boolean {
  const file = join(set.output, stampFile);
  return existsSync(file) && readFileSync(file, 'utf8') === stamp;
}

/** By content, not by time: a fresh clone and a branch switch have new times on old files. */
function stampOf({ config, inputs }: PageSet): string {
  const hash = createHash('sha256');
  const root = dirname(config);
  for (const input of [config, ...inputs]) {
    for (const file of filesIn(input)) {
      hash
        .update(`${relative(root, file)}\n`)
        .update(readFileSync(file))
        .update('\n');
    }
  }
  return hash.digest('hex');
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$|^\./.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/[\\/](node_modules|dist)[\\/]/.test(relative(path, file)))
    .sort();
}

async function runVite(set: PageSet, signal: AbortSignal | undefined): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
  const child = spawn(process.execPath, [vite, 'build', '--config', set.config, '--logLevel', 'warn'], {
    cwd: dirname(set.config),
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  let output = '';
  const keep = (text: Buffer): void => {
    output = `${output}${text.toString()}`.slice(-10_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = Promise.withResolvers<number | null>();
  child.once('error', ended.reject);
  child.once('close', ended.resolve);
  const code = await ended.promise;
  signal?.throwIfAborted();
  if (code !== 0) throw new BuildError(set, output);
}
