import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAddress } from '../platform/address-file.ts';
import { ClusterCopy } from '../platform/database/cluster-copy.ts';
import { tryLock } from '../platform/database/file-lock.ts';
import { checkAllPages } from '../platform/database/page-checksums.ts';
import { connectToServer } from '../platform/database/direct-connection.ts';
import { installationCheck } from '../platform/keys/installation.ts';
import { isRotationUnfinished } from '../platform/keys/rotation.ts';
import { loadSecrets, type LoadedSecrets, secretFits } from '../platform/secrets.ts';
import { writeArchive } from './archive.ts';
import { BackupError, messageOf } from './backup-error.ts';
import { describeParts, secretCheckOf } from './manifest.ts';
import { dumpDatabase } from './postgres-tools.ts';
import { keyName, writeSecretFile } from './secret-file.ts';
import { stagedBackupSchema, type StagedBackup } from './staged-backup.ts';
import { clusterName, hasCluster, makeStage, removeStages, stageStores } from './stage.ts';

/** Name of the dump of an external database in a backup. */
export const dumpName = 'database.dump';
/** Path of the secret's file, which is next to the backup. */
export const secretFileOf = (file: string): string => `${file}.secret`;

/** Time to wait for a database process to exit, in milliseconds. */
const endingLimitMs = 15_000;
/** Polling interval, in milliseconds. */
const pollEveryMs = 100;

export interface CreateBackupOptions {
  readonly dataDirectory: string;
  readonly databaseUrl: string | undefined;
  readonly appSecret: string | undefined;
  /** The file to write. */
  readonly to: string;
  /** Address of the running program. Default: the one in its data folder. */
  readonly url: string | undefined;
  /** Version of this program. */
  readonly version: string;
  readonly announce: (text: string) => void;
}

/** A backup that has been written. */
export interface CreatedBackup {
  readonly files: number;
  /** Size before compression. */
  readonly bytes: number;
  /** Undefined when the secret is `APP_SECRET`. */
  readonly secretFile: string | undefined;
  /** How long the program's statements had to wait, in milliseconds; undefined when the program is stopped. */
  readonly pauseMs: number | undefined;
}

interface Staged {
  readonly directory: string;
  readonly pauseMs: number | undefined;
  readonly release: () => void;
}

/**
 * Backs up everything that was acknowledged before it started, whether the program runs or not.
 *
 * @throws BackupError; no file is left behind
 */
export async function createBackup(options: CreateBackupOptions): Promise<CreatedBackup> {
  const { dataDirectory, databaseUrl, appSecret, to, version, announce } = options;
  const secretFile = secretFileOf(to);
  requireNewFiles(to, secretFile);
  if (!existsSync(dataDirectory)) {
    throw new BackupError(`There is no data folder ${dataDirectory}. Set DATA_DIR to the one that the program uses.`);
  }
  const secrets = secretsOfFolder(dataDirectory, appSecret);
  const secretCheck = secretCheckOf(secrets);
  const lock = tryLock(join(dataDirectory, 'backup.lock'));
  if (lock === undefined) throw new BackupError('Another backup is running. Try again when it has finished.');
  const madeAt = new Date().toISOString();
  let staged: Staged | undefined;
  try {
    staged = await stage(options, secretCheck);
    const key = keyOf(options, secretCheck);
    if (databaseUrl !== undefined) {
      announce('Dumping the PostgreSQL database…');
      await dumpDatabase(databaseUrl, join(staged.directory, dumpName));
      await requireSecretOfDatabase(databaseUrl, secrets);
    } else requireIntactPages(join(staged.directory, clusterName), announce);
    announce('Computing checksums…');
    const contents = await describeParts(staged.directory);
    announce(`Writing ${to}…`);
    await writeArchive(to, staged.directory, {
      format: 1,
      made_at: madeAt,
      version,
      database: databaseUrl === undefined ? 'embedded' : 'external',
      secret_check: secretCheck,
      ...contents,
    });
    if (key !== undefined) writeSecretFile(secretFile, key);
    return {
      files: contents.parts.length,
      bytes: contents.parts.reduce((sum, part) => sum + part.bytes, 0),
      secretFile: key === undefined ? undefined : secretFile,
      pauseMs: staged.pauseMs,
    };
  } finally {
    if (staged !== undefined) await rm(staged.directory, { recursive: true, force: true });
    staged?.release();
    lock.release();
  }
}

