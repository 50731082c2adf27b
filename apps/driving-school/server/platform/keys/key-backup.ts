import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { checkValueOf, keyFileName, loadSecrets, secretFits, secretsOf } from '../secrets.ts';
import { readCheckFile } from './check-file.ts';
import { keyText, parseKey, readKeyFile } from './key-file.ts';
import { createFile, moveFile, readIfThere, replaceFile } from './private-file.ts';
import { SecretError } from './secret-error.ts';

const kind = 'driving-school key backup';

const backupSchema = z.object({
  kind: z.literal(kind),
  version: z.literal(1),
  key: z.string(),
  /** The check value of the key, which detects damaged backups. */
  check: z.string(),
});

/**
 * Copies the key of a data folder to a new file, readable for the current system user only. The program may be running.
 *
 * @throws SecretError when the key is missing, damaged or not the folder's, or the file exists or can't be written
 */
export function backUpKey(directory: string, to: string): void {
  const file = join(directory, keyFileName);
  if (!existsSync(file)) throw new SecretError(`There is no key file ${file} to back up.`);
  // Compares the key with the folder's check value, so that no wrong key is backed up.
  loadSecrets(directory);
  const key = readKeyFile(file) ?? Buffer.alloc(0);
  const text = JSON.stringify(
    { kind, version: 1, key: key.toString('base64'), check: checkValueOf(secretsOf(key)).toString('base64') },
    undefined,
    2,
  );
  if (!existsSync(dirname(to))) throw new SecretError(`The folder ${dirname(to)} doesn't exist. Create it first.`);
  if (!written(to, `${text}\n`)) {
    throw new SecretError(`${to} already exists and was not changed. Choose another name with --to.`);
  }
}

/**
 * Reads a backup of a key, or the file with the secret that accompanies a backup of the data.
 *
 * @throws SecretError when the file is missing, damaged, or not a key
 */
export function readKeyBackup(from: string): Buffer {
  const text = readIfThere(from);
  if (text === undefined) throw new SecretError(`There is no file ${from}.`);
  const plain = parseKey(text.replaceAll(/^#.*$/gm, ''));
  if (plain !== undefined) return plain;
  const parsed = backupSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new SecretError(`${from} is not a backup of a key, or is damaged. Nothing was changed. Try another copy.`);
  }
  const key = parseKey(parsed.data.key);
  if (key === undefined || !secretFits(secretsOf(key), Buffer.from(parsed.data.check, 'base64'))) {
    throw new SecretError(`The key in ${from} is damaged. Nothing was changed. Try another copy.`);
  }
  return key;
}

/** The result of `restoreKey`. */
export interface RestoredKey {
  /** False when the folder already had this key. */
  readonly changed: boolean;
  /** The new path of the replaced key file: a damaged key, or one of other data. */
  readonly putAside: string | undefined;
}

/**
 * Restores a key from a backup to the data folder, which must be locked for this process.
 *
 * @param databaseCheck returns the check value of the database's secret, if it has one. Called when the folder has none
 * @throws SecretError when the key belongs to other data; nothing was changed then
 */
export async function restoreKey(
  directory: string,
  key: Buffer,
  databaseCheck: () => Promise<Buffer | undefined>,
): Promise<RestoredKey> {
  const known = readCheckFile(directory);
  if (known?.source === 'APP_SECRET') {
    throw new SecretError(
      `The data folder ${directory} is used with APP_SECRET, not with a key file. Nothing was changed. Set APP_SECRET.`,
    );
  }
  const check = known?.check ?? (await databaseCheck());
  if (check !== undefined && !secretFits(secretsOf(key), check)) {
    throw new SecretError(
      `This is the key of other data, not of ${directory}. Nothing was changed. Use the backup that was made of this installation's key after its last rotation.`,
    );
  }
  const file = join(directory, keyFileName);
  const present = readIfThere(file);
  if (present === keyText(key)) return { changed: false, putAside: undefined };
  const putAside = present === undefined ? undefined : `${file}.replaced-${randomBytes(4).toString('hex')}`;
  if (putAside !== undefined) moveFile(file, putAside);
  replaceFile(file, keyText(key));
  return { changed: true, putAside };
}

function written(file: string, text: string): boolean {
  try {
    return createFile(file, text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new SecretError(`${file} can't be written (${code}). Choose another location with --to.`, { cause: error });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
