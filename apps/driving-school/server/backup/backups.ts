import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ApplicationDatabase } from '../platform/database/database.ts';
import type { DataFolder } from '../platform/data-folder.ts';
import type { Log } from '../platform/logs/log.ts';
import type { Secrets } from '../platform/secrets.ts';
import { messageOf } from './backup-error.ts';
import { secretCheckOf } from './manifest.ts';
import type { StagedBackup } from './staged-backup.ts';
import { clusterName, makeStage, removeStages, stageStores } from './stage.ts';

export interface BackupsParts {
  readonly database: Pick<ApplicationDatabase, 'kind' | 'copyFiles'>;
  readonly dataFolder: Pick<DataFolder, 'directory'>;
  readonly secrets: Secrets;
  readonly log: Log;
}

/**
 * Gathers backups while the program works: consistent copies of all that lies in the data folder, in a folder of their
 * own in there. `npm run backup` orders one, packs it and removes the folder.
 */
export class Backups {
  readonly #parts: BackupsParts;
  #latest: StagedBackup | undefined;

  constructor(parts: BackupsParts) {
    this.#parts = parts;
  }

  /** Removes what a backup that was broken off has left in the data folder. To be called at the start. */
  async removeAbandoned(): Promise<void> {
    await removeStages(this.#parts.dataFolder.directory);
  }

  /** Begins a backup, or names the one that is under way. */
  begin(): StagedBackup {
    if (this.#latest?.state === 'copying') return this.#latest;
    const { database, dataFolder, secrets } = this.#parts;
    const id = randomUUID();
    const begun: StagedBackup = {
      id,
      state: 'copying',
      directory: join(dataFolder.directory, `backup-${id}`),
      database: database.kind,
      secret_check: secretCheckOf(secrets),
      pause_ms: null,
      problem: null,
    };
    this.#latest = begun;
    void this.#gather(begun);
    return begun;
  }

  /** @returns nothing for one that is not the latest of this process */
  find(id: string): StagedBackup | undefined {
    return this.#latest?.id === id ? this.#latest : undefined;
  }

  async #gather(begun: StagedBackup): Promise<void> {
    const { database, dataFolder, log } = this.#parts;
    const { directory } = dataFolder;
    try {
      await removeStages(directory);
      const stage = await makeStage(directory, begun.id);
      await stageStores(directory, stage);
      const pauseMs = database.kind === 'embedded' ? await database.copyFiles(join(stage, clusterName)) : 0;
      this.#latest = { ...begun, state: 'ready', pause_ms: Math.round(pauseMs) };
      log.info({ event: 'backup.gathered', pauseMs: Math.round(pauseMs) }, 'A backup has been gathered');
    } catch (error) {
      this.#latest = { ...begun, state: 'failed', problem: messageOf(error) };
      log.error({ event: 'backup.failed', err: error }, 'A backup could not be gathered');
      await removeStages(directory).catch(() => undefined);
    }
  }
}
