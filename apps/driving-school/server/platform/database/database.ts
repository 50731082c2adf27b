import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Steerable, systemClock } from 'dualbrake';
import { Kysely } from 'kysely';
import { type ClientConfig, DatabaseError } from 'pg';
import type { Logger } from 'pino';
import type { DataFolder } from '../data-folder.ts';
import { Connections, withLimits } from './connections.ts';
import { ExternalDatabase } from './external-database.ts';
import { HealthCheck } from './health-check.ts';
import { migrate } from './migrate.ts';
import type { ServiceState, StateChange } from './service-state.ts';
import { Supervisor } from './supervisor.ts';
import { SurvivingPostgresDialect } from './surviving-dialect.ts';

export type { DatabaseState } from './service-state.ts';

/** Settings of `openDatabase`. */
export interface DatabaseOptions {
  /** URL of a PostgreSQL server, 15 or newer. Default: the embedded database in the data folder. */
  readonly url?: string;
  /** Only `directory` is used. */
  readonly dataFolder: Pick<DataFolder, 'directory'>;
  /** Folder of `0001-what-it-does.sql` and so on. */
  readonly migrationsDirectory: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Called each time the database comes up, before it is ready. Default: none. */
  readonly guard?: DatabaseGuard;
  /** Called with sentences about the progress of a start. */
  readonly onProgress?: (text: string) => void;
  /** Default `systemClock`. */
  readonly clock?: Clock;
  /**
   * Whether a commit of the embedded database waits for the disk, so that it survives a power cut. A killed process
   * loses nothing either way. Default true; tests that create many databases use false.
   */
  readonly durable?: boolean;
  /** Connections of the pool. Default `connectionsDefault`. */
  readonly connections?: number;
}

/** Checks whether this program may use the database. Either method may throw a `DatabaseRefusal`, which ends a start. */
export interface DatabaseGuard {
  beforeMigrations(database: Kysely<Record<string, never>>): Promise<void>;
  afterMigrations(database: Kysely<Record<string, never>>): Promise<void>;
}

/** The application's database, with the same interface whether it is embedded or external. */
export interface ApplicationDatabase {
  /** Untyped; each slice declares its own tables: `kysely.withTables<{ students: StudentTable }>()`. */
  readonly kysely: Kysely<Record<string, never>>;
  /**
   * Embedded: resolves when the database is ready. External: tries once; when the server cannot be reached, resolves
   * anyway and keeps trying.
   *
   * @throws DatabaseRefusal (such as MigrationError) or DatabaseStartError, for the person who starts the application
   */
  start(): Promise<void>;
  /** Ends all connections and the embedded process. */
  stop(): Promise<void>;
  /** Restarts the embedded process, or replaces all connections. Resolves when the attempt has ended. */
  restart(reason?: string): Promise<void>;
  readonly kind: 'embedded' | 'external';
  /**
   * Copies the embedded database's data directory consistently, while it works.
   *
   * @param to absolute path of a folder that does not exist
   * @returns how long statements had to wait, in milliseconds
   * @throws TypeError for an external database; Error when the copy fails
   */
  copyFiles(to: string): Promise<number>;
  /**
   * A description of damaged data; undefined when none was found. It remains until an operator restarts the database or
   * the program: damage does not repair itself.
   */
  readonly damage: string | undefined;
  /** True when the database is reachable and migrated. */
  ready(): boolean;
  /**
   * Calls back each time the database becomes ready, and immediately when it already is. The first `start()` waits for
   * all callbacks. A failing callback is logged.
   */
  onReady(callback: () => void | Promise<void>): void;
  /** Calls back at each change of state. @returns a function that unsubscribes */
  onChange(callback: (change: StateChange) => void): () => void;
  /** Queries the database over a separate connection, for at most a second. */
  isHealthy(signal?: AbortSignal): Promise<boolean>;
  /** For the registry: reports the state and its reason, and has the controls `restart` and `reconnect`. */
  readonly service: Steerable;
}

/** A restart was requested too soon after the last one. */
export class RestartTooSoonError extends Error {
  override readonly name = 'RestartTooSoonError';
  readonly code = 'RESTART_TOO_SOON';
  /** Time until the next restart is possible, in milliseconds. */
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super(
      `The database was restarted a moment ago: wait ${Math.ceil(retryAfterMs / 1_000)} s before the next restart.`,
    );
    this.retryAfterMs = retryAfterMs;
  }
}

/** SQLSTATEs of data that has changed on the disk since it was written. */
const DATA_CORRUPTED = 'XX001';
const INDEX_CORRUPTED = 'XX002';
/** Minimum time between two requested restarts, in milliseconds. */
const COOL_DOWN_MS = 5_000;
/** `sun_path` has 104 bytes on macOS, 108 on Linux, including a final zero. */
const SOCKET_PATH_BYTES_MAX = 103;
/** Part of the socket's name, `.s.PGSQL.5432`, which clients derive from directory and port. */
export const SOCKET_PORT = 5432;

/** Creates the database's interface; nothing is opened before `start()`. */
export function openDatabase(options: DatabaseOptions): ApplicationDatabase {
  return options.url === undefined ? embedded(options) : external(options, options.url);
}

