import { Client, type ClientConfig, Pool, type PoolClient, types } from 'pg';
import type { Clock } from 'dualbrake';
import { BreakingClient } from './surviving-dialect.ts';

/** The embedded database answers one connection at a time; more of them would only queue elsewhere. */
export const CONNECTIONS_MAX = 10;
/** How long to wait for a connection, free or new, in milliseconds. */
const CONNECT_LIMIT_MS = 1_000;
/** How long the server may work on one statement, in milliseconds. The embedded database ignores it. */
const STATEMENT_LIMIT_MS = 5_000;
/** How long to wait for an answer, in milliseconds. A little longer, so that a working server reports it first. */
const QUERY_LIMIT_MS = 5_500;
/** How long the server lets a transaction wait for its client, in milliseconds. */
const IDLE_IN_TRANSACTION_MS = 5_000;
/** How long a stop waits for pending queries, in milliseconds. */
const DRAIN_LIMIT_MS = 2_000;
/** PostgreSQL's number for the type `date`. */
const DATE_OID = 1082;

/** The application's connections, in a pool that survives the loss of any of them. */
export class Connections {
  readonly pool: Pool;
  readonly #clock: Clock;
  readonly #open = new Set<PoolClient>();
  readonly #inUse = new Set<PoolClient>();
  /** Closed when they are returned to the pool. */
  readonly #outdated = new WeakSet<PoolClient>();
  #ended: Promise<void> | undefined;

  constructor(settings: ClientConfig, clock: Clock) {
    this.#clock = clock;
    this.pool = new Pool({
      ...withLimits(settings),
      max: CONNECTIONS_MAX,
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
   * Replaces every connection: idle ones are closed now, others when they are returned.
   *
   * @returns how many there were
   */
  renew(): number {
    const count = this.#open.size;
    for (const client of this.#open) {
      if (this.#inUse.has(client)) this.#outdated.add(client);
      // The pool drops an idle connection at once on 'error', before it can hand it out.
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

/** The settings with the limits that all our connections have. */
export function withLimits(settings: ClientConfig): ClientConfig {
  return { ...settings, keepAlive: true, connectionTimeoutMillis: CONNECT_LIMIT_MS };
}

/** The pool drops a connection that breaks, idle or not; `end()` would leave an idle one in the pool. */
function breakConnection(client: PoolClient): void {
  if (client instanceof Client) client.connection.stream.destroy();
}

/** Keeps a calendar day as text: pg would turn it into midnight in this machine's time zone. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === DATE_OID) return String;
  return format === 'binary' ? types.getTypeParser(oid, 'binary') : types.getTypeParser(oid, 'text');
}
