import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from './library.ts';
import { compile } from './run.ts';

/** A folder that is gone after `remove`. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'dualbrake-quality-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

let shared: TemporaryFolder | undefined;
let staging: Promise<void> | undefined;

/**
 * Lays out the package as it is before packing, built from the sources of this moment. The working tree's own `dist` may
 * be of yesterday, and may hold what the sources no longer have. Built once per process, and copied.
 */
export async function stagePackage(folder: string): Promise<void> {
  if (shared === undefined) {
    const made = temporaryFolder();
    shared = made;
    process.once('exit', () => made.remove());
    staging = buildPackage(made.path);
  }
  await staging;
  cpSync(shared.path, folder, { recursive: true });
}

async function buildPackage(folder: string): Promise<void> {
  for (const file of ['package.json', 'README.md', 'LICENSE']) {
    copyFileSync(join(packageFolder, file), join(folder, file));
  }
  for (const part of ['src', 'docs', 'examples', 'bench/results.md']) {
    cpSync(join(packageFolder, part), join(folder, part), { recursive: true });
  }
  const plain = ['--incremental', 'false', '--composite', 'false', '--declaration'];
  await compile(['-p', packageFolder, '--outDir', join(folder, 'dist'), ...plain], folder);
}
