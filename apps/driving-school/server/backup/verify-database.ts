import { join } from 'node:path';
import { Client } from 'pg';
import { tryLock } from '../platform/database/file-lock.ts';
import { checkAllPages, type DamagedPage } from '../platform/database/page-checksums.ts';
import { BackupError } from './backup-error.ts';
import { clusterName, hasCluster } from './stage.ts';

/** What a check of the embedded database has shown. */
export interface Verification {
  readonly pages: number;
  readonly damaged: readonly DamagedPage[];
  /** False when the database was made without checksums: then damage cannot be seen. */
  readonly hasChecksums: boolean;
  /** Names of the tables and indexes of the damaged pages, by file, as far as the database can still tell. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Looks at every page of the embedded database. It may run meanwhile: pages that seem damaged are looked at again, for
 * they may have been half written.
 *
 * @throws BackupError when there is no embedded database
 */
export async function verifyDatabase(dataDirectory: string): Promise<Verification> {
  if (!hasCluster(dataDirectory)) {
    throw new BackupError(
      `There is no embedded database in ${dataDirectory}. Set DATA_DIR to the folder that the program uses.`,
    );
  }
  const cluster = join(dataDirectory, clusterName);
  const first = checkAllPages(cluster);
  if (first.damaged.length === 0) return { ...first, names: new Map() };
  const again = new Set(checkAllPages(cluster).damaged.map(placeOf));
  const damaged = first.damaged.filter((page) => again.has(placeOf(page)));
  return { ...first, damaged, names: await namesOf(damaged, dataDirectory) };
}

function placeOf({ file, page }: DamagedPage): string {
  return `${file} ${page}`;
}

/** Asks the running database. What it does not know, or cannot say because it is damaged, is left out. */
async function namesOf(damaged: readonly DamagedPage[], dataDirectory: string): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const lock = tryLock(join(dataDirectory, 'in-use.lock'));
  if (lock !== undefined) {
    lock.release();
    return names;
  }
  const client = new Client({
    host: join(dataDirectory, 'run'),
    user: 'postgres',
    database: 'postgres',
    application_name: 'driving-school-verify',
    query_timeout: 5_000,
  });
  // Each query says what is wrong.
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (const file of new Set(damaged.map((page) => page.file))) {
      const [, node] = /\/(\d+)/.exec(file.replace(/^base\/\d+/, '')) ?? [];
      const { rows } = await client.query<{ name: string | null }>(
        'SELECT pg_filenode_relation(0, $1::oid)::text AS name',
        [node],
      );
      const name = rows[0]?.name;
      if (name !== undefined && name !== null) names.set(file, name);
    }
  } catch {
    // It does not run, or cannot read its own catalog: files are named instead.
  } finally {
    await client.end().catch(() => undefined);
  }
  return names;
}
