import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const name = 'address';

/**
 * Writes the program's URL to its data folder, for commands on this server.
 *
 * @param url such as `http://127.0.0.1:3000`
 * @param log receives a warning when the file can't be written, which does not prevent the start
 * @returns removes the file
 */
export function publishAddress(
  directory: string,
  url: string,
  log: { warn(facts: object, sentence: string): void },
): () => void {
  const file = join(directory, name);
  try {
    writeFileSync(file, `${url}\n`, { mode: 0o600 });
  } catch (error) {
    log.warn({ event: 'address_file', err: error }, `The address could not be written to ${file}`);
  }
  return () => rmSync(file, { force: true });
}

/** Reads the URL of the program, which may no longer be running. @returns `undefined` when it has never run */
export function readAddress(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, name), 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
