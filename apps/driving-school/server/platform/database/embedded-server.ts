// The embedded database: a process of its own, started by `Supervisor`. It imports nothing of the application, and in the
// sources nothing that needs a compiler, because every restart pays for what it loads.
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import { ClusterCopy } from './cluster-copy.ts';
import { fsyncPath, fsyncTree } from '../fsync.ts';
import { DurableFiles } from './durable-files.ts';
import { emptyDatabase } from './empty-database.ts';
import type { FromEmbedded, ToEmbedded } from './embedded-messages.ts';
import { tryLock } from './file-lock.ts';
import { Maintenance } from './maintenance.ts';
import { checkPages } from './page-checksums.ts';
import { BUSY_PULSE_MS, WireServer } from './wire-server.ts';

/** How long to wait for a predecessor that is still ending, in milliseconds. */
const PREDECESSOR_LIMIT_MS = 15_000;
/** How long a client may keep its transaction open between two statements, in milliseconds; all others wait. */
const IDLE_IN_TRANSACTION_MS = 5_000;
/** How long closing may take before the process exits anyway, in milliseconds: it may be killed at any moment. */
const CLOSE_LIMIT_MS = 4_000;
/** A pulse of the wire server excuses a silence of this length, in milliseconds. */
const PULSE_EXCUSES_MS = 6 * BUSY_PULSE_MS;
/** How often maintenance is checked for, in milliseconds. */
const MAINTENANCE_MS = 5_000;
/** How often all pages are compared with their checksums, in milliseconds. The first time is soon after a start. */
const DAMAGE_CHECK_MS = 24 * 60 * 60 * 1_000;
/** A single statement of maintenance may keep the process from answering for this long, in milliseconds. */
const MAINTENANCE_EXCUSES_MS = 30_000;

const options = readOptions(process.argv.slice(2));
let stopping = false;
let closeDatabase = async (): Promise<void> => undefined;
let copyDatabase = (_to: string): Promise<number> => Promise.reject(new Error('the database is not open yet'));

// Ctrl-C reaches every process of the terminal. The parent decides what to do and sends a message.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => void stop());
process.on('message', (message: ToEmbedded) => {
  if (message.type === 'stop') void stop();
  else void copy(message.to);
});
// The parent has ended, whatever the cause: the database must not outlive it.
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
      // Creating took a second engine inside this process, and its hundreds of megabytes would stay.
      await send({ type: 'created' });
      process.exit();
    }
    void send({ type: 'progress', step: 'opening' });
    await serve(options.directory, { isFlushed: true });
  }
}

/** Only one process at a time may have the data directory open. The lock is held until this process ends. */
async function waitForPredecessor(): Promise<void> {
  const path = `${options.directory}.lock`;
  for (let waitedMs = 0; ; waitedMs += 50) {
    if (tryLock(path) !== undefined) return;
    if (waitedMs === 0) void send({ type: 'progress', step: 'waiting' });
    if (waitedMs >= PREDECESSOR_LIMIT_MS) {
      throw new Error(`another process still uses the database in ${options.directory}; end it and start again`);
    }
    await sleep(50);
  }
}

/**
 * Creates an empty database under another name and renames it when it is complete, so that a first start that is
 * interrupted leaves nothing half done. Copies the one that the build made, if any, in a tenth of the time.
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
        // Synchronous; the promise is only for file systems in browsers.
        void database.execProtocolRawStream(messages, { syncToFs: false, onRawData: onAnswer });
      },
      inTransaction: () => database.isInTransaction(),
    },
    idleInTransactionMs: IDLE_IN_TRANSACTION_MS,
    onBusy: () => void send({ type: 'busy', forMs: PULSE_EXCUSES_MS }),
  });
  await warnWithoutChecksums(database);
  copyDatabase = (to) => copyCluster(database, server, directory, to);
  const maintenance = maintain(database, server, directory);
  closeDatabase = async () => {
    clearTimeout(maintenance.timer);
    await server.close();
    await database.close();
  };
  // The files may come from a backup, or from a program that did not flush them. After a restart of this process they
  // have been flushed, and so has everything written since.
  if (options.durable && options.isFirstStart && !isFlushed) fsyncTree(directory);
  if (stopping) return;
  await server.listen(options.socketPath);
  await send({ type: 'ready' });
}

/** @returns how long clients had to wait, in milliseconds */
async function copyCluster(database: PGlite, server: WireServer, from: string, to: string): Promise<number> {
  // Leaves the checkpoint during the pause little to write, and few files change after they were copied.
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

/** Runs maintenance regularly while the process lives, one round at a time. */
function maintain(database: PGlite, server: WireServer, directory: string): { timer: NodeJS.Timeout | undefined } {
  const maintenance = new Maintenance({
    idleMs: () => server.idleMs,
    exclusively: (work) => server.exclusively(work),
    query: async (sql) => (await database.query<Record<string, unknown>>(sql)).rows,
    onBusy: () => void send({ type: 'busy', forMs: MAINTENANCE_EXCUSES_MS }),
  });
  const running: { timer: NodeJS.Timeout | undefined } = { timer: undefined };
  let checkedAt = Number.NEGATIVE_INFINITY;
  const checkForDamage = async (): Promise<void> => {
    if (performance.now() - checkedAt < DAMAGE_CHECK_MS) return;
    checkedAt = performance.now();
    const what = await damageOf(directory);
    if (what !== undefined) await send({ type: 'damaged', what });
  };
  const again = (): void => {
    running.timer = setTimeout(() => {
      // A failure is retried: at worst files grow, and clients get the same error themselves.
      void Promise.all([maintenance.round(), checkForDamage()]).then(again, again);
    }, MAINTENANCE_MS);
  };
  again();
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
    return (
      first && `${damaged.length} pages do not match their checksums, the first is page ${first.page} of ${first.file}`
    );
  }
}

async function openEngine(directory: string): Promise<PGlite> {
  // Kept only to explain a failed start. Later output may contain personal data and is dropped.
  const lastLines: string[] = [];
  try {
    // This process holds the lock of the directory, so the file's writer has ended. After a power cut it may be empty,
    // which PostgreSQL takes for another start in progress and refuses.
    rmSync(join(directory, 'postmaster.pid'), { force: true });
    const database = new PGlite({
      extensions: { btree_gist },
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
    throw new Error(`the database in ${directory} does not open: ${[reason, ...lastLines].join(' / ')}`, {
      cause: error,
    });
  }
}

/**
 * PGlite starts PostgreSQL with fsync off (`-F`). This removes that option and flushes the log with fsync: the other
 * methods do nothing in PGlite's C library.
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

/** Resolves when the parent has the message, or has ended: then 'disconnect' follows. */
function send(message: FromEmbedded): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(message, () => resolve());
    else resolve();
  });
}
