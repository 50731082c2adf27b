import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolConfig } from 'pg';
import { withLimits } from './connections.ts';
import { SOCKET_PORT } from './database.ts';

/** A command's connection to the database, while the program may be running. */
export interface DirectConnection extends AsyncDisposable {
  readonly kysely: Kysely<Record<string, never>>;
}

/** Connects to a PostgreSQL server. */
export function connectToServer(url: string): DirectConnection {
  return connect({ connectionString: url });
}

/**
 * Connects to the embedded database of the program that is using a data folder.
 *
 * @returns undefined when the program has no socket there
 */
export function connectToProgram(dataDirectory: string): DirectConnection | undefined {
  const directory = join(dataDirectory, 'run');
  if (!existsSync(join(directory, `.s.PGSQL.${SOCKET_PORT}`))) return undefined;
  // With a very long path, this is a link to the socket's folder.
  return connect({ host: realpathSync(directory), port: SOCKET_PORT, user: 'postgres', database: 'postgres' });
}

function connect(settings: PoolConfig): DirectConnection {
  const pool = new Pool({ ...withLimits(settings), max: 1, application_name: 'driving-school-command' });
  // The pending query rejects with the same error.
  pool.on('error', () => undefined);
  const kysely = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  return { kysely, [Symbol.asyncDispose]: () => kysely.destroy() };
}
