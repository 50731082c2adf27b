/** The database under maintenance. */
export interface Maintained {
  /** Since the last statement of a client, in milliseconds. */
  idleMs(): number;
  /** Runs work while no client can. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Told before a statement that answers nothing else until its end. */
  onBusy(): void;
}

/** A table is vacuumed when more of its rows than this are dead, in addition to the share. */
const DEAD_ROWS_MIN = 200;
/** A fifth, as PostgreSQL's own autovacuum has it. */
const DEAD_SHARE = 0.2;
/** Bytes of log after the last checkpoint that a restart would have to go through again. */
const LOG_BYTES_MAX = 32 * 1024 * 1024;
/** No statement for this long, in milliseconds: nobody waits. */
const IDLE_MS = 3_000;
/** How much more there must be to do before clients have to wait for it. */
const OVERDUE = 5;

/**
 * Does what PostgreSQL's background processes do, which do not exist in single-user mode: without it dead rows are never
 * reused, plans know nothing of the data, and the log grows until the database is stopped.
 * One table or one checkpoint at a time, when the database is idle; in the middle of work only when much is overdue.
 */
export class Maintenance {
  readonly #database: Maintained;

  constructor(database: Maintained) {
    this.#database = database;
  }

  /** Does what is due, step by step. @returns the steps in words, such as `VACUUM (ANALYZE) students` */
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
    // Once per round: rows that an open reader still needs stay dead, and we would never end.
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
