import { type Kysely, sql } from 'kysely';
import type { DatabaseGuard } from '../database/database.ts';
import { checkValueOf, type LoadedSecrets, secretFits, type Secrets, wrongSecret } from '../secrets.ts';
import { writeCheckFile } from './check-file.ts';
import type { KeyDatabase, SealedData } from './sealed-data.ts';
import { SecretError } from './secret-error.ts';

interface InstallationTables {
  installation: { one?: boolean; secret_check: Buffer };
}

/**
 * The check value of the database's secret.
 *
 * @returns `undefined` for a database that has never been used
 */
export async function installationCheck<Tables>(database: Kysely<Tables>): Promise<Buffer | undefined> {
  const { rows } = await sql<{ table: string | null }>`SELECT to_regclass('installation')::text AS table`.execute(
    database,
  );
  if (rows[0]?.table === null || rows[0] === undefined) return undefined;
  const row = await tablesOf(database).selectFrom('installation').select('secret_check').executeTakeFirst();
  return row?.secret_check;
}

/** Writes the check value of the new secret, in the transaction of a rotation. */
export async function changeInstallation<Tables>(database: Kysely<Tables>, to: Secrets): Promise<void> {
  await tablesOf(database)
    .updateTable('installation')
    .set({ secret_check: checkValueOf(to) })
    .execute();
}

/** Options of `installationGuard`. */
export interface InstallationGuardOptions {
  readonly secrets: LoadedSecrets;
  /** The data folder, which stores the check value too. */
  readonly directory: string;
  readonly sealedData: readonly SealedData[];
}

/**
 * Checks the secret of the database before migrations and again after them, when a new database gets this secret.
 *
 * @returns a guard that throws a SecretError for another secret, before anything is written
 */
export function installationGuard({ secrets, directory, sealedData }: InstallationGuardOptions): DatabaseGuard {
  const requireFit = (check: Uint8Array): void => {
    if (!secretFits(secrets, check)) throw new SecretError(wrongSecret('The database', secrets.source));
  };
  return {
    async beforeMigrations(database) {
      const check = await installationCheck(database);
      if (check !== undefined) requireFit(check);
    },
    async afterMigrations(database) {
      if ((await installationCheck(database)) === undefined) await claim(database, secrets, sealedData);
      // Read again, because another program may have started concurrently.
      const check = await installationCheck(database);
      if (check !== undefined) requireFit(check);
      writeCheckFile(directory, { check: checkValueOf(secrets), source: secrets.source });
    },
  };
}

/** An older database without a check value may have encrypted data, which the secret must decrypt. */
async function claim(database: KeyDatabase, secrets: LoadedSecrets, sealedData: readonly SealedData[]): Promise<void> {
  for (const sealed of sealedData) {
    if ((await sealed.opens(database, secrets)) === false) {
      throw new SecretError(wrongSecret(`The database contains ${sealed.name} and`, secrets.source));
    }
  }
  await tablesOf(database)
    .insertInto('installation')
    .values({ secret_check: checkValueOf(secrets) })
    .onConflict((conflict) => conflict.column('one').doNothing())
    .execute();
}

function tablesOf<Tables>(handle: Kysely<Tables>): Kysely<InstallationTables> {
  return handle as unknown as Kysely<InstallationTables>;
}
