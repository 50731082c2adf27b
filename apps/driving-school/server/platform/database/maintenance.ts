/** The interface of a database that needs maintenance. */
export interface Maintained {
  /** Time since a client's last statement, in milliseconds. */
  idleMs(): number;
  /** Runs work while no client can use the database. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Called before a statement that blocks all others until it ends. */
  onBusy(): void;
}

/** A table is vacuumed when it has more dead rows than this number plus `DEAD_SHARE` of its rows. */
const DEAD_ROWS_MIN = 200;
/** The default of PostgreSQL's autovacuum. */
const DEAD_SHARE = 0.2;
/** Bytes of log since the last checkpoint after which the next is due: a restart must replay them. */
const LOG_BYTES_MAX = 32 * 1024 * 1024;
/** Time without a statement after which the database is idle, in milliseconds. */
const IDLE_MS = 3_000;
/** At this multiple of the limits, maintenance runs even when clients have to wait. */
const OVERDUE = 5;

/**
 * Replaces PostgreSQL's background processes, which do not exist in single-user mode: without maintenance, the space of
 * dead rows is never reused, plans have no statistics, and the log grows until the database is stopped.
 * Handles one table or one checkpoint at a time, when the database is idle or maintenance is long overdue.
 */
export class Maintenance {
  readonly #database: Maintained;

  constructor(database: Maintained) {
    this.#database = database;
  }

  /** Does the maintenance that is due, step by step. @returns the statements, such as `VACUUM (ANALYZE) students` */
  async round(): Promise<readonly string[]> {
    const done: string[] = [];
    for (;;) {
      const step = await this.#database.exclusively(() => this.#step(done));
      if (step === undefined) return done;
      done.push(step);
    }
  }

  /** Clients get their turn between two steps. */
  async #step(done: readonly string[]): Promise<string | undefined> {
    const statement = await this.#next(this.#database.idleMs() >= IDLE_MS ? 1 : OVERDUE);
    // Once per round: dead rows that an open transaction still needs remain, so the loop would never end.
    if (statement === undefined || done.includes(statement)) return undefined;
    this.#database.onBusy();
    await this.#database.query(statement);
    return statement;
  }

  async #next(factor: number): Promise<string | undefined> {
    const [table] = await this.#database.query(
      `SELECT format('VACUUM (ANALYZE) %I.%I', schemaname, relname) AS statement
       FROM pg_stat_all_tables
       WHERE schemaname NOT LIKE 'pg_toast%' AND n_dead_tup > ${factor} * (${DEAD_ROWS_MIN} + ${DEAD_SHARE} * n_live_tup)
       ORDER BY n_dead_tup DESC LIMIT 1`,
    );
    if (table !== undefined) return String(table['statement']);
    const [log] = await this.#database.query(
      `SELECT pg_current_wal_lsn() - redo_lsn > ${factor} * ${LOG_BYTES_MAX} AS long FROM pg_control_checkpoint()`,
    );
    return log?.['long'] === true ? 'CHECKPOINT' : undefined;
  }
}
