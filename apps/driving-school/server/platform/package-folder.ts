import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

const folder = dirname(findPackageJSON(import.meta.url) ?? import.meta.dirname);

/**
 * Absolute path of a file or folder of this package that isn't compiled, such as `migrations`. Sources and compiled
 * files are at different depths, so a path relative to the module would be right for one of them only.
 */
export function packageFile(path: string): string {
  return join(folder, path);
}
