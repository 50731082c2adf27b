import { DatabaseSync } from 'node:sqlite';

/** A lock on a file, held until it is released or its process ends. */
export interface FileLock {
  release(): void;
}

/** SQLite's result codes for a lock that is held elsewhere, in the low byte of `errcode`. */
const BUSY = 5;
const LOCKED = 6;

/**
 * Takes an exclusive lock, without waiting.
 * The kernel releases it when the process dies, however it dies: an exclusive transaction on an empty SQLite database is
 * the only such lock that Node offers without a native package. A file with a process id in it would survive a
 * power cut and then block the start.
 *
 * @param path of a file used for nothing else; created when missing
 * @returns undefined when another process, or this one, holds it
 * @throws the file system's error, for example when the folder cannot be written
 */
export function tryLock(path: string): FileLock | undefined {
  const file = new DatabaseSync(path);
  try {
    // Journal in memory: a full disk has no room for one, and nothing is ever written to this file.
    file.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (isHeldElsewhere(error)) return undefined;
    throw error;
  }
  held.add(file);
  return {
    release() {
      held.delete(file);
      file.close();
    },
  };
}

/** Garbage collection of a database closes its file, which would release the lock. */
const held = new Set<DatabaseSync>();

function isHeldElsewhere(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false;
  const code = error.errcode & 0xff;
  return code === BUSY || code === LOCKED;
}
