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
 * Copies every SQLite store of the data folder, consistently, also while it is written to.
 *
 * @param local the connection to the local store, while this process has it open: it lets no second one in
 */
export async function stageStores(dataDirectory: string, stage: string, local?: DatabaseSync): Promise<void> {
  for (const name of await readdir(dataDirectory)) {
    if (!name.endsWith('.sqlite')) continue;
    const to = join(stage, name);
    if (name === localStoreName && local !== undefined) await backup(local, to);
    else {
      const source = new DatabaseSync(join(dataDirectory, name), { readOnly: true });
      try {
        await backup(source, to);
      } finally {
        source.close();
      }
    }
  }
}

/** Where the embedded database lies in the data folder, and in a backup. */
export const clusterName = 'postgres';

export function hasCluster(dataDirectory: string): boolean {
  return existsSync(join(dataDirectory, clusterName, 'PG_VERSION'));
}
