import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** A package built from an earlier revision of this repository. */
export interface EarlierBuild {
  /** The short name of the revision. */
  readonly name: string;
  /** Holds `index.js` and the folders of the other entries. */
  readonly folder: string;
  remove(): void;
}

/** Builds the package as it was. @param revision anything that git understands @throws Error when it cannot be built */
export async function earlierBuild(revision: string): Promise<EarlierBuild> {
  const name = git(['rev-parse', '--short', `${revision}^{commit}`])
    .toString()
    .trim();
  const root = mkdtempSync(join(tmpdir(), 'dualbrake-before-'));
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  try {
    const archive = git(['archive', name, ':(glob)tsconfig*.json', 'packages/dualbrake']);
    execFileSync('tar', ['-x', '-C', root], { input: archive });
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
    const folder = join(root, 'dist');
    mkdirSync(folder);
    const compiler = join(repository, 'node_modules/typescript/bin/tsc');
    const plain = ['--incremental', 'false', '--composite', 'false', '--outDir', folder];
    execFileSync(process.execPath, [compiler, '-p', join(root, 'packages/dualbrake'), ...plain], { stdio: 'pipe' });
    return { name, folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function git(parameters: readonly string[]): Buffer {
  return execFileSync('git', parameters, { cwd: repository, maxBuffer: 2 ** 28 });
}
