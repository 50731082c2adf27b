import { chmodSync } from 'node:fs';
import { createFile, readIfThere } from './private-file.ts';
import { SecretError } from './secret-error.ts';

/** Bytes of the secret in a key file. */
export const keyBytes = 32;

/**
 * Reads a key file.
 *
 * @returns `undefined` when there is no file
 * @throws SecretError when it is damaged
 */
export function readKeyFile(file: string): Buffer | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const key = parseKey(text);
  if (key === undefined) {
    throw new SecretError(
      `The key file ${file} is damaged: it must contain ${keyBytes} bytes in base64. Nothing was changed. ` +
        'Restore it from your backup: npm run key-restore -- --from FILE (see docs/keys.md). ' +
        'Keep the damaged file until the program runs again.',
    );
  }
  chmodSync(file, 0o600);
  return key;
}

/** Writes a key to a new file. @returns the key in the file, which another process may have written first */
export function writeNewKeyFile(file: string, key: Buffer): Buffer {
  createFile(file, keyText(key));
  const made = readKeyFile(file);
  if (made === undefined) throw new SecretError(`The key file ${file} vanished while it was being created.`);
  return made;
}

/** The content of a key file. */
export function keyText(key: Buffer): string {
  return `${key.toString('base64')}\n`;
}

/** Parses a key. @returns `undefined` for any other text; Node would ignore characters that are not base64 */
export function parseKey(text: string): Buffer | undefined {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, 'base64');
  return key.length === keyBytes && key.toString('base64') === trimmed ? key : undefined;
}
