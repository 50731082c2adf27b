import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Config } from '../config.ts';
import { type DataFolder, DataFolderInUseError, openDataFolder } from '../platform/data-folder.ts';
import { type ApplicationDatabase, type DatabaseGuard, openDatabase } from '../platform/database/database.ts';
import { connectToProgram, connectToServer, type DirectConnection } from '../platform/database/direct-connection.ts';
import { packageFile } from '../platform/package-folder.ts';
import { CommandError } from './command.ts';

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

/**
 * Connects to the school's database: to PostgreSQL, to the running program's database, or to the embedded one, started
 * for this command.
 *
 * @throws CommandError when there is no database; DatabaseStartError
 */
export async function connectForCommand(config: Config): Promise<DirectConnection> {
  if (config.databaseUrl !== undefined) return connectToServer(config.databaseUrl);
  if (!existsSync(join(config.dataDirectory, 'postgres'))) {
    throw new CommandError(
      `There is no database in ${config.dataDirectory}. Set DATA_DIR or DATABASE_URL as for npm start. The first start prints a link.`,
    );
  }
  let dataFolder;
  try {
    dataFolder = openDataFolder(config.dataDirectory);
  } catch (error) {
    if (!(error instanceof DataFolderInUseError)) throw error;
    const running = connectToProgram(config.dataDirectory);
    if (running === undefined) throw noAnswer(config, error);
    return running;
  }
  return startIn(dataFolder);
}

/** A database and the data folder, which nobody else uses meanwhile. */
export interface StoppedProgram extends DirectConnection {
  /** The local store of the data folder. */
  readonly local: DataFolder['local'];
}

/**
 * Locks the data folder of a program that does not run, and connects to its database: to PostgreSQL, or to the embedded
 * one, started for this command.
 *
 * @throws CommandError when there is no such folder, or a program uses it; DatabaseStartError
 */
export async function openStoppedProgram(config: Config): Promise<StoppedProgram> {
  const { dataDirectory, databaseUrl } = config;
  if (!existsSync(databaseUrl === undefined ? join(dataDirectory, 'postgres') : dataDirectory)) {
    throw new CommandError(
      `No program has run with the data folder ${dataDirectory}, so nothing was copied. Set DATA_DIR as for npm start.`,
    );
  }
  let dataFolder;
  try {
    dataFolder = openDataFolder(dataDirectory);
  } catch (error) {
    if (!(error instanceof DataFolderInUseError)) throw error;
    throw new CommandError('The program is starting or stopping. Try again in a few seconds.', { cause: error });
  }
  const { local } = dataFolder;
  if (databaseUrl === undefined) return { ...(await startIn(dataFolder)), local };
  const connection = connectToServer(databaseUrl);
  const close = async (): Promise<void> => {
    await connection[Symbol.asyncDispose]();
    dataFolder.close();
  };
  return { kysely: connection.kysely, local, [Symbol.asyncDispose]: close };
}

/** Starts the embedded database of a data folder for a command. Closing the connection closes the folder too. */
async function startIn(dataFolder: DataFolder): Promise<DirectConnection> {
  const database = openCommandDatabase(dataFolder);
  const close = async (): Promise<void> => {
    await database.stop();
    dataFolder.close();
  };
  try {
    await database.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { kysely: database.kysely, [Symbol.asyncDispose]: close };
}

/** Whether the database of a command could not be reached or did not answer. */
export function isConnectionError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'ETIMEDOUT', 'EAI_AGAIN'].includes(code) ||
    (error instanceof Error && /timeout|terminated/i.test(error.message))
  );
}

/** Explains a connection error. */
export function noAnswer(config: Config, cause: unknown): CommandError {
  return new CommandError(
    config.databaseUrl === undefined
      ? 'The program is running, but its database does not respond. Try again in a few seconds, or stop the program and run this command again.'
      : 'The database at DATABASE_URL does not respond. Check that it is running and that the address is right.',
    { cause },
  );
}
