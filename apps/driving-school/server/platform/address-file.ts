import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const name = 'address';

/**
 * Leaves the program's address in its data folder, so that commands on this machine find it.
 *
 * @param url such as `http://127.0.0.1:3000`
 * @param log told when there is no room for it: that is no reason not to start
 * @returns takes it away
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

/** @returns where the program with this data folder answers, or answered before it was killed; nothing when it never ran */
export function readAddress(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, name), 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
