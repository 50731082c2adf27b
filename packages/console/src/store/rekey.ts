import { existsSync } from 'node:fs';
import { AuditLog } from './audit.ts';
import { StoreFile } from './file.ts';

/** Settings of `rekeyAuditLog`. */
export interface RekeyOptions {
  /** The console's SQLite file. Without one there is nothing to do. */
  readonly path: string;
  /** The present `auditKey`, */
  readonly from: string;
  /** and the one that the console will be started with from now on. */
  readonly to: string;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly wallClock?: () => number;
}

/**
 * Makes the audit chain of a console one of another key, while no console uses the file. Lines that were tampered with
 * stay recognizable as such. All or nothing; doing it again changes nothing.
 *
 * @throws StoreUnavailableError when the file cannot be written: then nothing was changed
 */
export function rekeyAuditLog({ path, from, to, wallClock = Date.now }: RekeyOptions): void {
  if (!existsSync(path)) return;
  const file = new StoreFile(path, wallClock, () => {});
  try {
    new AuditLog(file, () => new Date(wallClock()).toISOString(), from).rekey(to);
  } finally {
    file.close();
  }
}
