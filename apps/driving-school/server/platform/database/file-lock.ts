import { DatabaseSync } from 'node:sqlite';

/** A lock on a file, held until it is released or its process ends. */
export interface FileLock {
  release(): void;
}

/** SQLite's result codes for a lock that is already held, in the low byte of `errcode`. */
const BUSY = 5;
const LOCKED = 6;

/**
 * Takes an exclusive lock, without waiting.
 * It is an exclusive transaction on an empty SQLite database: without native packages, Node has no other lock that the
 * kernel releases however the process ends. A file with a process ID would survive a power cut and prevent the next start.
 *
 * @param path a file used only for this lock; created when missing
 * @returns undefined when another process, or this one, holds the lock
 * @throws the file system's error, for example when the folder cannot be written
 */
export function tryLock(path: string): FileLock | undefined {
  const file = new DatabaseSync(path);
  try {
    // Keep the journal in memory, so that locking works on a full disk.
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

/** Prevents garbage collection, which would close the file and release the lock. */
const held = new Set<DatabaseSync>();

function isHeldElsewhere(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false;
  const code = error.errcode & 0xff;
  return code === BUSY || code === LOCKED;
}
