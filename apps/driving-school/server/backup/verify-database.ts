import { join } from 'node:path';
import { Client } from 'pg';
import { tryLock } from '../platform/database/file-lock.ts';
import { checkAllPages, type DamagedPage } from '../platform/database/page-checksums.ts';
import { BackupError } from './backup-error.ts';
import { clusterName, hasCluster } from './stage.ts';

/** The result of checking the embedded database. */
export interface Verification {
  readonly pages: number;
  readonly damaged: readonly DamagedPage[];
  /** False when the database was created without checksums: then damage can't be detected. */
  readonly hasChecksums: boolean;
  /** Names of the damaged tables and indexes, by file, as far as the database can still report them. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Checks every page of the embedded database, which may be running: pages that seem damaged are checked again, because
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
  const stillDamaged = new Set(checkAllPages(cluster).damaged.map(keyOf));
  const damaged = first.damaged.filter((page) => stillDamaged.has(keyOf(page)));
  return { ...first, damaged, names: await namesOf(damaged, dataDirectory) };
}

function keyOf({ file, page }: DamagedPage): string {
  return `${file} ${page}`;
}

/** Queries the running database for the names. Omits files that it can't name. */
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
  // Each query rejects with the same error.
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
    // The database is not running or can't read its catalog: the report shows file names only.
  } finally {
    await client.end().catch(() => undefined);
  }
  return names;
}