function requireNewFiles(...files: readonly string[]): void {
  for (const file of files) {
    if (existsSync(file)) {
      throw new BackupError(`${file} already exists, and a backup never overwrites a file. Choose another name.`);
    }
    if (!existsSync(dirname(resolve(file)))) {
      throw new BackupError(`The folder ${dirname(resolve(file))} does not exist. Create it, or choose another one.`);
    }
  }
}

/** Never creates a secret: a backup must not change what it copies. */
function secretsOfFolder(dataDirectory: string, appSecret: string | undefined): LoadedSecrets {
  if (appSecret === undefined && !existsSync(join(dataDirectory, keyName))) {
    throw new BackupError(
      `There is no key file in ${dataDirectory}. If the program uses APP_SECRET, set it here as well. Otherwise DATA_DIR is not its data folder.`,
    );
  }
  try {
    return loadSecrets(dataDirectory, appSecret);
  } catch (error) {
    throw new BackupError(messageOf(error), { cause: error });
  }
}

/**
 * The content of the key file, which must match the copied data; undefined with `APP_SECRET`. Read once, right after
 * copying, because a later rotation replaces the key.
 */
function keyOf({ dataDirectory, appSecret }: CreateBackupOptions, secretCheck: string): string | undefined {
  if (secretCheckOf(secretsOfFolder(dataDirectory, appSecret)) !== secretCheck) {
    throw new BackupError('The key was rotated during the backup. Try again.');
  }
  return appSecret === undefined ? readFileSync(join(dataDirectory, keyName), 'utf8') : undefined;
}

/** Another instance may have rotated the key: then this folder's secret can no longer decrypt the database. */
async function requireSecretOfDatabase(databaseUrl: string, secrets: LoadedSecrets): Promise<void> {
  await using database = connectToServer(databaseUrl);
  const check = await installationCheck(database.kysely);
  if (check === undefined || secretFits(secrets, check)) return;
  throw new BackupError(
    `The database does not belong to the secret in ${secrets.source}, so the licence numbers in this backup could not ` +
      'be read. If the key was rotated on another instance, rotate it for this data folder as well (see docs/keys.md), ' +
      'or back up that instance.',
  );
}

async function stage(options: CreateBackupOptions, secretCheck: string): Promise<Staged> {
  const { dataDirectory, databaseUrl, announce } = options;
  const lock = tryLock(join(dataDirectory, 'in-use.lock'));
  if (lock === undefined) {
    announce('Requesting a copy from the running program…');
    return await stageRunning(options, secretCheck);
  }
  try {
    if (isRotationUnfinished(dataDirectory)) {
      throw new BackupError(
        'A key rotation was interrupted in this data folder, so it is not yet clear which key belongs to the data. ' +
          'Start the program once, or run npm run key-rotate again, to finish the rotation. Then back up again.',
      );
    }
    announce('The program is stopped. Copying its files…');
    await removeStages(dataDirectory);
    const directory = await makeStage(dataDirectory, randomUUID());
    await stageStores(dataDirectory, directory);
    if (databaseUrl === undefined) await stageStoppedCluster(dataDirectory, directory);
    return { directory, pauseMs: undefined, release: () => lock.release() };
  } catch (error) {
    await removeStages(dataDirectory);
    lock.release();
    throw error;
  }
}

