// The process of the embedded database, started by `Supervisor`. It imports no application code and, in the sources, only
// files that need no compiler, because every import makes restarts slower.
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { ClusterCopy } from './cluster-copy.ts';
import { fsyncPath, fsyncTree } from '../fsync.ts';
import { DurableFiles } from './durable-files.ts';
import { emptyDatabase } from './empty-database.ts';
import type { FromEmbedded, ToEmbedded } from './embedded-messages.ts';
import { tryLock } from './file-lock.ts';
import { Maintenance } from './maintenance.ts';
import { checkPages } from './page-checksums.ts';
import { BUSY_PULSE_MS, WireServer } from './wire-server.ts';

/** Time to wait for a predecessor to exit, in milliseconds. */
const PREDECESSOR_LIMIT_MS = 15_000;
/** Time limit for an idle transaction, in milliseconds: all other clients wait for it. */
const IDLE_IN_TRANSACTION_MS = 5_000;
/** Time after which the process exits although it has not closed everything, in milliseconds. */
const CLOSE_LIMIT_MS = 4_000;
/** How long the supervisor tolerates missing answers after a busy message of the wire server, in milliseconds. */
const CLIENTS_BUSY_MS = 6 * BUSY_PULSE_MS;
/** Interval between rounds of maintenance, in milliseconds. */
const MAINTENANCE_MS = 5_000;
/** Interval between checks of all pages, in milliseconds. The first check is soon after a start. */
const DAMAGE_CHECK_MS = 24 * 60 * 60 * 1_000;
/** How long the supervisor tolerates missing answers during a statement of maintenance, in milliseconds. */
const MAINTENANCE_BUSY_MS = 30_000;

const options = readOptions(process.argv.slice(2));
let stopping = false;
let closeDatabase = async (): Promise<void> => undefined;
let copyDatabase = (_to: string): Promise<number> => Promise.reject(new Error('the database is not open yet'));

// Ctrl-C signals every process of the terminal. The parent decides when to stop, and sends a message.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => void stop());
process.on('message', (message: ToEmbedded) => {
  if (message.type === 'stop') void stop();
  else void copy(message.to);
});
// The parent has ended, and the database must not outlive it.
process.on('disconnect', () => void stop());