function embedded(options: DatabaseOptions): ApplicationDatabase {
  const socketDirectory = makeSocketDirectory(options.dataFolder.directory);
  const connection = { host: socketDirectory, port: SOCKET_PORT, user: 'postgres', database: 'postgres' };
  return new ManagedDatabase(options, connection, (events) => {
    const supervisor = new Supervisor({
      ...events,
      embedded: {
        directory: join(options.dataFolder.directory, 'postgres'),
        socketPath: join(socketDirectory, `.s.PGSQL.${SOCKET_PORT}`),
        durable: options.durable ?? true,
      },
    });
    return {
      kind: 'embedded',
      state: supervisor.state,
      start: () => supervisor.start(),
      stop: async () => {
        await supervisor.stop();
        rmSync(socketDirectory, { recursive: true, force: true });
      },
      restart: (reason) => supervisor.restart(reason),
      copyFiles: (to) => supervisor.copy(to),
      // The supervisor notices the end of the process.
      connectionLost: () => undefined,
      busy: () => supervisor.busy,
      facts: () => ({ pid: supervisor.pid, restarts: supervisor.restarts, lastRestartMs: supervisor.lastRestartMs }),
    };
  });
}

function external(options: DatabaseOptions, url: string): ApplicationDatabase {
  // The message omits the value, which contains a password.
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new TypeError('DATABASE_URL must begin with postgres:// or postgresql://.');
  return new ManagedDatabase(options, { connectionString: url }, (events) => {
    const server = new ExternalDatabase(events);
    return {
      kind: 'external',
      state: server.state,
      start: () => server.start(),
      stop: () => Promise.resolve(server.stop()),
      restart: (reason) => server.restart(reason),
      copyFiles: () => Promise.reject(new TypeError('Only the files of the embedded database can be copied.')),
      connectionLost: () => server.checkNow(),
      busy: () => false,
      facts: () => ({ restarts: 0 }),
    };
  });
}

/** A private directory whose path leaves room for the name of a socket. */
function makeSocketDirectory(dataDirectory: string): string {
  const preferred = join(dataDirectory, 'run');
  rmSync(preferred, { recursive: true, force: true });
  // The server appends ".n" while it opens the socket.
  if (Buffer.byteLength(join(preferred, `.s.PGSQL.${SOCKET_PORT}.n`)) > SOCKET_PATH_BYTES_MAX) {
    const elsewhere = mkdtempSync(join(tmpdir(), 'school-'));
    // Commands find the socket through this link.
    symlinkSync(elsewhere, preferred);
    return elsewhere;
  }
  mkdirSync(preferred, { recursive: true, mode: 0o700 });
  return preferred;
}

/** The part of a database that depends on its kind. */
interface Backend {
  readonly kind: 'embedded' | 'external';
  readonly state: ServiceState;
  start(): Promise<void>;
  stop(): Promise<void>;
  restart(reason: string): Promise<void>;
  copyFiles(to: string): Promise<number>;
  /** Called when the health check has lost its connection. */
  connectionLost(): void;
  /** True while connections wait for a transaction of another connection: slow, but healthy. */
  busy(): boolean;
  facts(): {
    readonly pid?: number | undefined;
    readonly restarts: number;
    readonly lastRestartMs?: number | undefined;
  };
}

interface BackendEvents {
  readonly check: () => Promise<void>;
  readonly prepare: () => Promise<void>;
  readonly onChange: (change: StateChange) => void;
  readonly onProgress: (text: string) => void;
  readonly onDamage: (description: string) => void;
  readonly clock: Clock;
}

class ManagedDatabase implements ApplicationDatabase {
  readonly kysely: Kysely<Record<string, never>>;
  readonly service: Steerable;
  readonly #options: DatabaseOptions;
  readonly #clock: Clock;
  readonly #connection: ClientConfig;
  readonly #backend: Backend;
  readonly #health: HealthCheck;
  readonly #connections: Connections;
  readonly #readyCallbacks: (() => void | Promise<void>)[] = [];
  readonly #changeCallbacks = new Set<(change: StateChange) => void>();
  #readyRound: Promise<void> = Promise.resolve();
  #damage: string | undefined;
  #restartedAt = Number.NEGATIVE_INFINITY;

