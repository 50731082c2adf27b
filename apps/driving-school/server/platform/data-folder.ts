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
import { flush } from './flush.ts';

/** The folder with all of the application's data, locked for this process. */
export interface DataFolder {
  /** Absolute path. */
  readonly directory: string;
  /** A small SQLite store: copies of records, shown while the database can't answer. */
  readonly local: DatabaseSync;
  /** Problems found while opening the folder, as sentences for the log. Usually empty. */
  readonly warnings: readonly string[];
  /** Closes the store and releases the folder. Calling it again does nothing. */
  close(): void;
}

/** Another process uses the folder. */
export class DataFolderInUseError extends Error {
  override readonly name = 'DataFolderInUseError';
  readonly code = 'DATA_FOLDER_IN_USE';
  constructor(directory: string) {
    super(
      `The data folder ${directory} is in use by another running copy of this program: stop that one first, or set DATA_DIR to another folder.`,
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
 * Creates the folder if necessary, for this user only, locks it and opens the local store. An existing folder keeps its
 * mode, because other users may need to list it, but a warning is returned; its files are made private. A damaged local
 * store is renamed and replaced: it holds only copies.
 *
 * @param directory absolute, or relative to the working directory
 * @throws DataFolderInUseError, DataFolderUnusableError
 */
export function openDataFolder(directory: string): DataFolder {
  const path = resolve(directory);
  const lock = usable(path, () => {
    const created = mkdirSync(path, { recursive: true, mode: 0o700 });
    // Flush the parents too: a power cut could otherwise undo the creation of a folder with everything in it.
    if (created !== undefined) for (let at = path; at.length >= created.length; at = dirname(at)) flush(dirname(at));
    // SQLite's own message would only be "unable to open database file".
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return tryLock(join(path, 'in-use.lock'));
  });
  if (lock === undefined) throw new DataFolderInUseError(path);
  try {
    const { local, warnings } = usable(path, () => openLocalStore(join(path, localStoreName)));
    usable(path, () => makeFilesPrivate(path));
    return { directory: path, local, warnings: [...warnings, ...modeWarnings(path)], close: closer(local, lock) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Makes the files directly in the folder private. The database's folder already is. */
function makeFilesPrivate(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = join(directory, entry.name);
    if (entry.isFile() && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
}

function modeWarnings(directory: string): string[] {
  const mode = statSync(directory).mode & 0o777;
  if ((mode & 0o077) === 0) return [];
  return [
    `The data folder ${directory}, which holds personal data and keys, is accessible to other users of this machine ` +
      `(mode ${mode.toString(8)}). To make it private: chmod 700 ${directory}`,
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
    throw new DataFolderUnusableError(`${explanation(path, error)} Or set DATA_DIR to another folder.`, {
      cause: error,
    });
  }
}

function explanation(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const resultCode = resultCodeOf(error);
  if (resultCode === READ_ONLY || resultCode === IO_ERROR) {
    const file = join(path, localStoreName);
    return `The local store ${file} cannot be written (${messageOf(error)}): check the disk, and the owner, mode and attributes (lsattr) of the files local.sqlite*.`;
  }
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `The data folder ${path} cannot be written by this user: give this user permission to read and write it.`;
    case 'EROFS':
      return `The data folder ${path} is on a read-only disk: make the disk writable.`;
    case 'ENOSPC':
      return `The disk with the data folder ${path} is full: free some space.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `The data folder ${path} cannot be created because a file has the same name: remove or rename that file.`;
    default:
      return `The data folder ${path} cannot be used (${code}): ${messageOf(error)}.`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function openLocalStore(path: string): { local: DatabaseSync; warnings: string[] } {
  const local = openUndamaged(path);
  if (local !== undefined) return { local, warnings: [] };
  const renamed = `${path}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const ending of ['', '-wal', '-shm']) {
    if (existsSync(path + ending)) renameSync(path + ending, renamed + ending);
  }
  const fresh = openUndamaged(path);
  if (fresh === undefined) throw new Error(`a new ${path} is damaged immediately; the disk may be failing`);
  return {
    local: fresh,
    warnings: [
      `The local store ${path} was damaged and has been renamed to ${renamed}. It held only copies, so no data is ` +
        'lost, but students cannot be shown during an outage until they have been read again.',
    ],
  };
}

/** @returns undefined when the file is not an intact SQLite database */
function openUndamaged(path: string): DatabaseSync | undefined {
  // SQLite would create a file that every user can read. Its other files get the mode of this one.
  closeSync(openSync(path, constants.O_CREAT | constants.O_RDONLY, 0o600));
  const local = new DatabaseSync(path);
  try {
    // Exclusive mode, set before the write-ahead log is opened, keeps the log's index in memory instead of a mapped file:
    // a write to a mapped file that the disk refuses would kill the process with SIGBUS. Not flushed at each write: a
    // power cut may lose the newest copies, which can be read again.
    local.exec(
      `PRAGMA busy_timeout = ${LOCAL_STORE_WAIT_MS}; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`,
    );
    // Fails now, not at the first copy, when the file can't be written.
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
