import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from 'dualbrake';
import { sql } from 'kysely';
import { pino, type Logger } from 'pino';
import { type ApplicationDatabase, openDatabase } from '../database.ts';
import { tryLock } from '../file-lock.ts';
import { until } from './until.ts';

/** Settings of `testDatabase` and `startEmbedded`. */
export interface TestDatabaseOptions {
  /** Default: the application's migrations. */
  readonly migrationsDirectory?: string;
  /** Default: the embedded database. */
  readonly url?: string;
  readonly clock?: Clock;
  /** Default: silent. */
  readonly log?: Logger;
  /** Default: a temporary directory that is removed at the end. */
  readonly dataDirectory?: string;
}

/** A database for a test, with its directory. */
export interface TestDatabase extends ApplicationDatabase, AsyncDisposable {
  readonly dataDirectory: string;
  /** Kills the embedded process (SIGKILL). Returns immediately; the supervisor restarts it. */
  kill(): void;
}

/** Path of the application's migrations. */
export const applicationMigrations = fileURLToPath(new URL('../../../../migrations/', import.meta.url));

/**
 * Starts a migrated database in a temporary directory, which is removed at the end of the block:
 * `await using database = await testDatabase()`.
 * To save seconds, the embedded database is a copy of a migrated one that is created once per machine.
 */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const database = await startEmbedded(options);
  try {
    await database.start();
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
  return database;
}

let shared: Promise<SharedDatabase> | undefined;

/**
 * An embedded database as after the application's migrations, for tests that must not stop, kill or restart it. Files
 * that share a process use one after the other the same one, which takes a second less than a start.
 */
export async function sharedDatabase(): Promise<TestDatabase> {
  if (process.env['TEST_FILES_SHARE_PROCESS'] === undefined) return testDatabase();
  return (await (shared ??= SharedDatabase.open())).borrow();
}

class SharedDatabase {
  readonly #database: TestDatabase;
  /** Statements that make it as new. */
  readonly #reset: readonly string[];
  #isBorrowed = false;

  private constructor(database: TestDatabase, reset: readonly string[]) {
    this.#database = database;
    this.#reset = reset;
  }

  static async open(): Promise<SharedDatabase> {
    const database = await testDatabase();
    process.once('exit', () => rmSync(database.dataDirectory, { recursive: true, force: true }));
    const { rows: tables } = await sql<{ name: string }>`
      SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'
    `.execute(database.kysely);
    const names = tables.map(({ name }) => name);
    const fill: string[] = [];
    for (const name of names) {
      const { rows } = await sql<{ statement: string | null }>`
        SELECT format('INSERT INTO %s SELECT * FROM json_populate_recordset(NULL::%1$s, %L)', ${name}::text, json_agg(t))
          AS statement FROM ${sql.raw(name)} t HAVING count(*) > 0
      `.execute(database.kysely);
      for (const { statement } of rows) if (statement !== null) fill.push(statement);
    }
    return new SharedDatabase(database, [
      // Without triggers: some rows can't be removed.
      'SET LOCAL session_replication_role = replica',
      `DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL ('{${names.join()}}')
        LOOP EXECUTE format('DROP TABLE %I', name); END LOOP; END $$`,
      `TRUNCATE ${names.join()} RESTART IDENTITY`,
      ...fill,
    ]);
  }

  borrow(): TestDatabase {
    if (this.#isBorrowed) throw new Error('A test file uses two databases: one of them must be a testDatabase().');
    this.#isBorrowed = true;
    const database = this.#database;
    return {
      kysely: database.kysely,
      kind: database.kind,
      service: database.service,
      dataDirectory: database.dataDirectory,
      damage: undefined,
      start: () => Promise.resolve(),
      stop: refuseToStop,
      restart: refuseToStop,
      kill: refuseToStop,
      copyFiles: (to) => database.copyFiles(to),
      ready: () => database.ready(),
      onReady: (callback) => database.onReady(callback),
      onChange: (callback) => database.onChange(callback),
      isHealthy: (signal) => database.isHealthy(signal),
      [Symbol.asyncDispose]: async () => {
        await database.kysely.transaction().execute(async (transaction) => {
          for (const statement of this.#reset) await sql.raw(statement).execute(transaction);
        });
        this.#isBorrowed = false;
      },
    };
  }
}

function refuseToStop(): never {
  throw new Error('A shared database must not be stopped or restarted: use testDatabase().');
}

/** Like `testDatabase`, but not started, so that callbacks can be registered first. */
export async function startEmbedded(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'database-'));
  if (options.url === undefined && !existsSync(join(dataDirectory, 'postgres'))) {
    await copyDatabaseTemplate(dataDirectory, options.migrationsDirectory);
  }
  const database = openDatabase({
    dataFolder: { directory: dataDirectory },
    migrationsDirectory: options.migrationsDirectory ?? applicationMigrations,
    log: options.log ?? pino({ level: 'silent' }),
    durable: false,
    ...(options.url === undefined ? {} : { url: options.url }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  return Object.assign(database, {
    dataDirectory,
    kill(): void {
      const pid = database.service.report?.(0)['pid'];
      if (typeof pid !== 'number') throw new Error('There is no database process to kill.');
      process.kill(pid, 'SIGKILL');
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await database.stop();
      if (options.dataDirectory === undefined) rmSync(dataDirectory, { recursive: true, force: true });
    },
  });
}

/**
 * Copies a database to a data folder, so that its first start is as fast as later ones.
 *
 * @param migrationsDirectory default: the application's migrations; with any others the database is empty
 */
export async function copyDatabaseTemplate(
  dataDirectory: string,
  migrationsDirectory = applicationMigrations,
): Promise<void> {
  const migrations = migrationsDirectory === applicationMigrations ? applicationMigrations : undefined;
  cpSync(await template(migrations), join(dataDirectory, 'postgres'), { recursive: true });
}

/** Path of the template, created at its first use on this machine. Tests in other processes wait for it. */
async function template(migrationsDirectory: string | undefined): Promise<string> {
  const folder = join(tmpdir(), `database-template-${userInfo().uid}-${templateVersion(migrationsDirectory)}`);
  const ready = join(folder, 'postgres');
  if (existsSync(ready)) return ready;
  const lock = await until('the template is not locked', () => tryLock(`${folder}.lock`));
  try {
    if (!existsSync(ready)) await createTemplate(folder, migrationsDirectory);
  } finally {
    lock.release();
  }
  return ready;
}

async function createTemplate(folder: string, migrationsDirectory: string | undefined): Promise<void> {
  const draft = mkdtempSync(join(tmpdir(), 'database-draft-'));
  const noMigrations = join(draft, 'migrations');
  mkdirSync(noMigrations);
  const database = openDatabase({
    dataFolder: { directory: draft },
    migrationsDirectory: migrationsDirectory ?? noMigrations,
    log: pino({ level: 'silent' }),
    durable: false,
  });
  await database.start();
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

/** Identifies the version of the engine and the migrations. */
function templateVersion(migrationsDirectory: string | undefined): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const version = createHash('sha256').update(readFileSync(join(dirname(entry), '..', 'package.json')));
  if (migrationsDirectory !== undefined) {
    for (const name of readdirSync(migrationsDirectory).toSorted()) {
      version.update(`\n${name}\n`).update(readFileSync(join(migrationsDirectory, name)));
    }
  }
  return version.digest('hex').slice(0, 12);
}
