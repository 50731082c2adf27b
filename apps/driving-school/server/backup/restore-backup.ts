import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fsyncPath } from '../platform/fsync.ts';
import { writeCheckFile } from '../platform/keys/check-file.ts';
import { checkValueOf, loadSecrets, type LoadedSecrets } from '../platform/secrets.ts';
import { checkArchive, extractArchive } from './archive.ts';
import { BackupError, messageOf } from './backup-error.ts';
import { dumpName, secretFileOf } from './create-backup.ts';
import { type Manifest, secretCheckOf } from './manifest.ts';
import { fillDatabase, requireEmptyDatabase } from './postgres-tools.ts';
import { restoredMark } from './restored-mark.ts';
import { keyName, readSecretFile } from './secret-file.ts';

export interface RestoreBackupOptions {
  /** The folder to restore into: empty or missing. */
  readonly dataDirectory: string;
  /** An empty database, for a backup of an external one. */
  readonly databaseUrl: string | undefined;
  readonly appSecret: string | undefined;
  /** The backup. */
  readonly from: string;
  /** Default: the file that `npm run backup` wrote next to the backup. */
  readonly secretFile: string | undefined;
  readonly announce: (text: string) => void;
}

/**
 * Restores a backup into an empty or missing data folder. Checks everything first; the folder gets its final name when it
 * is complete.
 *
 * @throws BackupError; nothing was changed
 */
export async function restoreBackup(options: RestoreBackupOptions): Promise<Manifest> {
  const { dataDirectory, databaseUrl, appSecret, from, announce } = options;
  requireEmptyFolder(dataDirectory);
  if (!existsSync(from)) throw new BackupError(`There is no file ${from}.`);
  announce(`Checking ${from}…`);
  const manifest = await checkArchive(from);
  requireKindOf(manifest, databaseUrl);
  const draft = `${dataDirectory}.restoring`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    if (appSecret === undefined) {
      const key = readSecretFile(options.secretFile ?? secretFileOf(from));
      writeFileSync(join(draft, keyName), key, { mode: 0o600, flush: true });
    }
    const secrets = requireSecretOf(manifest, draft, appSecret);
    writeCheckFile(draft, { check: checkValueOf(secrets), source: secrets.source });
    restoredMark.write(draft, { madeAt: manifest.made_at, restoredAt: new Date() });
    if (databaseUrl !== undefined) await requireEmptyDatabase(databaseUrl);
    announce(`Unpacking ${manifest.parts.length} files…`);
    await extractArchive(from, draft);
    if (databaseUrl !== undefined) {
      announce('Filling the PostgreSQL database…');
      await fillDatabase(databaseUrl, join(draft, dumpName));
      rmSync(join(draft, dumpName));
    }
    if (existsSync(dataDirectory)) rmdirSync(dataDirectory);
    renameSync(draft, dataDirectory);
    fsyncPath(dirname(dataDirectory));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return manifest;
}

function requireEmptyFolder(directory: string): void {
  if (!existsSync(directory) || readdirSync(directory).length === 0) return;
  throw new BackupError(
    `The data folder ${directory} is not empty, and a restore never overwrites data. Set DATA_DIR to a new folder, or move this one elsewhere.`,
  );
}

function requireKindOf({ database }: Manifest, databaseUrl: string | undefined): void {
  if (database === 'embedded' && databaseUrl !== undefined) {
    throw new BackupError(
      'This is a backup of an embedded database, but DATABASE_URL is set. Unset DATABASE_URL. Nothing was written.',
    );
  }
  if (database === 'external' && databaseUrl === undefined) {
    throw new BackupError(
      'This is a backup of a PostgreSQL database. Set DATABASE_URL to an empty one. Nothing was written.',
    );
  }
}

/** With a wrong secret, nobody would notice until a licence number is needed. */
function requireSecretOf(manifest: Manifest, directory: string, appSecret: string | undefined): LoadedSecrets {
  let secrets: LoadedSecrets;
  try {
    secrets = loadSecrets(directory, appSecret);
  } catch (error) {
    throw new BackupError(`The secret of the backup cannot be used: ${messageOf(error)} Nothing was written.`, {
      cause: error,
    });
  }
  if (secretCheckOf(secrets) === manifest.secret_check) return secrets;
  throw new BackupError(
    `${appSecret === undefined ? 'The secret in the file' : 'APP_SECRET'} does not belong to this backup, so its licence numbers could not be read. ` +
      'Use --secret with the file that was written with the backup, or set APP_SECRET to its value at that time. Nothing was written.',
  );
}