async function stageStoppedCluster(dataDirectory: string, directory: string): Promise<void> {
  if (!hasCluster(dataDirectory)) {
    throw new BackupError(
      `There is no embedded database in ${dataDirectory}. If the program uses DATABASE_URL, set it here as well.`,
    );
  }
  const cluster = join(dataDirectory, clusterName);
  // The database process may outlive a killed program for a moment.
  let lock = tryLock(`${cluster}.lock`);
  for (const endsAt = performance.now() + endingLimitMs; lock === undefined; lock = tryLock(`${cluster}.lock`)) {
    if (performance.now() > endsAt)
      throw new BackupError(
        'The database process is still running although the program has stopped. End it and try again.',
      );
    await sleep(pollEveryMs);
  }
  try {
    const copy = new ClusterCopy(cluster, join(directory, clusterName), Date.now());
    await copy.begin();
    // Copies the whole log, because it is unknown which of its files are needed.
    await copy.finish('');
  } finally {
    lock.release();
  }
}

async function stageRunning(options: CreateBackupOptions, secretCheck: string): Promise<Staged> {
  const { databaseUrl } = options;
  const request = programClient(options);
  let staged = await request('POST', '/api/backups');
  while (staged.state === 'copying') {
    await sleep(pollEveryMs);
    staged = await request('GET', `/api/backups/${staged.id}`);
  }
  if (staged.state === 'failed') {
    throw new BackupError(`The program could not copy its data: ${staged.problem ?? 'it gave no reason'}.`);
  }
  const kind = databaseUrl === undefined ? 'embedded' : 'external';
  const mismatch =
    staged.database === kind
      ? staged.secret_check === secretCheck
        ? undefined
        : 'a different secret: set APP_SECRET to the same value as for the program, or unset it'
      : 'a different database: set DATABASE_URL to the same value as for the program, or unset it';
  if (mismatch !== undefined) {
    await rm(staged.directory, { recursive: true, force: true });
    throw new BackupError(`The running program uses ${mismatch}.`);
  }
  return { directory: staged.directory, pauseMs: staged.pause_ms ?? 0, release: () => undefined };
}

function programClient({ dataDirectory, url = readAddress(dataDirectory) }: CreateBackupOptions) {
  if (url === undefined) {
    throw new BackupError(
      `The program that uses ${dataDirectory} is not listening yet. Wait until it has started, or set its address with --url.`,
    );
  }
  const headers = { authorization: `Bearer ${readToken(dataDirectory)}` };
  return async (method: string, path: string): Promise<StagedBackup> => {
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(`${url}${path}`, { method, headers });
      body = await response.json();
    } catch (error) {
      throw new BackupError(
        `The program does not respond at ${url} (${messageOf(error)}). Set its address with --url, or stop it and try again.`,
        { cause: error },
      );
    }
    if (response.ok) return stagedBackupSchema.parse(body);
    throw new BackupError(
      `The program at ${url} refused the backup: ${response.status} ${JSON.stringify(body)}. Check that it uses the data folder ${dataDirectory}.`,
    );
  };
}

function readToken(dataDirectory: string): string {
  const file = join(dataDirectory, 'console-token');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new BackupError(
      `The operator's token ${file} cannot be read (${messageOf(error)}). Run this as the user of the program.`,
      {
        cause: error,
      },
    );
  }
}

function requireIntactPages(cluster: string, announce: (text: string) => void): void {
  announce('Checking the pages of the database…');
  const { damaged, hasChecksums } = checkAllPages(cluster);
  if (!hasChecksums) announce('  This database has no page checksums, so damage cannot be detected.');
  const [first] = damaged;
  if (first === undefined) return;
  throw new BackupError(
    `The database is damaged: ${damaged.length} ${damaged.length === 1 ? 'page does' : 'pages do'} not match the checksum ` +
      `(first: page ${first.page} of ${first.file}). No backup was written. ` +
      'If the machine lost power, restart the program, so that the database repairs itself, and try again. ' +
      'Otherwise restore the last backup: see docs/backup.md.',
  );
}
