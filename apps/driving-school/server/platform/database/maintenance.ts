/** The database under maintenance. */
export interface Maintained {
  /** Time since a client's last statement, in milliseconds. */
  idleMs(): number;
  /** Runs work while no client can. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Called before a statement that blocks all others until it ends. */
  onBusy(): void;
}

/** A table is vacuumed when it has more dead rows than this number plus the share. */
const DEAD_ROWS_MIN = 200;
/** A fifth, as PostgreSQL's own autovacuum has it. */
const DEAD_SHARE = 0.2;
/** Bytes of log since the last checkpoint, which a restart would have to replay. */
const LOG_BYTES_MAX = 32 * 1024 * 1024;
/** Without a statement for this long, in milliseconds, the database counts as idle. */
const IDLE_MS = 3_000;
/** Work of this many times the limits is done even when clients have to wait. */
const OVERDUE = 5;

/**
 * Replaces PostgreSQL's background processes, which do not exist in single-user mode: without maintenance, dead rows are
 * never reused, plans have no statistics, and the log grows until the database is stopped.
 * Handles one table or one checkpoint at a time, when the database is idle; otherwise only when much is overdue.
 */
export class Maintenance {
  readonly #database: Maintained;

  constructor(database: Maintained) {
    this.#database = database;
  }

  /** Does what is due, step by step. @returns the statements, such as `VACUUM (ANALYZE) students` */
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
    // Once per round: rows that an open reader still needs stay dead, so the loop would never end.
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
