import { statfsSync } from 'node:fs';
import type { Clock } from 'dualbrake';
import type { ApplicationDatabase } from './platform/database/database.ts';
import { DatabaseStartError } from './platform/database/supervisor.ts';

/** Free bytes that the embedded database needs to start: it first writes a few megabytes of its log. */
const roomMin = 16 * 1024 * 1024;
/** Delay between attempts while the disk is full, in milliseconds. */
const tryAgainMs = 5_000;

interface StartDatabaseOptions {
  readonly database: Pick<ApplicationDatabase, 'start'>;
  /** The data folder. */
  readonly directory: string;
  readonly clock: Clock;
  /** Called with sentences for the person who starts the program. */
  readonly announce: (text: string) => void;
}

/**
 * Starts the database. On a full disk the application runs without it, showing copies, and retries until there is room.
 *
 * @returns whether the disk is full; `stop` ends the retries
 * @throws DatabaseRefusal and DatabaseStartError, when the disk is not the reason
 */
export async function startDatabase({ database, directory, clock, announce }: StartDatabaseOptions) {
  let cancel: (() => void) | undefined;
  const attempt = async (): Promise<boolean> => {
    try {
      await database.start();
      return true;
    } catch (error) {
      if (!(error instanceof DatabaseStartError) || !isFull(directory)) throw error;
      return false;
    }
  };
  const later = (): void => {
    cancel = clock.after(
      tryAgainMs,
      () => {
        attempt().then(
          (isUp) => (isUp ? announce('The disk has free space again: the database has started.') : later()),
          // Retry other failures too: they may be consequences of the full disk.
          later,
        );
      },
      { background: true },
    );
  };
  const isUp = await attempt();
  if (!isUp) {
    announce(
      `The disk with the data folder ${directory} is full, so the database can't start. Copies of records are shown, ` +
        'and nothing can be changed. Free some space: the database then starts automatically.',
    );
    later();
  }
  return { isDiskFull: !isUp, stop: (): void => cancel?.() };
}

function isFull(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize < roomMin;
}
