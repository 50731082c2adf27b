import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckFile, type SecretSource } from './keys/check-file.ts';
import { readKeyFile, writeNewKeyFile } from './keys/key-file.ts';
import { SecretError } from './keys/secret-error.ts';

/** The minimum bytes of a secret: the size of the keys derived from it. */
const secretBytesMin = 32;
/** Name of the key file in the data folder. */
export const keyFileName = 'secret.key';
/** Files that exist only in a folder that was used with a key. */
const tracesOfUse = ['console.sqlite', 'console-token'];

/** Keys of the application, one per purpose, derived from one secret. */
export interface Secrets {
  /**
   * The key for a purpose: 32 bytes, always the same for the same secret and purpose.
   *
   * @param purpose such as `session-cookie`; two purposes have two keys, so one that leaks opens nothing else
   */
  derive(purpose: string): Buffer;
}

/** The secret of this start, and its source. */
export interface LoadedSecrets extends Secrets {
  readonly source: SecretSource;
}

/** Derives keys from a secret. @throws SecretError when it is too short */
export function secretsOf(secret: Buffer): Secrets {
  if (secret.length < secretBytesMin) {
    throw new SecretError(
      `The secret is too short: it has ${secret.length} bytes and needs at least ${secretBytesMin}.`,
    );
  }
  return { derive: (purpose) => Buffer.from(hkdfSync('sha256', secret, 'driving-school', purpose, 32)) };
}

/**
 * The check value of a secret: 32 bytes that are stored with the data. Neither the secret nor any other key can be derived
 * from it.
 */
export function checkValueOf(secrets: Secrets): Buffer {
  return createHmac('sha256', secrets.derive('installation.secret-check')).update('driving-school').digest();
}

/** Whether a check value belongs to this secret. */
export function secretFits(secrets: Secrets, check: Uint8Array): boolean {
  const own = checkValueOf(secrets);
  return own.length === check.length && timingSafeEqual(own, check);
}

/**
 * Loads the secret from the environment, else from the data folder, where the first start creates a random one. Refuses a
 * secret that does not match the data of the folder.
 *
 * @param directory the data folder; must exist
 * @param appSecret value of `APP_SECRET`, which several instances must share
 * @throws SecretError with a message for the terminal. Nothing was changed then
 */
export function loadSecrets(directory: string, appSecret?: string): LoadedSecrets {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const known = readCheckFile(directory);
  const source: SecretSource = appSecret === undefined ? 'secret.key' : 'APP_SECRET';
  const file = join(directory, keyFileName);
  let secret: Buffer;
  if (appSecret !== undefined) secret = Buffer.from(appSecret, 'utf8');
  else {
    if (known?.source === 'APP_SECRET') throw new SecretError(appSecretIsMissing(directory));
    const found = readKeyFile(file);
    if (found === undefined && (known !== undefined || wasUsed(directory))) {
      throw new SecretError(keyIsMissing(file));
    }
    secret = found ?? writeNewKeyFile(file, randomBytes(32));
  }
  const secrets = secretsOf(secret);
  if (known !== undefined && !secretFits(secrets, known.check)) {
    throw new SecretError(wrongSecret(`The data folder ${directory}`, source, known.source));
  }
  return { ...secrets, source };
}

/** Whether the program has run in this folder before. */
function wasUsed(directory: string): boolean {
  return tracesOfUse.some((name) => existsSync(join(directory, name)));
}

function appSecretIsMissing(directory: string): string {
  return (
    `The data folder ${directory} is used with APP_SECRET, which isn't set now. Nothing was changed. ` +
    'Set APP_SECRET to the same value as before.'
  );
}

function keyIsMissing(file: string): string {
  return (
    `The key file ${file} is missing, and the data in this folder can only be used with it. Nothing was changed. ` +
    `${howToRestore} If the program ran here with APP_SECRET, set it again.`
  );
}

/** How to restore a key file; the end of every message about one. */
export const howToRestore =
  'Restore the key file from your backup: npm run key-restore -- --from FILE (see docs/keys.md).';

/**
 * The message for data that does not belong to the secret.
 *
 * @param what the data, as the beginning of a sentence
 * @param source the source of this start's secret
 * @param expected the source of the right one, if known
 */
export function wrongSecret(what: string, source: SecretSource, expected?: SecretSource): string {
  const beginning = `${what} does not belong to the secret in ${source}. Nothing was changed. `;
  if (source === 'secret.key') {
    return `${beginning}${howToRestore} If several instances share the data, set APP_SECRET to the secret that they share.`;
  }
  if (expected === 'secret.key') {
    return (
      `${beginning}It is used with its key file secret.key: start without APP_SECRET. ` +
      'To switch to an APP_SECRET, use npm run key-rotate (see docs/keys.md).'
    );
  }
  return `${beginning}Set APP_SECRET to the same value as before, which is also that of all other instances.`;
}
