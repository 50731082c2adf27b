import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { packageFile } from '../package-folder.ts';

/** Absolute path of the empty database that the build makes, for this version of the engine. It need not be there. */
export function emptyDatabase(): string {
  const about = findPackageJSON('@electric-sql/pglite', import.meta.url);
  if (about === undefined) throw new Error('@electric-sql/pglite is not installed');
  const { version } = JSON.parse(readFileSync(about, 'utf8')) as { version: string };
  return packageFile(`dist/empty-database-${version}`);
}
