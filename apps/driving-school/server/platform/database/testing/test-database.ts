import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from 'dualbrake';
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
