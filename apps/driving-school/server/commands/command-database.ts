import { pino } from 'pino';
import { type ApplicationDatabase, type DatabaseGuard, openDatabase } from '../platform/database/database.ts';
import { packageFile } from '../platform/package-folder.ts';

/** Options of `openCommandDatabase`. */
export interface CommandDatabaseOptions {
  /** The data folder, which the command has locked. */
  readonly directory: string;
  /** URL of a PostgreSQL server to use instead of the embedded database. */
  readonly url?: string | undefined;
  readonly guard?: DatabaseGuard | undefined;
}

/** Opens the application's database without log lines: a command prints only its results. */
export function openCommandDatabase({ directory, url, guard }: CommandDatabaseOptions): ApplicationDatabase {
  return openDatabase({
    dataFolder: { directory },
    migrationsDirectory: packageFile('migrations'),
    log: pino({ level: 'silent' }),
    ...(guard === undefined ? {} : { guard }),
    ...(url === undefined ? {} : { url }),
  });
}
