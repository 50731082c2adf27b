import { existsSync } from 'node:fs';
import { AuditLog } from './audit.ts';
import { StoreFile } from './file.ts';
import { isoOf } from '../wall-time.ts';

export interface RekeyOptions {
  /** The console's SQLite file. If it doesn't exist, there is nothing to do. */
  readonly path: string;
  /** The present `auditKey`. */
  readonly from: string;
  /** The `auditKey` that the console will be started with from now on. */
  readonly to: string;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly wallClock?: () => number;
}

/**
 * Changes the key of a console's audit chain while no console uses the file. Lines that were tampered with stay
 * recognizable. All or nothing, and idempotent.
 *
 * @throws StoreUnavailableError when the file can't be written: then nothing was changed
 */
export function rekeyAuditLog({ path, from, to, wallClock = Date.now }: RekeyOptions): void {
  if (!existsSync(path)) return;
  const file = new StoreFile(path, wallClock, () => {});
  try {
    new AuditLog(file, () => isoOf(wallClock()), from).rekey(to);
  } finally {
    file.close();
  }
}
