import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { isoOf } from '../wall-time.ts';

/** The store can't be written at the moment. Nothing was changed. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  readonly code = 'STORE_UNAVAILABLE';
}

interface StoreState {
  readonly state: 'ok' | 'failing';
  readonly kind: 'file' | 'memory';
  /** When it started to fail, milliseconds since the epoch. */
  readonly since: number | undefined;
  readonly reason: string;
  /** Records that could not be saved since the start, in sentences. */
  readonly lost: readonly string[];
}

/** Time between a failed write and the next try. */
const RETRY_MS = 2_000;
/** How long a statement waits for another connection. Blocks the process. */
const BUSY_MS = 100;

const schema = `
  create table if not exists events (seq integer primary key, at integer not null, kind text not null,
    target text not null, payload text not null) strict;
  create index if not exists events_at on events (at);
  create table if not exists audit (seq integer primary key, record text not null, hash text not null) strict;
  create table if not exists audit_start (one integer primary key check (one = 1), seq integer not null,
    hash text not null, proof text not null) strict;
  create table if not exists open_intents (seq integer primary key) strict;
  create table if not exists revisions (number integer primary key, payload text not null) strict;
  create table if not exists overrides (target text primary key, payload text not null) strict;
  create table if not exists incidents (number integer primary key, state text not null, opened_at integer not null,
    payload text not null) strict;
  create table if not exists history (breaker text not null, minute integer not null, counts blob not null,
    primary key (breaker, minute)) strict, without rowid;
  create table if not exists answers (id text primary key, fingerprint text not null, status integer not null,
    headers text not null, body text not null, at integer not null) strict;
  create table if not exists names (id text primary key, name text not null) strict;
  create table if not exists ended_sessions (id text primary key, until integer not null) strict;
`;

/**
 * A SQLite file, or memory. A failed write never takes the application down: it throws `StoreUnavailableError` and changes
 * nothing. A damaged file is moved aside and replaced by a new one.
 */
export class StoreFile {
  readonly #path: string | undefined;
  readonly #wallClock: () => number;
  readonly #statements = new Map<string, StatementSync>();
  readonly #lost: string[] = [];
  readonly #onTrouble: (error: unknown) => void;
  #database: DatabaseSync | undefined;
  #failing: { since: number; reason: string; tryAt: number } | undefined;

  /** @param path `undefined` keeps everything in memory */
  constructor(path: string | undefined, wallClock: () => number, onTrouble: (error: unknown) => void) {
    this.#path = path;
    this.#wallClock = wallClock;
    this.#onTrouble = onTrouble;
    this.#database = this.#openOrReplace();
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#wallClock();
  }

  get state(): StoreState {
    return {
      state: this.#failing === undefined ? 'ok' : 'failing',
      kind: this.#path === undefined ? 'memory' : 'file',
      since: this.#failing?.since,
      reason: this.#failing?.reason ?? '',
      lost: [...this.#lost],
    };
  }

  /** Whether to try a write now. */
  get isWritable(): boolean {
    return this.#failing === undefined || this.#wallClock() >= this.#failing.tryAt;
  }

  /** Reports once that something could not be saved. @param what a sentence */
  reportLoss(what: string): void {
    if (!this.#lost.includes(what) && this.#lost.length < 50) this.#lost.push(what);
  }

  /**
   * Writes all or nothing, on disk before it returns.
   *
   * @throws StoreUnavailableError: then nothing was changed. Errors of `work` are passed on
   */
  commit<T>(work: () => T): T {
    return this.#transact(work, 'FULL');
  }

  /**
   * Writes all or nothing; survives a killed process, but perhaps not a power cut.
   *
   * @throws StoreUnavailableError: then nothing was changed
   */
  write<T>(work: () => T): T {
    return this.#transact(work, 'NORMAL');
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number | bigint } {
    return this.#prepare(sql).run(...values);
  }

  /** @returns no rows if the store can't be read */
  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    try {
      return this.#prepare(sql).all(...values);
    } catch (error) {
      this.#failed(error);
      return [];
    }
  }

  /** The column `payload` of each row, parsed. */
  payloads<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.all(sql, ...values).map(({ payload }) => JSON.parse(String(payload)) as T);
  }