if (process.connected) {
  try {
    await run();
  } catch (error) {
    await send({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}

function readOptions([directory = '', socketPath = '', durable, start]: readonly string[]) {
  return { directory, socketPath, durable: durable === 'durable', isFirstStart: start === 'first' };
}

async function run(): Promise<void> {
  process.umask(0o077);
  await waitForPredecessor();
  if (existsSync(join(options.directory, 'PG_VERSION'))) {
    void send({ type: 'progress', step: 'opening' });
    await serve(options.directory);
  } else {
    void send({ type: 'progress', step: 'creating' });
    if (await create(options.directory)) {
      // A new process, because the engine that created the database keeps hundreds of megabytes.
      await send({ type: 'created' });
      process.exit();
    }
    void send({ type: 'progress', step: 'opening' });
    await serve(options.directory, { isFlushed: true });
  }
}

/** Locks the data directory until this process ends: only one process at a time may use it. */
async function waitForPredecessor(): Promise<void> {
  const path = `${options.directory}.lock`;
  for (let waitedMs = 0; ; waitedMs += 50) {
    if (tryLock(path) !== undefined) return;
    if (waitedMs === 0) void send({ type: 'progress', step: 'waiting' });
    if (waitedMs >= PREDECESSOR_LIMIT_MS) {
      throw new Error(`another process is still using the database in ${options.directory}; stop it and start again`);
    }
    await sleep(50);
  }
}

/**
 * Creates an empty database under a temporary name and renames it when it is complete, so that an interrupted first start
 * leaves no incomplete database. Copies the database created by the build, if any, which takes a tenth of the time.
 *
 * @returns whether an engine had to be started
 */
async function create(directory: string): Promise<boolean> {
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const template = emptyDatabase();
  const needsEngine = !existsSync(template);
  if (needsEngine) await (await openEngine(unfinished)).close();
  else cpSync(template, unfinished, { recursive: true });
  if (options.durable) fsyncTree(unfinished);
  renameSync(unfinished, directory);
  if (options.durable) fsyncPath(dirname(directory));
  return needsEngine;
}

async function serve(directory: string, { isFlushed = false } = {}): Promise<void> {
  const database = await openEngine(directory);
  const server = new WireServer({
    engine: {
      run(messages, onAnswer) {
        // Synchronous; only file systems in browsers need the promise.
        void database.execProtocolRawStream(messages, { syncToFs: false, onRawData: onAnswer });
      },
      inTransaction: () => database.isInTransaction(),
    },
    idleInTransactionMs: IDLE_IN_TRANSACTION_MS,
    onBusy: () => void send({ type: 'busy', forMs: CLIENTS_BUSY_MS }),
  });
  await warnWithoutChecksums(database);
  copyDatabase = (to) => copyCluster(database, server, directory, to);
  const maintenance = maintain(database, server, directory);
  closeDatabase = async () => {
    clearTimeout(maintenance.timer);
    await server.close();
    await database.close();
  };
  // Flushes files that may come from a backup or from a program that did not flush them. Only at the program's start:
  // later changes have been flushed.
  if (options.durable && options.isFirstStart && !isFlushed) fsyncTree(directory);
  if (stopping) return;
  await server.listen(options.socketPath);
  await send({ type: 'ready' });
}

/** @returns how long clients had to wait, in milliseconds */
async function copyCluster(database: PGlite, server: WireServer, from: string, to: string): Promise<number> {
  // Makes the checkpoint during the pause short, and few files change after they have been copied.
  await server.exclusively(() => database.exec('CHECKPOINT'));
  const copying = new ClusterCopy(from, to, Date.now());
  await copying.begin();
  return server.exclusively(async () => {
    const startedAt = performance.now();
    await database.exec('CHECKPOINT');
    const { rows } = await database.query<{ first: string }>(
      'SELECT pg_walfile_name(redo_lsn) AS first FROM pg_control_checkpoint()',
    );
    await copying.finish(rows[0]?.first ?? '');
    return performance.now() - startedAt;
  });
}

async function copy(to: string): Promise<void> {
  try {
    await send({ type: 'copied', to, pauseMs: await copyDatabase(to) });
  } catch (error) {
    await send({ type: 'copied', to, pauseMs: 0, problem: error instanceof Error ? error.message : String(error) });
  }
}

async function warnWithoutChecksums(database: PGlite): Promise<void> {
  const { rows } = await database.query<{ data_checksums: string }>('SHOW data_checksums');
  if (rows[0]?.data_checksums !== 'on') await send({ type: 'progress', step: 'without-checksums' });
}

/** Runs maintenance and damage checks regularly, one round at a time. */
function maintain(database: PGlite, server: WireServer, directory: string): { timer: NodeJS.Timeout | undefined } {
  const maintenance = new Maintenance({
    idleMs: () => server.idleMs,
    exclusively: (work) => server.exclusively(work),
    query: async (sql) => (await database.query<Record<string, unknown>>(sql)).rows,
    onBusy: () => void send({ type: 'busy', forMs: MAINTENANCE_BUSY_MS }),
  });
  const running: { timer: NodeJS.Timeout | undefined } = { timer: undefined };
  let checkedAt = Number.NEGATIVE_INFINITY;
  const checkForDamage = async (): Promise<void> => {
    if (performance.now() - checkedAt < DAMAGE_CHECK_MS) return;
    checkedAt = performance.now();
    const description = await damageOf(directory);
    if (description !== undefined) await send({ type: 'damaged', description });
  };
  const scheduleRound = (): void => {
    running.timer = setTimeout(() => {
      // Failures are retried: at worst files grow, and clients get the same error.
      void Promise.all([maintenance.round(), checkForDamage()]).then(scheduleRound, scheduleRound);
    }, MAINTENANCE_MS);
  };
  scheduleRound();
  return running;
}

/** Checks every page, some milliseconds at a time. @returns a description; undefined when all are intact */
async function damageOf(directory: string): Promise<string | undefined> {
  const steps = checkPages(directory);
  for (;;) {
    const step = steps.next();
    if (step.done !== true) {
      await new Promise((resolve) => void setImmediate(resolve));
      continue;
    }
    const { damaged } = step.value;
    const [first] = damaged;
    return first && `${damaged.length} pages do not match their checksums (first: page ${first.page} of ${first.file})`;
  }
}

async function openEngine(directory: string): Promise<PGlite> {
  // Kept to explain a failed start. Later output is dropped: it may contain personal data.
  const lastLines: string[] = [];
  try {
    // This process has locked the directory, so the file is left over. After a power cut it may be empty, and PostgreSQL
    // would refuse to start because an empty file means that another start is in progress.
    rmSync(join(directory, 'postmaster.pid'), { force: true });
    const database = new PGlite({
      extensions: { btree_gist, pg_trgm },
      initDbStartParams: ['--data-checksums'],
      ...(options.durable
        ? { fs: new DurableFiles(directory), startParams: durableParameters() }
        : { dataDir: directory }),
      onStderr: (line: string) => {
        lastLines.push(line);
        if (lastLines.length > 3) lastLines.shift();
        return false;
      },
    });
    await database.waitReady;
    return database;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the database in ${directory} cannot be opened: ${[reason, ...lastLines].join(' / ')}`, {
      cause: error,
    });
  }
}

/**
 * PGlite's start parameters, with fsync turned on (without `-F`) and used to flush the log: the other methods do nothing
 * in PGlite's C library.
 */
function durableParameters(): string[] {
  return [...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'), '-c', 'wal_sync_method=fsync'];
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(), CLOSE_LIMIT_MS).unref();
  try {
    await closeDatabase();
  } finally {
    process.exit();
  }
}

/** Resolves when the message was sent, or the parent has ended: then 'disconnect' follows. */
function send(message: FromEmbedded): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(message, () => resolve());
    else resolve();
  });
}
