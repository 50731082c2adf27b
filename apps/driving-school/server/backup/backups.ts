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
 * Copies the data folder consistently, into a folder inside it, while the program runs. `npm run backup` requests such a
 * copy, packs it and removes it.
 */
export class Backups {
  readonly #parts: BackupsParts;
  #latest: StagedBackup | undefined;

  constructor(parts: BackupsParts) {
    this.#parts = parts;
  }

  /** Removes the remains of interrupted backups from the data folder. Call it at the start. */
  async removeAbandoned(): Promise<void> {
    await removeStages(this.#parts.dataFolder.directory);
  }

  /** Starts a copy, or returns the one in progress. */
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
    void this.#copy(begun);
    return begun;
  }

  /** Finds a copy by its ID. @returns undefined unless it is the latest one of this process */
  find(id: string): StagedBackup | undefined {
    return this.#latest?.id === id ? this.#latest : undefined;
  }

  async #copy(begun: StagedBackup): Promise<void> {
    const { database, dataFolder, log } = this.#parts;
    const { directory } = dataFolder;
    try {
      await removeStages(directory);
      const stage = await makeStage(directory, begun.id);
      await stageStores(directory, stage);
      const pauseMs = database.kind === 'embedded' ? await database.copyFiles(join(stage, clusterName)) : 0;
      this.#latest = { ...begun, state: 'ready', pause_ms: Math.round(pauseMs) };
      log.info({ event: 'backup.copied', pauseMs: Math.round(pauseMs) }, 'The data for a backup was copied');
    } catch (error) {
      this.#latest = { ...begun, state: 'failed', problem: messageOf(error) };
      log.error({ event: 'backup.failed', err: error }, 'The data for a backup could not be copied');
      await removeStages(directory).catch(() => undefined);
    }
  }
}
