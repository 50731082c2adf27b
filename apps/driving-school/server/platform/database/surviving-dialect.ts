import { type Driver, PostgresDialect, type PostgresDialectConfig, PostgresDriver } from 'kysely';
import { Client, type ClientConfig } from 'pg';

/** Kysely's PostgreSQL dialect for a database that may fail in the middle of a transaction. */
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
   * Ignores errors: after a lost connection the rollback fails as well, and Kysely would throw that error instead of the
   * original one. "Not queryable" looks as if nothing had been sent, although a COMMIT may have been. The driver disposes
   * of the connection, and the server rolls back.
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
 * A connection that breaks when a query times out. pg would keep waiting for the old answer, and so would the next caller
 * that gets the connection from the pool.
 */
export class BreakingClient extends Client {
  constructor(settings?: ClientConfig) {
    super(settings);
    // Without a listener, a checked-out client that loses its connection would end the process.
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
