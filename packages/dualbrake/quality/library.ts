/** What the package says of itself, so that a new entry point is covered without a change here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly source: string; readonly types: string }>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** One importable name of the package. */
export interface Entry {
  /** As a program imports it: `dualbrake/fetch`. */
  readonly specifier: string;
  /** From the package's folder: `./src/fetch/index.ts`. */
  readonly source: string;
  /** From the package's folder: `./dist/fetch/index.d.ts`. */
  readonly types: string;
}

export const packageFolder = fileURLToPath(new URL('..', import.meta.url));

const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as Manifest;

/** Every key of `exports` that is code, in their order. */
export const entries: readonly Entry[] = Object.entries(manifest.exports).flatMap(([key, target]) =>
  typeof target === 'string' ? [] : [{ specifier: manifest.name + key.slice(1), ...target }],
);

/** What a user brings along. */
export const peers: readonly string[] = Object.keys(manifest.peerDependencies ?? {});