  constructor(options: DatabaseOptions, connection: ClientConfig, connect: (events: BackendEvents) => Backend) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#connection = withLimits(connection);
    this.#health = new HealthCheck(this.#connection, this.#clock, () => this.#backend.connectionLost());
    this.#backend = connect({
      check: () => this.#health.check(),
      prepare: () => this.#prepare(),
      onChange: (change) => this.#changed(change),
      onProgress: (text) => options.onProgress?.(text),
      onDamage: (description) => this.#damaged(description),
      clock: this.#clock,
    });
    this.#connections = new Connections(connection, this.#clock, options.connections);
    this.kysely = new Kysely({
      dialect: new SurvivingPostgresDialect({ pool: this.#connections.pool }),
      log: (event) => {
        if (event.level === 'error') this.#detectDamage(event.error);
      },
    });
    this.service = this.#makeService();
  }

  async start(): Promise<void> {
    await this.#backend.start();
    await this.#readyRound;
  }

  async stop(): Promise<void> {
    await this.#connections.end();
    this.#health.close();
    await this.#backend.stop();
  }

  async restart(reason = 'requested'): Promise<void> {
    this.#damage = undefined;
    if (this.#backend.kind === 'external') this.#renewConnections();
    await this.#backend.restart(reason);
  }

  get kind(): 'embedded' | 'external' {
    return this.#backend.kind;
  }

  copyFiles(to: string): Promise<number> {
    return this.#backend.copyFiles(to);
  }

  get damage(): string | undefined {
    return this.#damage;
  }

  ready(): boolean {
    return this.#backend.state.state === 'up';
  }

  onReady(callback: () => void | Promise<void>): void {
    this.#readyCallbacks.push(callback);
    if (this.ready()) void this.#callBack([callback]);
  }

  onChange(callback: (change: StateChange) => void): () => void {
    this.#changeCallbacks.add(callback);
    return () => this.#changeCallbacks.delete(callback);
  }

  async isHealthy(signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted === true) return false;
    try {
      await this.#health.check();
      return true;
    } catch {
      return this.#backend.busy();
    }
  }

  async #prepare(): Promise<void> {
    const { migrationsDirectory: directory, onProgress, log, guard } = this.#options;
    if (guard !== undefined) await this.#withOwnConnection((database) => guard.beforeMigrations(database));
    const applied = await migrate({
      connection: this.#connection,
      directory,
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    if (applied.length > 0) log.info({ migrations: applied }, 'The database was migrated');
    if (guard !== undefined) await this.#withOwnConnection((database) => guard.afterMigrations(database));
  }

  /** Uses a separate connection, because the application's must not be used before the database is ready. */
  async #withOwnConnection(work: (database: Kysely<Record<string, never>>) => Promise<void>): Promise<void> {
    const connections = new Connections(this.#connection, this.#clock);
    const database = new Kysely<Record<string, never>>({
      dialect: new SurvivingPostgresDialect({ pool: connections.pool }),
    });
    try {
      await work(database);
    } finally {
      await connections.end();
    }
  }

  #changed(change: StateChange): void {
    const { log } = this.#options;
    const facts = { database: change.to, from: change.from, lastedMs: Math.round(change.lastedMs) };
    const sentence = `Database ${change.to}: ${change.reason}`;
    if (change.to === 'down') log.warn(facts, sentence);
    else log.info(facts, sentence);
    for (const callback of this.#changeCallbacks) callback(change);
    if (change.to === 'up') this.#readyRound = this.#callBack([...this.#readyCallbacks]);
  }

  async #callBack(callbacks: readonly (() => void | Promise<void>)[]): Promise<void> {
    // In the order of registration: a callback may depend on the result of an earlier one.
    for (const callback of callbacks) {
      try {
        await callback();
      } catch (error) {
        this.#options.log.error({ err: error }, 'A task that runs when the database becomes ready has failed');
      }
    }
  }

  #detectDamage(error: unknown): void {
    if (error instanceof DatabaseError && (error.code === DATA_CORRUPTED || error.code === INDEX_CORRUPTED)) {
      this.#damaged(`error ${error.code}: ${error.message}`);
    }
  }

  #damaged(description: string): void {
    if (this.#damage !== undefined) return;
    this.#damage = description;
    this.#options.log.error(
      { event: 'database.damaged', what: description },
      'The database is damaged. Stop the program and restore the last backup: see docs/backup.md',
    );
  }

  #renewConnections(): number {
    this.#health.close();
    const count = this.#connections.renew();
    // Reconnects the health check immediately: a lost connection of the health check reveals a short outage.
    this.#backend.connectionLost();
    return count;
  }

  #makeService(): Steerable {
    const backend = this.#backend;
    return {
      name: 'database',
      kind: 'service',
      report: (now) => ({
        state: backend.state.state,
        kind: backend.kind,
        sinceMs: backend.state.sinceMs(now),
        reason: backend.state.reason,
        ...backend.facts(),
        ...(this.#damage === undefined
          ? {}
          : { damage: `${this.#damage}. Restore the last backup: see docs/backup.md` }),
      }),
      controls: {
        restart: (action) => {
          const from = backend.state.state;
          this.#requireCoolDown();
          // Not awaited: the outcome is visible in the state, which is now 'restarting'.
          this.restart(action.reason ?? 'requested by an operator').catch((error: unknown) => {
            this.#options.log.error({ err: error }, 'The requested restart of the database has failed');
          });
          return { what: 'database', from, to: backend.state.state };
        },
        reconnect: () => ({ what: 'connections', from: `${this.#renewConnections()} open`, to: 'replaced on demand' }),
      },
    };
  }

  #requireCoolDown(): void {
    const leftMs = this.#restartedAt + COOL_DOWN_MS - this.#clock.now();
    if (leftMs > 0) throw new RestartTooSoonError(leftMs);
    this.#restartedAt = this.#clock.now();
  }
}
