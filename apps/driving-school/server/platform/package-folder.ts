import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

const folder = dirname(findPackageJSON(import.meta.url) ?? import.meta.dirname);

/**
 * Absolute path of an uncompiled file or folder of this package, such as `migrations`. Not relative to the module: sources
 * and compiled files are at different depths.
 */
export function packageFile(path: string): string {
  return join(folder, path);
}
