import { statfsSync } from 'node:fs';
import type { Clock } from 'dualbrake';
import type { ApplicationDatabase } from './platform/database/database.ts';
import { DatabaseStartError } from './platform/database/supervisor.ts';

/** Less than this, and the embedded database can't start: it writes a few megabytes of its log first. */
const roomMin = 16 * 1024 * 1024;
/** Between two attempts while the disk is full, in milliseconds. */
const tryAgainMs = 5_000;

interface StartDatabaseOptions {
  readonly database: Pick<ApplicationDatabase, 'start'>;
  /** The data folder. */
  readonly directory: string;
  readonly clock: Clock;
  /** Told in words why the database isn't there. */
  readonly announce: (text: string) => void;
}

/**
 * Starts the database. On a full disk the application goes on without it, for copies can be shown all the same, and the
 * database is tried again until there is room.
 *
 * @returns why the database isn't there, if that is so; and `stop` ends the attempts
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
          (isUp) => (isUp ? announce('There is room on the disk again: the database has started.') : later()),
          // Not for want of room this time, but there may have been none until a moment ago.
          later,
        );
      },
      { background: true },
    );
  };
  const isUp = await attempt();
  if (!isUp) {
    announce(
      `The disk with the data folder ${directory} is full, so the database can't start. What has been read before is ` +
        'shown from copies, and nothing can be changed. Make room: the database starts by itself then.',
    );
    later();
  }
  return { isDiskFull: !isUp, stop: (): void => cancel?.() };
}

function isFull(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize < roomMin;
}
