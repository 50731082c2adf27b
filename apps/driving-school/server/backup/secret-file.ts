import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { flush } from '../platform/flush.ts';
import { BackupError, messageOf } from './backup-error.ts';

/** The file in the data folder that holds the secret, unless `APP_SECRET` does. */
export const keyName = 'secret.key';

const why = `# The secret of the backup beside it. It opens the licence numbers in that backup, and without it
# nobody can read them ever again. That is why it is not in the backup: keep the two in different
# places, so that whoever finds one of them has nothing.
`;

/**
 * Writes the data folder's secret into a file of its own.
 *
 * @returns false when there is none, because `APP_SECRET` is used
 */
export function writeSecretFile(file: string, dataDirectory: string): boolean {
  let key: string;
  try {
    key = readFileSync(join(dataDirectory, keyName), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
  writeFileSync(file, `${why}${key.trim()}\n`, { mode: 0o600, flag: 'wx', flush: true });
  flush(dirname(resolve(file)));
  return true;
}

/** @returns the key as it belongs into the data folder. @throws BackupError when it cannot be read */
export function readSecretFile(file: string): string {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return `${lines
      .filter((line) => !line.startsWith('#'))
      .join('')
      .trim()}\n`;
  } catch (error) {
    throw new BackupError(
      `The secret of the backup cannot be read (${messageOf(error)}). Name its file with --secret, or set APP_SECRET ` +
        'if the backup was made with one.',
      { cause: error },
    );
  }
}
