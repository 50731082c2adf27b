import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type FileLock, tryLock } from './database/file-lock.ts';
import { fsyncPath } from './fsync.ts';

/** The folder with all files of the application, locked for this process. */
export interface DataFolder {
  /** Absolute path. */
  readonly directory: string;
  /** The local store: copies of records, for outages of the database. */
  readonly local: DatabaseSync;
  /** Warnings for the log, such as a repair. Usually empty. */
  readonly warnings: readonly string[];
  /** Closes the store and unlocks the folder. Repeating it has no effect. */
  close(): void;
}

/** Another process uses the folder. */
export class DataFolderInUseError extends Error {
  override readonly name = 'DataFolderInUseError';
  readonly code = 'DATA_FOLDER_IN_USE';
  constructor(directory: string) {
    super(
      `The data folder ${directory} is in use by another running copy of this program. Stop that one first, or set DATA_DIR to another folder.`,
    );
  }
}

/** The folder can't be created, read or written. */
export class DataFolderUnusableError extends Error {
  override readonly name = 'DataFolderUnusableError';
  readonly code = 'DATA_FOLDER_UNUSABLE';
}

/** Name of the local store in the folder. */
export const localStoreName = 'local.sqlite';

/** How long a statement waits for another connection to the local store, in milliseconds. */
const LOCAL_STORE_WAIT_MS = 2_000;

/**
 * Opens the data folder: creates it for the current system user only, locks it, and opens the local store. An existing
 * folder keeps its mode, with a warning if others can read it; the files in it become unreadable for others. A damaged
 * local store is renamed and replaced, because it contains copies only.
 *
 * @param directory absolute, or relative to the working directory
 * @throws DataFolderInUseError, DataFolderUnusableError
 */
export function openDataFolder(directory: string): DataFolder {
  const path = resolve(directory);
  const lock = usable(path, () => {
    const made = mkdirSync(path, { recursive: true, mode: 0o700 });
    // Each new folder's name is written to its parent, or a power cut could remove the whole tree.
    if (made !== undefined) for (let at = path; at.length >= made.length; at = dirname(at)) fsyncPath(dirname(at));
    // Checked explicitly, because SQLite's own error is only "unable to open database file".
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return tryLock(join(path, 'in-use.lock'));
  });
  if (lock === undefined) throw new DataFolderInUseError(path);
  try {
    const { local, warnings } = usable(path, () => openLocalStore(join(path, localStoreName)));
    usable(path, () => restrictFiles(path));
    return { directory: path, local, warnings: [...warnings, ...warningsAboutMode(path)], close: closer(local, lock) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Only files directly in the folder: the database's folder is never readable for others. */
function restrictFiles(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = join(directory, entry.name);
    if (entry.isFile() && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
}

function warningsAboutMode(directory: string): string[] {
  const mode = statSync(directory).mode & 0o777;
  if ((mode & 0o077) === 0) return [];
  return [
    `The data folder ${directory} is readable for other users of this server (mode ${mode.toString(8)}). ` +
      `It contains personal data and keys. To restrict it: chmod 700 ${directory}`,
  ];
}

function closer(local: DatabaseSync, lock: FileLock): () => void {
  let open = true;
  return () => {
    if (!open) return;
    open = false;
    local.close();
    lock.release();
  };
}

function usable<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new DataFolderUnusableError(`${causeOf(path, error)} Or set DATA_DIR to another folder.`, {
      cause: error,
    });
  }
}

function causeOf(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const resultCode = resultCodeOf(error);
  if (resultCode === READ_ONLY || resultCode === IO_ERROR) {
    const file = join(path, localStoreName);
    return `The local store ${file} can't be written (${messageOf(error)}). Check the disk, and the owner, mode and attributes (lsattr) of local.sqlite*.`;
  }
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `The data folder ${path} can't be written by this user. Give this user read and write permission.`;
    case 'EROFS':
      return `The data folder ${path} is on a read-only disk. Make the disk writable.`;
    case 'ENOSPC':
      return `The disk with the data folder ${path} is full. Free up space.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `The data folder ${path} can't be created because there is a file with this name. Delete or rename the file.`;
    default:
      return `The data folder ${path} can't be used (${code}): ${messageOf(error)}.`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function openLocalStore(path: string): { local: DatabaseSync; warnings: string[] } {
  const local = openUndamaged(path);
  if (local !== undefined) return { local, warnings: [] };
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const ending of ['', '-wal', '-shm']) {
    if (existsSync(path + ending)) renameSync(path + ending, aside + ending);
  }
  const fresh = openUndamaged(path);
  if (fresh === undefined) throw new Error(`a new ${path} was damaged at once; the disk may be failing`);
  return {
    local: fresh,
    warnings: [
      `The local store ${path} was damaged and has been renamed to ${aside}. ` +
        'It contained copies only, so nothing is lost. Students that have not been read since are not available in an outage.',
    ],
  };
}

/** Opens the store. @returns `undefined` when it is damaged or not a SQLite database */
function openUndamaged(path: string): DatabaseSync | undefined {
  // SQLite creates files that everyone can read. Its -wal and -shm files copy the mode of this one.
  closeSync(openSync(path, constants.O_CREAT | constants.O_RDONLY, 0o600));
  const local = new DatabaseSync(path);
  try {
    // Exclusive before WAL, so that the index of the log is in memory instead of a mapped file: writing to a mapped file on
    // a failing disk kills the process with SIGBUS. Synchronous NORMAL: a power cut may lose the newest copies, which can
    // be read again.
    local.exec(
      `PRAGMA busy_timeout = ${LOCAL_STORE_WAIT_MS}; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`,
    );
    // Checks that the store can be written.
    local.exec('BEGIN IMMEDIATE; COMMIT');
    const verdict = local.prepare('PRAGMA quick_check(1)').get();
    if (verdict?.['quick_check'] === 'ok') return local;
    local.close();
    return undefined;
  } catch (error) {
    local.close();
    if (isDamage(error)) return undefined;
    throw error;
  }
}

/** SQLite's result codes, in the low byte of `errcode`: https://sqlite.org/rescode.html */
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

function isDamage(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === CORRUPT || code === NOT_A_DATABASE;
}

function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}
