import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, type ClientConfig, DatabaseError } from 'pg';
import { DatabaseRefusal } from './refusal.ts';

/** The database cannot be migrated to this program's version. The message says what to do. */
export class MigrationError extends DatabaseRefusal {
  override readonly name = 'MigrationError';
  readonly code = 'MIGRATION_REFUSED';
}

/** Settings of `migrate`. */
export interface MigrateOptions {
  /** Settings of the connection, which is opened for the migrations and closed afterwards. */
  readonly connection: ClientConfig;
  /** Folder of `0001-what-it-does.sql`, `0002-…`, without gaps. */
  readonly directory: string;
  readonly onProgress?: (text: string) => void;
}

/** The oldest PostgreSQL that we test with; `server_version_num` is the major version times 10,000. */
const OLDEST_POSTGRESQL = 15;
/** An arbitrary number that identifies the lock. */
const LOCK_KEY = 7_264_001;
/** SQLSTATE when `lock_timeout` is exceeded. */
const LOCK_NOT_AVAILABLE = '55P03';
/** Time to wait for migrations by another instance, in milliseconds. */
const LOCK_LIMIT_MS = 60_000;
/** Time limit for a statement of a migration, in milliseconds. */
const STATEMENT_LIMIT_MS = 300_000;

/**
 * Applies all missing migrations. Each file runs in one transaction with its row in `schema_migrations`. Migrations can't
 * be reverted.
 *
 * @returns the names of the files that were applied now, oldest first
 * @throws MigrationError when the server is too old, when a number is missing, when an applied file has changed, when the
 * database is newer than the program, or when a file fails; connection errors unchanged
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const files = await readMigrations(options.directory);
  const client = new Client({
    ...options.connection,
    application_name: 'driving-school-migrations',
    query_timeout: STATEMENT_LIMIT_MS,
    statement_timeout: STATEMENT_LIMIT_MS,
  });
  // The pending query, or the next one, rejects with the same error.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await requireVersion(client);
    return await apply(client, files, options.onProgress);
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted();
  const misnamed = names.filter((name) => !/^\d{4}-[a-z0-9-]+\.sql$/.test(name));
  if (misnamed.length > 0) {
    throw new MigrationError(`These migrations are not named like 0001-what-it-does.sql: ${misnamed.join(', ')}.`);
  }
  for (const [index, name] of names.entries()) {
    const expected = String(index + 1).padStart(4, '0');
    if (name.startsWith(expected)) continue;
    const previous = names[index - 1];
    throw new MigrationError(
      previous?.startsWith(name.slice(0, 4)) === true
        ? `Two migrations have the same number: ${previous} and ${name}. Give the newer one the next free number.`
        : `Migration ${expected} is missing: the next file is ${name}. Numbers must have no gaps.`,
    );
  }
  return Promise.all(names.map((name) => readMigration(directory, name)));
}

async function readMigration(directory: string, name: string): Promise<Migration> {
  // Git may have converted the line endings.
  const sql = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n');
  if (/^\s*(begin|commit|rollback|start\s+transaction|end)\s*(work|transaction)?\s*;/im.test(sql)) {
    throw new MigrationError(
      `Migration ${name} begins or ends a transaction. Remove that statement: each file runs in its own transaction.`,
    );
  }
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}

async function requireVersion(client: Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  const version = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  if (version >= OLDEST_POSTGRESQL) return;
  throw new MigrationError(
    `The database server is PostgreSQL ${version}; this program needs ${OLDEST_POSTGRESQL} or newer. Upgrade the server, or unset DATABASE_URL to use the embedded database.`,
  );
}

async function apply(
  client: Client,
  files: readonly Migration[],
  onProgress: MigrateOptions['onProgress'],
): Promise<string[]> {
  await exclusively(client, () =>
    client.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations (
         name text PRIMARY KEY,
         checksum text NOT NULL,
         applied_at timestamptz NOT NULL DEFAULT now()
       )`,
    ),
  );
  const applied = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM schema_migrations ORDER BY name',
  );
  requireSameHistory(files, applied.rows);
  const due = files.slice(applied.rows.length);
  const appliedNow: string[] = [];
  for (const [index, file] of due.entries()) {
    onProgress?.(`Updating the database: ${file.name} (${index + 1} of ${due.length})…`);
    if (await exclusively(client, () => applyUnlessDone(client, file))) appliedNow.push(file.name);
  }
  return appliedNow;
}

function requireSameHistory(
  files: readonly Migration[],
  applied: readonly { readonly name: string; readonly checksum: string }[],
): void {
  for (const [index, row] of applied.entries()) {
    const file = files[index];
    if (file === undefined) {
      throw new MigrationError(
        `The database is newer than this program: it has the migration ${row.name}. Start the newer version.`,
      );
    }
    if (file.name !== row.name) {
      throw new MigrationError(
        `The database has the migration ${row.name} where this program has ${file.name}. Start the program that belongs to this database, or use another database.`,
      );
    }
    if (file.checksum !== row.checksum) {
      throw new MigrationError(
        `Migration ${file.name} has changed since it was applied. Undo the change, and add a new migration for it.`,
      );
    }
  }
}

/**
 * Runs an action in a transaction with a lock that excludes other instances. Not a session lock: all connections of the
 * embedded database share one session, so it would exclude none of them.
 */
async function exclusively<T>(client: Client, action: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_LIMIT_MS}`);
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
    const result = await action();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // On a broken connection, the server rolls back automatically.
    await client.query('ROLLBACK').catch(() => undefined);
    if (!(error instanceof DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error;
    throw new MigrationError(
      `The database has been locked for more than ${LOCK_LIMIT_MS / 1_000} s, perhaps by another instance that is running migrations. Wait for that instance, or stop it.`,
      { cause: error },
    );
  }
}

/** Applies a migration. @returns false when another instance has applied it in the meantime */
async function applyUnlessDone(client: Client, file: Migration): Promise<boolean> {
  const done = await client.query('SELECT 1 FROM schema_migrations WHERE name = $1', [file.name]);
  if (done.rowCount !== 0) return false;
  try {
    await client.query(file.sql);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code === LOCK_NOT_AVAILABLE || isAboutTheServer(error)) throw error;
    throw new MigrationError(
      `Migration ${file.name}${lineOf(file, error)} failed and was rolled back: ${error.message}.`,
      { cause: error },
    );
  }
  await client.query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [file.name, file.checksum]);
  return true;
}

/** Classes 08 (connection), 53 (resources), 57 (operator) and 58 (system): not caused by the file. */
function isAboutTheServer(error: DatabaseError): boolean {
  return /^(08|53|57|58)/.test(error.code ?? '');
}

function lineOf(file: Migration, error: DatabaseError): string {
  if (error.position === undefined) return '';
  return `, line ${file.sql.slice(0, Number(error.position) - 1).split('\n').length},`;
}
