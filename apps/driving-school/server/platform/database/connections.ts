import { Client, type ClientConfig, Pool, type PoolClient, types } from 'pg';
import type { Clock } from 'dualbrake';
import { connectionsDefault } from './connection-count.ts';
import { BreakingClient } from './surviving-dialect.ts';

/** Time limit for getting a connection, in milliseconds. */
const CONNECT_LIMIT_MS = 1_000;
/** The server's time limit for a statement, in milliseconds. The embedded database ignores it. */
const STATEMENT_LIMIT_MS = 5_000;
/** The client's time limit for an answer, in milliseconds: longer, so that a working server reports a timeout first. */
const QUERY_LIMIT_MS = 5_500;
/** The server's time limit for an idle transaction, in milliseconds. */
const IDLE_IN_TRANSACTION_MS = 5_000;
/** Time for pending queries to finish at a stop, in milliseconds. */
const DRAIN_LIMIT_MS = 2_000;
/** PostgreSQL's number for the type `date`. */
const DATE_OID = 1082;

/** The application's connection pool, which survives the loss of connections. */
export class Connections {
  readonly pool: Pool;
  readonly #clock: Clock;
  readonly #open = new Set<PoolClient>();
  readonly #inUse = new Set<PoolClient>();
  /** Closed when they are returned to the pool. */
  readonly #outdated = new WeakSet<PoolClient>();
  #ended: Promise<void> | undefined;

  /** @param max the most connections, 1 or more. Default `connectionsDefault` */
  constructor(settings: ClientConfig, clock: Clock, max: number = connectionsDefault) {
    this.#clock = clock;
    this.pool = new Pool({
      ...withLimits(settings),
      max,
      keepAliveInitialDelayMillis: 10_000,
      statement_timeout: STATEMENT_LIMIT_MS,
      query_timeout: QUERY_LIMIT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      application_name: 'driving-school',
      options: '-c TimeZone=UTC',
      types: { getTypeParser },
      Client: BreakingClient,
    });
    // An idle connection broke. The pool has dropped it, and no query was waiting for it.
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => this.#open.add(client));
    this.pool.on('remove', (client) => {
      this.#open.delete(client);
      this.#inUse.delete(client);
    });
    this.pool.on('acquire', (client) => this.#inUse.add(client));
    this.pool.on('release', (_error, client) => {
      this.#inUse.delete(client);
      if (this.#outdated.has(client)) breakConnection(client);
    });
  }

  /**
   * Replaces every connection: idle ones are closed now, others when they are returned to the pool.
   *
   * @returns the number of connections
   */
  renew(): number {
    const count = this.#open.size;
    for (const client of this.#open) {
      if (this.#inUse.has(client)) this.#outdated.add(client);
      // On 'error' the pool immediately drops an idle connection.
      else client.emit('error', new Error('The connection is replaced'));
    }
    return count;
  }

  /** Closes all connections, after their pending queries or after `DRAIN_LIMIT_MS`. */
  end(): Promise<void> {
    this.#ended ??= this.#drain();
    return this.#ended;
  }

  async #drain(): Promise<void> {
    const cancelLimit = this.#clock.after(DRAIN_LIMIT_MS, () => {
      for (const client of this.#open) breakConnection(client);
    });
    await this.pool.end();
    cancelLimit();
  }
}

/** Adds the limits of all our connections to connection settings. */
export function withLimits(settings: ClientConfig): ClientConfig {
  return { ...settings, keepAlive: true, connectionTimeoutMillis: CONNECT_LIMIT_MS };
}

/** Destroys the socket, so that the pool drops the connection; `end()` would leave an idle one in the pool. */
function breakConnection(client: PoolClient): void {
  if (client instanceof Client) client.connection.stream.destroy();
}

/** Keeps calendar days as text: pg would convert them to midnight in this machine's time zone. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === DATE_OID) return String;
  return format === 'binary' ? types.getTypeParser(oid, 'binary') : types.getTypeParser(oid, 'text');
}
