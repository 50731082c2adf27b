import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

const folder = dirname(findPackageJSON(import.meta.url) ?? import.meta.dirname);

/**
 * The absolute path of a file or folder of this package that isn't compiled, such as `migrations`. A path relative to the
 * module would differ between sources and compiled files.
 */
export function packageFile(path: string): string {
  return join(folder, path);
}
