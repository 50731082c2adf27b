import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SecretError } from './secret-error.ts';

/**
 * Reads a file.
 *
 * @returns `undefined` when there is no such file
 * @throws SecretError when it can't be read
 */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new SecretError(`The file ${file} can't be read (${code}). Make it readable for this user.`, {
      cause: error,
    });
  }
}

/** Replaces a file atomically and durably, readable for the current system user only. */
export function replaceFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  renameSync(draft, file);
  syncDirectory(dirname(file));
}

/**
 * Creates a file atomically and durably, readable for the current system user only. Of two processes, one succeeds.
 *
 * @returns false when the file already exists
 */
export function createFile(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectory(dirname(file));
  return true;
}

/** Renames a file within its folder, durably. */
export function moveFile(from: string, to: string): void {
  renameSync(from, to);
  syncDirectory(dirname(to));
}

/** Removes a file, if it exists, durably. */
export function removeFile(file: string): void {
  rmSync(file, { force: true });
  syncDirectory(dirname(file));
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
