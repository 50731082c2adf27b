import { pino } from 'pino';
import { folderKeys, sealedData } from '../../../sealed-data.ts';
import { openDatabase } from '../../database/database.ts';
import { applicationMigrations } from '../../database/testing/test-database.ts';
import type { RotationTarget } from '../rotation.ts';

/** A data folder with the embedded database, without the lock. */
export function rotationTarget(directory: string, url?: string): RotationTarget {
  return {
    directory,
    sealedData,
    folderKeys,
    openDatabase: (guard) =>
      openDatabase({
        dataFolder: { directory },
        migrationsDirectory: applicationMigrations,
        log: pino({ level: 'silent' }),
        durable: false,
        guard,
        ...(url === undefined ? {} : { url }),
      }),
  };
}
