import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fsyncPath } from '../platform/fsync.ts';
import { readKeyBackup } from '../platform/keys/key-backup.ts';
import { keyText } from '../platform/keys/key-file.ts';
import { BackupError, messageOf } from './backup-error.ts';

/** Name of the file in the data folder with the secret, unless that is `APP_SECRET`. */
export const keyName = 'secret.key';

const explanation = `# The secret of a backup, which decrypts its licence numbers. Keep the secret and the backup in
# different places, so that neither is useful to anyone who finds it.
`;

/** Writes the data folder's secret to a separate file. @param key the content of the key file */
export function writeSecretFile(file: string, key: string): void {
  writeFileSync(file, `${explanation}${key.trim()}\n`, { mode: 0o600, flag: 'wx', flush: true });
  fsyncPath(dirname(resolve(file)));
}

/**
 * Reads the secret of a backup from its `.secret` file or from a file written by `npm run key-backup`.
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
        'if the backup was made with APP_SECRET.',
      { cause: error },
    );
  }
}
