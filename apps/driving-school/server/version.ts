import { readFileSync } from 'node:fs';
import { packageFile } from './platform/package-folder.ts';

/** The application's version, from its `package.json`. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
