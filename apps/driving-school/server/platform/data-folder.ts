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

/** The folder with everything the application keeps, locked for this process. */
export interface DataFolder {
  /** Absolute path. */
  readonly directory: string;
  /** The application's own small store: copies of what was read, for the time when the database cannot answer. */
  readonly local: DatabaseSync;
  /** What had to be done to open it, in sentences for the log. Mostly empty. */
  readonly warnings: readonly string[];
  /** Closes the store and lets the next process in. Calling it again does nothing. */
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

/** The folder cannot be made, read or written. */
export class DataFolderUnusableError extends Error {
  override readonly name = 'DataFolderUnusableError';
  readonly code = 'DATA_FOLDER_UNUSABLE';
}

/** Name of the local store in the folder. */
export const localStoreName = 'local.sqlite';

/** How long a statement waits for another connection to the local store, in milliseconds. */
const LOCAL_STORE_WAIT_MS = 2_000;

/**
 * Makes the folder when it is not there, for this user only, locks it and opens the local store. A folder that was there
 * keeps its mode, for others may have a reason to look into it, but a warning says what that means; the files in it are
 * closed to them. A damaged local store is put aside and a new one is begun: it holds copies only.
 *
 * @param directory absolute, or relative to the working directory
 * @throws DataFolderInUseError, DataFolderUnusableError
 */
export function openDataFolder(directory: string): DataFolder {
  const path = resolve(directory);
  const lock = usable(path, () => {
    const made = mkdirSync(path, { recursive: true, mode: 0o700 });
    // Each folder on the way has its name in the one above: without that a power cut takes all away that is below.
    if (made !== undefined) for (let at = path; at.length >= made.length; at = dirname(at)) flush(dirname(at));
    // Asked for aloud, because SQLite would only say "unable to open database file".
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return tryLock(join(path, 'in-use.lock'));
  });
  if (lock === undefined) throw new DataFolderInUseError(path);
  try {
    const { local, warnings } = usable(path, () => openLocalStore(join(path, localStoreName)));
    usable(path, () => closeToOthers(path));
    return { directory: path, local, warnings: [...warnings, ...openToOthers(path)], close: closer(local, lock) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The files that lie in the folder itself. The database's folder has always been closed. */
function closeToOthers(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = join(directory, entry.name);
    if (entry.isFile() && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
}

function openToOthers(directory: string): string[] {
  const mode = statSync(directory).mode & 0o777;
  if ((mode & 0o077) === 0) return [];
  return [
    `The data folder ${directory} is open to other users of this machine (mode ${mode.toString(8)}). ` +
      `It holds personal data and keys. To close it: chmod 700 ${directory}`,
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
    throw new DataFolderUnusableError(`${whatIsWrong(path, error)} Or set DATA_DIR to another folder.`, {
      cause: error,
    });
  }
}

function whatIsWrong(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const resultCode = resultCodeOf(error);
  if (resultCode === READ_ONLY || resultCode === IO_ERROR) {
    const file = join(path, localStoreName);
    return `The local store ${file} cannot be written (${messageOf(error)}): look at the disk, and at owner, mode and attributes (lsattr) of local.sqlite and its neighbours.`;
  }
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `The data folder ${path} cannot be written by this user: give this user the right to read and write there.`;
    case 'EROFS':
      return `The data folder ${path} is on a disk that is read-only: make the disk writable.`;
    case 'ENOSPC':
      return `The disk with the data folder ${path} is full: make room.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `The data folder ${path} cannot be made because a file is in the way: remove or rename that file.`;
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
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const ending of ['', '-wal', '-shm']) {
    if (existsSync(path + ending)) renameSync(path + ending, aside + ending);
  }
  const fresh = openUndamaged(path);
  if (fresh === undefined) throw new Error(`a new ${path} is damaged as soon as it is made; the disk may be failing`);
  return {
    local: fresh,
    warnings: [
      `The local store ${path} was damaged and has been put aside as ${aside}. ` +
        'It held copies only: nothing is lost, but until students are read again they cannot be shown without the database.',
    ],
  };
}

/** @returns undefined when the file is no sound SQLite database */
function openUndamaged(path: string): DatabaseSync | undefined {
  // SQLite would let the whole machine read a new file; its neighbours take the mode of the file.
  closeSync(openSync(path, constants.O_CREAT | constants.O_RDONLY, 0o600));
  const local = new DatabaseSync(path);
  try {
    // Exclusive, before the log is opened: its index lies in memory then and not in a mapped file. The kernel ends a
    // process with SIGBUS that writes to a mapped file which the disk no longer takes. Not flushed at each write: a power
    // cut may take the newest copies, and what they say can be read again.
    local.exec(
      `PRAGMA busy_timeout = ${LOCAL_STORE_WAIT_MS}; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`,
    );
    // Better now than at the first copy: can it be written?
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
