import { hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The fewest bytes a secret may have: as many as the keys that are made of it. */
const secretBytesMin = 32;
const keyFile = 'secret.key';

/** Keys of the application, one per purpose, all from one secret. */
export interface Secrets {
  /**
   * The key for a purpose: 32 bytes, always the same for the same secret and purpose.
   *
   * @param purpose such as `session-cookie`; two purposes have two keys, so one that leaks opens nothing else
   */
  derive(purpose: string): Buffer;
}

/**
 * Reads the secret from the environment, else from the data folder, where the first start puts a random one.
 *
 * @param directory the data folder; must exist
 * @param appSecret value of `APP_SECRET`: for several instances, which must share it
 * @throws Error when the key file is damaged, for a new one would end all sessions without anybody knowing why
 */
export function loadSecrets(directory: string, appSecret?: string): Secrets {
  const secret = appSecret === undefined ? readOrMakeKey(directory) : Buffer.from(appSecret, 'utf8');
  if (secret.length < secretBytesMin) {
    throw new Error(`The secret is too short: it has ${secret.length} bytes and needs at least ${secretBytesMin}.`);
  }
  return {
    derive: (purpose) => Buffer.from(hkdfSync('sha256', secret, 'driving-school', purpose, 32)),
  };
}

function readOrMakeKey(directory: string): Buffer {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, keyFile);
  const found = readKey(file);
  if (found !== undefined) return found;

  // Written aside and linked: a crash half-way leaves no short key behind, and of two starts only one can win.
  const draft = join(directory, `${keyFile}.${process.pid}`);
  writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const made = readKey(file);
  if (made === undefined) throw new Error(`The key file ${file} has vanished while it was being made.`);
  return made;
}

function readKey(file: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== 32) {
    throw new Error(
      `The key file ${file} is damaged. Put it back from a backup, or delete it: everybody then has to sign in again.`,
    );
  }
  chmodSync(file, 0o600);
  return key;
}
