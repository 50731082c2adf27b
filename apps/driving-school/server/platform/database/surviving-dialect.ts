import { type Driver, PostgresDialect, type PostgresDialectConfig, PostgresDriver } from 'kysely';
import { Client, type ClientConfig } from 'pg';

/** Kysely's PostgreSQL dialect for a database that may die in the middle of a transaction. */
export class SurvivingPostgresDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new SurvivingPostgresDriver(this.#config);
  }
}

class SurvivingPostgresDriver extends PostgresDriver {
  /**
   * When the connection is gone the rollback fails too, and Kysely would throw that failure instead of the
   * original one: "not queryable" looks as if nothing had been sent, although a COMMIT may have been.
   * The driver has marked the connection for disposal, and the server rolls back automatically.
   */
  override async rollbackTransaction(
    ...[connection]: Parameters<PostgresDriver['rollbackTransaction']>
  ): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => undefined);
  }
}

/** pg's message when `query_timeout` is exceeded. The error has no code. */
const QUERY_TIMEOUT_MESSAGE = 'Query read timeout';

/**
 * A connection that breaks when a query on it times out. pg alone would keep it, still waiting for the old answer, and
 * the pool would hand it to the next caller, which would wait for that answer, too.
 */
export class BreakingClient extends Client {
  constructor(settings?: ClientConfig) {
    super(settings);
    // A checked-out client that loses its connection has no other listener, and would end the process.
    this.on('error', () => undefined);
    const query: (...parameters: unknown[]) => unknown = super.query.bind(this);
    Object.assign(this, {
      query: (...parameters: unknown[]): unknown => {
        const answer = query(...parameters);
        if (answer instanceof Promise) answer.catch((error: unknown) => this.#breakAfter(error));
        return answer;
      },
    });
  }

  #breakAfter(error: unknown): void {
    if (error instanceof Error && error.message === QUERY_TIMEOUT_MESSAGE) this.connection.stream.destroy();
  }
}
