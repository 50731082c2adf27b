import type { Config } from '../config.ts';
import { openDataFolder } from '../platform/data-folder.ts';
import type { RotationTarget } from '../platform/keys/rotation.ts';
import { folderKeys, sealedData } from '../sealed-data.ts';
import { CommandError } from './command.ts';
import { openCommandDatabase } from './command-database.ts';

/** The last paragraph of `--help`. */
export const environmentHelp = `Environment: DATA_DIR, DATABASE_URL and APP_SECRET as for npm start. See docs/keys.md.\n`;

/** Requires the secret to be a key file. @throws CommandError when it is APP_SECRET */
export function requireKeyFile({ appSecret }: Config, purpose: 'back up' | 'restore'): void {
  if (appSecret === undefined) return;
  throw new CommandError(
    `APP_SECRET is set, so there is no key file to ${purpose}. Keep a copy of APP_SECRET with your other passwords.`,
  );
}

/** Locks the data folder against the program and other commands until the result is disposed of. */
export function lockDataFolder({ dataDirectory }: Config): { readonly directory: string } & Disposable {
  const folder = openDataFolder(dataDirectory);
  return { directory: folder.directory, [Symbol.dispose]: () => folder.close() };
}

/** The data folder and the database whose key is rotated. */
export function rotationPlace({ dataDirectory, databaseUrl }: Config): RotationTarget {
  return {
    directory: dataDirectory,
    sealedData,
    folderKeys,
    openDatabase: (guard) => openCommandDatabase({ directory: dataDirectory, url: databaseUrl, guard }),
  };
}
