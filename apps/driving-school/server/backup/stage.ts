import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { localStoreName } from '../platform/data-folder.ts';

const prefix = 'backup-';

/** A new folder inside the data folder, where a backup is gathered: on one disk, files can be cloned instead of copied. */
export async function makeStage(dataDirectory: string, id: string): Promise<string> {
  const stage = join(dataDirectory, `${prefix}${id}`);
  await mkdir(stage, { mode: 0o700 });
  return stage;
}

/** Removes what backups that were broken off have left. To be called when none is under way. */
export async function removeStages(dataDirectory: string): Promise<void> {
  for (const entry of await readdir(dataDirectory, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name.startsWith(prefix)) {
      await rm(join(dataDirectory, entry.name), { recursive: true, force: true });
    }
  }
}

/**
 * Copies the SQLite stores of the data folder, consistently, also while they are written to. All but the local copies:
 * these are read from the database again, and after a restore they would let people in whom the database does not.
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

/** Where the embedded database lies in the data folder, and in a backup. */
export const clusterName = 'postgres';

export function hasCluster(dataDirectory: string): boolean {
  return existsSync(join(dataDirectory, clusterName, 'PG_VERSION'));
}
