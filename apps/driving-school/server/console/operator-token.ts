import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The token that opens the console. It is readable for anyone with access to the data folder. */
export interface OperatorToken {
  /** The valid token; `undefined` while its file is missing or invalid. */
  current(): string | undefined;
  /** Whether a header `Authorization` has the valid token. */
  opens(authorization: string | undefined): boolean;
}

/** Path of the token's file inside the data folder. */
export const operatorTokenFile = 'console-token';

/** Random bytes in a new token. */
const TOKEN_BYTES = 32;
/** The format of a token; any other content of the file is ignored. */
const tokenPattern = /^[\w-]{43,}$/;

/**
 * The operator's token in the data folder, created by the first start. The file is read again whenever it changes, and
 * deleting it invalidates the token immediately.
 */
export function operatorToken(directory: string): OperatorToken {
  const file = join(directory, operatorTokenFile);
  if (readToken(file) === undefined) rotateOperatorToken(directory);
  // Older versions and editors may have made it readable for other users.
  chmodSync(file, 0o600);
  let known: { readonly version: string; readonly token: string | undefined } | undefined;

  const current = (): string | undefined => {
    let version: string;
    try {
      const { ino, mtimeMs, size } = statSync(file);
      version = `${ino} ${mtimeMs} ${size}`;
    } catch (error) {
      // Deleting the file invalidates the token; a temporary disk error doesn't.
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

/** Replaces the token by a new random one, readable for the current system user only. @returns the token */
export function rotateOperatorToken(directory: string): string {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const draft = join(directory, `${operatorTokenFile}.${process.pid}`);
  writeFileSync(draft, `${token}\n`, { mode: 0o600, flush: true });
  renameSync(draft, join(directory, operatorTokenFile));
  return token;
}

/** Reads the token. @returns `undefined` when the file is missing, unreadable or invalid */
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

/** A digest has a fixed length, which `timingSafeEqual` requires. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
