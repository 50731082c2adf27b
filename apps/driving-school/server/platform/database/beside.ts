import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolConfig } from 'pg';
import { patient } from './connections.ts';
import { SOCKET_PORT } from './database.ts';

/** A connection of a command beside the running program. */
export interface BesideDatabase extends AsyncDisposable {
  readonly kysely: Kysely<Record<string, never>>;
}

/** One connection to a PostgreSQL server, for a command that does one thing. */
export function besideServer(url: string): BesideDatabase {
  return beside({ connectionString: url });
}

/**
 * One connection to the embedded database of the program that runs on this data folder.
 *
 * @returns nothing when the program has opened no socket there
 */
export function besideProgram(dataDirectory: string): BesideDatabase | undefined {
  const directory = join(dataDirectory, 'run');
  if (!existsSync(join(directory, `.s.PGSQL.${SOCKET_PORT}`))) return undefined;
  // A folder with a very long path has its socket elsewhere, behind a link.
  return beside({ host: realpathSync(directory), port: SOCKET_PORT, user: 'postgres', database: 'postgres' });
}

function beside(settings: PoolConfig): BesideDatabase {
  const pool = new Pool({ ...patient(settings), max: 1, application_name: 'driving-school-command' });
  // The query that was under way says it better.
  pool.on('error', () => undefined);
  const kysely = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  return { kysely, [Symbol.asyncDispose]: () => kysely.destroy() };
}
