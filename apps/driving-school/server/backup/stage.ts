import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { localStoreName } from '../platform/data-folder.ts';

const prefix = 'backup-';

/** Creates the folder in which a backup is prepared: inside the data folder, because files on one disk can be cloned. */
export async function makeStage(dataDirectory: string, id: string): Promise<string> {
  const stage = join(dataDirectory, `${prefix}${id}`);
  await mkdir(stage, { mode: 0o700 });
  return stage;
}

/** Removes the remains of interrupted backups. Call it only while none is in progress. */
export async function removeStages(dataDirectory: string): Promise<void> {
  for (const entry of await readdir(dataDirectory, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name.startsWith(prefix)) {
      await rm(join(dataDirectory, entry.name), { recursive: true, force: true });
    }
  }
}

/**
 * Copies the SQLite stores of the data folder consistently, even while they are being written. Omits the local copies:
 * they are read from the database again, and after a restore they would admit users whom the database rejects.
 */
export async function stageStores(dataDirectory: string, stage: string): Promise<void> {
  for (const name of await readdir(dataDirectory)) {
    if (!name.endsWith('.sqlite') || name === localStoreName) continue;
    const source = new DatabaseSync(join(dataDirectory, name), { readOnly: true });
    try {
      await backup(source, join(stage, name));
    } finally {
      source.close();
    }
  }
}

/** The folder of the embedded database, in the data folder and in a backup. */
export const clusterName = 'postgres';

export function hasCluster(dataDirectory: string): boolean {
  return existsSync(join(dataDirectory, clusterName, 'PG_VERSION'));
}
