import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fsyncPath } from '../platform/fsync.ts';
import { readKeyBackup } from '../platform/keys/key-backup.ts';
import { keyText } from '../platform/keys/key-file.ts';
import { BackupError, messageOf } from './backup-error.ts';

/** The file in the data folder that holds the secret, unless `APP_SECRET` does. */
export const keyName = 'secret.key';

const why = `# The secret of a backup. It decrypts the licence numbers in it, and nobody can read them without
# it. That is why it is not in the backup: keep the two in different places, so that one of them
# alone gives nothing away.
`;

/** Writes the data folder's secret into a file of its own. @param key the content of the key file */
export function writeSecretFile(file: string, key: string): void {
  writeFileSync(file, `${why}${key.trim()}\n`, { mode: 0o600, flag: 'wx', flush: true });
  fsyncPath(dirname(resolve(file)));
}

/**
 * Reads the secret of a backup: the file beside it, or one that `npm run key-backup` has written.
 *
 * @returns the content of the key file for the data folder
 * @throws BackupError when it cannot be read
 */
export function readSecretFile(file: string): string {
  try {
    return keyText(readKeyBackup(file));
  } catch (error) {
    throw new BackupError(
      `The secret of the backup cannot be read (${messageOf(error)}). Use --secret with its file, or set APP_SECRET ` +
        'if the backup was made with it.',
      { cause: error },
    );
  }
}
