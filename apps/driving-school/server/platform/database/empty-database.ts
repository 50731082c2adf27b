import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { packageFile } from '../package-folder.ts';

/** Absolute path of the empty database that the build creates for this version of the engine. It may be missing. */
export function emptyDatabase(): string {
  const packageJson = findPackageJSON('@electric-sql/pglite', import.meta.url);
  if (packageJson === undefined) throw new Error('@electric-sql/pglite is not installed');
  const { version } = JSON.parse(readFileSync(packageJson, 'utf8')) as { version: string };
  return packageFile(`dist/empty-database-${version}`);
}
