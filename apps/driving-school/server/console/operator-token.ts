import { createHash, timingSafeEqual } from 'node:crypto';
import { writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Secrets } from '../platform/secrets.ts';

/** Opens the console to programs of whoever may read the data folder, such as the command line. */
export interface OperatorToken {
  /** @param authorization the header of that name */
  opens(authorization: string | undefined): boolean;
}

const tokenFile = 'console-token';

/**
 * Writes the token into the data folder, for this user of the machine only. It follows from the application's secret, so
 * it stays the same over restarts and ends with that secret.
 */
export function writeOperatorToken(directory: string, secrets: Secrets): OperatorToken {
  const token = secrets.derive('console-token').toString('base64url');
  const file = join(directory, tokenFile);
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  // The mode above counts for a new file only.
  chmodSync(file, 0o600);
  const expected = digest(`Bearer ${token}`);
  return {
    opens: (authorization) => authorization !== undefined && timingSafeEqual(digest(authorization), expected),
  };
}

/** Of one length, whatever is sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