  get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.all(sql, ...values)[0];
  }

  close(): void {
    this.#statements.clear();
    try {
      this.#database?.close();
    } catch {
      // The connection is discarded in any case.
    }
    this.#database = undefined;
  }

  #transact<T>(work: () => T, synchronous: 'FULL' | 'NORMAL'): T {
    if (!this.isWritable) throw new StoreUnavailableError(this.#failing?.reason ?? 'The store cannot be written.');
    let database: DatabaseSync;
    try {
      database = this.#database ??= this.#openOrReplace() ?? noDatabase();
      database.exec(`PRAGMA synchronous = ${synchronous}; BEGIN IMMEDIATE`);
    } catch (error) {
      throw this.#failed(error);
    }
    try {
      const result = work();
      database.exec('COMMIT');
      this.#failing = undefined;
      return result;
    } catch (error) {
      try {
        if (database.isTransaction) database.exec('ROLLBACK');
      } catch {
        // A full disk ends the transaction automatically.
      }
      throw isSqlite(error) ? this.#failed(error) : error;
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const database = (this.#database ??= this.#openOrReplace() ?? noDatabase());
    const made = database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  #failed(error: unknown): StoreUnavailableError {
    const reason = this.#noteFailure(error);
    if (isDamage(error)) this.#replace();
    return new StoreUnavailableError(reason, { cause: error });
  }

  #noteFailure(error: unknown): string {
    const now = this.#wallClock();
    const reason = describe(error);
    if (this.#failing === undefined) this.#onTrouble(error);
    this.#failing = { since: this.#failing?.since ?? now, reason, tryAt: now + RETRY_MS };
    return reason;
  }

  #openOrReplace(): DatabaseSync | undefined {
    try {
      return open(this.#path);
    } catch (error) {
      if (this.#path === undefined || !isDamage(error)) {
        this.#noteFailure(error);
        return undefined;
      }
      this.#onTrouble(error);
      return this.#moveAside();
    }
  }

  /** For a file that was found damaged while in use. */
  #replace(): void {
    this.close();
    if (this.#path !== undefined) this.#database = this.#moveAside();
  }

  #moveAside(): DatabaseSync | undefined {
    const path = this.#path ?? '';
    const aside = `${path}.damaged-${isoOf(this.#wallClock()).replaceAll(/[:.]/g, '-')}`;
    try {
      for (const ending of ['', '-wal', '-shm']) {
        if (existsSync(path + ending)) renameSync(path + ending, aside + ending);
      }
      const fresh = open(this.#path);
      this.reportLoss(
        `The console’s file was damaged and has been renamed to ${aside.slice(aside.lastIndexOf('/') + 1)}: ` +
          'earlier events, incidents, settings revisions and audit lines are in that file.',
      );
      return fresh;
    } catch (error) {
      this.#onTrouble(error);
      return undefined;
    }
  }
}

/** @throws SQLite's error, also for a file that is no valid database */
function open(path: string | undefined): DatabaseSync {
  if (path !== undefined) makeForOwner(path);
  const database = new DatabaseSync(path ?? ':memory:');
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL`);
    const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (verdict !== 'ok') throw Object.assign(new Error('quick_check failed'), { errcode: CORRUPT });
    database.exec(schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite creates files that all users can read. Its `-wal` and `-shm` files copy the mode of this one. */
function makeForOwner(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    // SQLite's error is more precise.
  }
}

function noDatabase(): never {
  throw Object.assign(new Error('the file cannot be opened'), { errcode: CANNOT_OPEN });
}

/** SQLite's result codes, in the low byte of `errcode`: https://sqlite.org/rescode.html */
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

function codeOf(error: unknown): number {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  return code & 0xff;
}

function isSqlite(error: unknown): boolean {
  return codeOf(error) !== 0;
}

function isDamage(error: unknown): boolean {
  return codeOf(error) === CORRUPT || codeOf(error) === NOT_A_DATABASE;
}

/** A sentence for the page. Contains nothing from the error's message, which may name paths. */
function describe(error: unknown): string {
  switch (codeOf(error)) {
    case FULL:
      return 'The disk with the console’s file is full.';
    case CORRUPT:
    case NOT_A_DATABASE:
      return 'The console’s file is damaged.';
    case CANNOT_OPEN:
      return 'The console’s file can’t be opened.';
    case 8:
      return 'The console’s file is read-only.';
    case 5:
    case 6:
      return 'Another process holds the console’s file.';
    default:
      return 'The console’s file can’t be written.';
  }
}
