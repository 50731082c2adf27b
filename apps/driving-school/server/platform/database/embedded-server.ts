// The embedded database: a process of its own, started by `Supervisor` with plain Node. It imports nothing of the
// application and nothing that must be compiled, because every restart pays for what it loads.
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

/** How long to wait for a predecessor that is still dying, in milliseconds. */
const PREDECESSOR_LIMIT_MS = 15_000;
/** How long a client may keep its transaction open between two statements, in milliseconds; everybody else waits. */
const IDLE_IN_TRANSACTION_MS = 5_000;
/** How long closing may take before the process just ends: a kill at any moment is safe, an eternal process is not. */
const CLOSE_LIMIT_MS = 4_000;
/** A pulse of the wire server excuses a silence of this length, in milliseconds. */
const PULSE_EXCUSES_MS = 6 * BUSY_PULSE_MS;
/** How often maintenance is considered, in milliseconds. */
const MAINTENANCE_MS = 5_000;
/** How often all pages are compared with their checksums, in milliseconds: soon after a start, and every day. */
const DAMAGE_CHECK_MS = 24 * 60 * 60 * 1_000;
/** A single statement of maintenance may keep the process from answering for this long, in milliseconds. */
const MAINTENANCE_EXCUSES_MS = 30_000;

const options = readOptions(process.argv.slice(2));
let stopping = false;
let closeDatabase = async (): Promise<void> => undefined;
let copyDatabase = (_to: string): Promise<number> => Promise.reject(new Error('the database is not open yet'));

// Ctrl-C reaches every process of the terminal. The parent decides what it means, and tells us.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => void stop());
process.on('message', (order: ToEmbedded) => {
  if (order.type === 'stop') void stop();
  else void copy(order.to);
});
// The parent is gone, by whatever cause: a database without its application must not stay behind.
process.on('disconnect', () => void stop());

if (process.connected) {
  try {
    await run();
  } catch (error) {
    await tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
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
    void tell({ type: 'progress', step: 'opening' });
    await serve(options.directory);
  } else {
    void tell({ type: 'progress', step: 'creating' });
    if (await create(options.directory)) {
      // Creating took a second engine inside this process, and its hundreds of megabytes would stay.
      await tell({ type: 'created' });
      process.exit();
    }
    void tell({ type: 'progress', step: 'opening' });
    await serve(options.directory, { isFlushed: true });
  }
}

/** Only one process at a time may have the data directory open. The lock is held until this process ends. */
async function waitForPredecessor(): Promise<void> {
  const path = `${options.directory}.lock`;
  for (let waitedMs = 0; ; waitedMs += 50) {
    if (tryLock(path) !== undefined) return;
    if (waitedMs === 0) void tell({ type: 'progress', step: 'waiting' });
    if (waitedMs >= PREDECESSOR_LIMIT_MS) {
      throw new Error(`another process still uses the database in ${options.directory}; end it and start again`);
    }
    await sleep(50);
  }
}

/**
 * Creates an empty database under another name and renames it when it is complete, so that a first start that is
 * interrupted leaves nothing half done. Copies the one that the build made, if there is one: that takes a tenth of the time.
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
        // Does its work before it returns; the promise is only for file systems in browsers.
        void database.execProtocolRawStream(messages, { syncToFs: false, onRawData: onAnswer });
      },
      inTransaction: () => database.isInTransaction(),
    },
    idleInTransactionMs: IDLE_IN_TRANSACTION_MS,
    onBusy: () => void tell({ type: 'busy', forMs: PULSE_EXCUSES_MS }),
  });
  await warnWithoutChecksums(database);
  copyDatabase = (to) => copyCluster(database, server, directory, to);
  const maintenance = maintain(database, server, directory);
  closeDatabase = async () => {
    clearTimeout(maintenance.timer);
    await server.close();
    await database.close();
  };
  // Files may have come here in another way, such as from a backup, or from a program that did not flush them. After a
  // restart that has been done, and what has been written since was flushed.
  if (options.durable && options.isFirstStart && !isFlushed) fsyncTree(directory);
  if (stopping) return;
  await server.listen(options.socketPath);
  await tell({ type: 'ready' });
}

/** @returns for how long nobody else had the turn, in milliseconds */
async function copyCluster(database: PGlite, server: WireServer, from: string, to: string): Promise<number> {
  // So that the checkpoint during the pause finds little to write, and few files change after they were copied.
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
    await tell({ type: 'copied', to, pauseMs: await copyDatabase(to) });
  } catch (error) {
    await tell({ type: 'copied', to, pauseMs: 0, problem: error instanceof Error ? error.message : String(error) });
  }
}

async function warnWithoutChecksums(database: PGlite): Promise<void> {
  const { rows } = await database.query<{ data_checksums: string }>('SHOW data_checksums');
  if (rows[0]?.data_checksums !== 'on') await tell({ type: 'progress', step: 'without-checksums' });
}

/** Maintenance now and then, as long as the process lives. Never two rounds at once. */
function maintain(database: PGlite, server: WireServer, directory: string): { timer: NodeJS.Timeout | undefined } {
  const maintenance = new Maintenance({
    idleMs: () => server.idleMs,
    exclusively: (work) => server.exclusively(work),
    query: async (sql) => (await database.query<Record<string, unknown>>(sql)).rows,
    onBusy: () => void tell({ type: 'busy', forMs: MAINTENANCE_EXCUSES_MS }),
  });
  const running: { timer: NodeJS.Timeout | undefined } = { timer: undefined };
  let lookedAt = Number.NEGATIVE_INFINITY;
  const lookForDamage = async (): Promise<void> => {
    if (performance.now() - lookedAt < DAMAGE_CHECK_MS) return;
    lookedAt = performance.now();
    const what = await damageOf(directory);
    if (what !== undefined) await tell({ type: 'damaged', what });
  };
  const again = (): void => {
    running.timer = setTimeout(() => {
      // What fails now is tried again: at worst files grow, and clients are told of the same error themselves.
      void Promise.all([maintenance.round(), lookForDamage()]).then(again, again);
    }, MAINTENANCE_MS);
  };
  again();
  return running;
}

/** Looks at every page, in pieces of some milliseconds. @returns nothing when all are sound */
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
  // Kept only to explain a failed start. What it says later may hold personal data and goes nowhere.
  const lastWords: string[] = [];
  try {
    // We hold the lock of the directory, so whoever wrote this is gone. After a power cut it may be empty, which
    // PostgreSQL takes for somebody else's start and refuses.
    rmSync(join(directory, 'postmaster.pid'), { force: true });
    const database = new PGlite({
      extensions: { btree_gist },
      initDbStartParams: ['--data-checksums'],
      ...(options.durable
        ? { fs: new DurableFiles(directory), startParams: durableParameters() }
        : { dataDir: directory }),
      onStderr: (line: string) => {
        lastWords.push(line);
        if (lastWords.length > 3) lastWords.shift();
        return false;
      },
    });
    await database.waitReady;
    return database;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the database in ${directory} does not open: ${[reason, ...lastWords].join(' / ')}`, {
      cause: error,
    });
  }
}

/**
 * PGlite starts PostgreSQL with fsync off (`-F`). We take that back, and have the log flushed by fsync: the other
 * methods do nothing in its C library.
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

/** Resolves when the parent has it, or is gone: then 'disconnect' says so. */
function tell(news: FromEmbedded): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(news, () => resolve());
    else resolve();
  });
}
