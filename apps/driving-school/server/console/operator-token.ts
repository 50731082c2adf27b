import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Opens the console to whoever may read the data folder: programs send it, people type it into a page. */
export interface OperatorToken {
  /** The token that is valid now; nothing while there is no file with one. */
  current(): string | undefined;
  /** @param authorization the header of that name */
  opens(authorization: string | undefined): boolean;
}

/** Path of the token's file inside the data folder. */
export const operatorTokenFile = 'console-token';

/** A random token of this many bytes. */
const TOKEN_BYTES = 32;
/** What a token looks like; anything else in the file is no token. */
const tokenPattern = /^[\w-]{43,}$/;

/**
 * The token in the data folder, which is made by the first start. The file is the truth: a changed one counts from the
 * next request on, and while it is gone no token is valid.
 */
export function operatorToken(directory: string): OperatorToken {
  const file = join(directory, operatorTokenFile);
  if (readToken(file) === undefined) rotateOperatorToken(directory);
  // Older versions, and editors, may have left it readable for others.
  chmodSync(file, 0o600);
  let known: { readonly version: string; readonly token: string | undefined } | undefined;

  const current = (): string | undefined => {
    let version: string;
    try {
      const { ino, mtimeMs, size } = statSync(file);
      version = `${ino} ${mtimeMs} ${size}`;
    } catch (error) {
      // Deleting the file takes the token away. A disk that cannot be read right now does not.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') known = undefined;
      return known?.token;
    }
    if (known?.version !== version) known = { version, token: readToken(file) };
    return known.token;
  };
  return {
    current,
    opens(authorization) {
      const token = authorization === undefined ? undefined : current();
      return token !== undefined && timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`));
    },
  };
}

/** Puts a new random token in place of the old one, at once and for this user of the machine only. @returns the token */
export function rotateOperatorToken(directory: string): string {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const draft = join(directory, `${operatorTokenFile}.${process.pid}`);
  writeFileSync(draft, `${token}\n`, { mode: 0o600, flush: true });
  renameSync(draft, join(directory, operatorTokenFile));
  return token;
}

/** @returns nothing when the file is missing, unreadable, or holds something else */
export function readOperatorToken(directory: string): string | undefined {
  return readToken(join(directory, operatorTokenFile));
}

function readToken(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return tokenPattern.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Of one length, whatever is sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
