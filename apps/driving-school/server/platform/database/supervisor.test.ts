import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type Clock, systemClock } from 'dualbrake';
import { sql } from 'kysely';
import { pino, type Logger } from 'pino';
import { type ApplicationDatabase, openDatabase, RestartTooSoonError } from './database.ts';
import { startEmbedded, testDatabase } from './testing/test-database.ts';
import { isAlive } from './testing/is-alive.ts';
import { until } from './testing/until.ts';

const migrations = mkdtempSync(join(tmpdir(), 'migrations-'));
writeFileSync(join(migrations, '0001-writes.sql'), 'CREATE TABLE writes (id integer PRIMARY KEY);');
const rejections: unknown[] = [];
process.on('unhandledRejection', (error) => rejections.push(error));
after(() => {
  rmSync(migrations, { recursive: true, force: true });
  assert.deepEqual(rejections, []);
});

// The tests mostly wait, so they run concurrently.
describe('the supervisor', { concurrency: 3 }, () => {
  test('killed during writes: down, restarting, up, and every acknowledged row exists once', async () => {
    const states: string[] = [];
    const log = watching(({ database: to }) => void (to !== undefined && states.push(to)));
    await using database = await testDatabase({ migrationsDirectory: migrations, log });
    const acknowledged: number[] = [];
    const unknown: number[] = [];
    let next = 0;
    const stop = new AbortController();
    const writer = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const id = (next += 1);
        try {
          await sql`INSERT INTO writes VALUES (${id})`.execute(database.kysely);
          acknowledged.push(id);
        } catch {
          unknown.push(id);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
    };
    const writers = Array.from({ length: 8 }, writer);
    try {
      for (let kill = 1; kill <= 3; kill += 1) {
        const enough = acknowledged.length + 100;
        await until('100 more writes are acknowledged', () => acknowledged.length >= enough);
        database.kill();
        await until('it is up again', () => database.ready() && report(database)['restarts'] === kill);
      }
    } finally {
      // Even after a failed wait: running writers would keep the process alive.
      stop.abort();
      await Promise.all(writers);
    }

    const { rows } = await sql<{ id: number }>`SELECT id FROM writes`.execute(database.kysely);
    const found = new Set(rows.map((row) => row.id));
    assert.deepEqual(
      acknowledged.filter((id) => !found.has(id)),
      [],
    );
    const possible = new Set([...acknowledged, ...unknown]);
    assert.deepEqual(
      [...found].filter((id) => !possible.has(id)),
      [],
    );
    const cycle = ['down', 'restarting', 'up'];
    assert.deepEqual(states, ['starting', 'up', ...cycle, ...cycle, ...cycle]);
  });

  test('a process that does not answer is killed and replaced', async () => {
    await using database = await testDatabase({ migrationsDirectory: migrations });
    const pid = pidOf(database);
    process.kill(pid, 'SIGSTOP');
    await until('it is down', () => report(database)['state'] !== 'up');
    assert.equal(report(database)['reason'], 'it did not answer 3 health checks in a row');
    await until('it is up again', () => database.ready());
    assert.notEqual(pidOf(database), pid);
    assert.equal(isAlive(pid), false);
  });

  test('a process with a transaction that blocks all others is not killed', async () => {
    await using database = await testDatabase({ migrationsDirectory: migrations });
    const pid = pidOf(database);
    await database.kysely.transaction().execute(async (transaction) => {
      await sql`SELECT 1`.execute(transaction);
      for (let second = 0; second < 5; second += 1) {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        await sql`SELECT 1`.execute(transaction);
      }
    });
    assert.equal(pidOf(database), pid);
    assert.equal(database.ready(), true);
  });

  test('the process ignores Ctrl-C and a closed terminal, which the parent handles', async () => {
    await using database = await testDatabase({ migrationsDirectory: migrations });
    const pid = pidOf(database);
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGHUP');
    for (let query = 0; query < 20; query += 1) await sql`SELECT 1`.execute(database.kysely);
    assert.equal(pidOf(database), pid);
  });

  test('a stop ends the process, removes the socket and keeps the data', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'stop-'));
    await using first = await testDatabase({ migrationsDirectory: migrations, dataDirectory });
    const pid = pidOf(first);
    await sql`INSERT INTO writes VALUES (1)`.execute(first.kysely);
    await first.stop();
    await first.stop();
    assert.equal(isAlive(pid), false);
    assert.equal(existsSync(join(dataDirectory, 'run')), false);
    assert.equal(report(first)['state'], 'stopped');

    await using second = await testDatabase({ migrationsDirectory: migrations, dataDirectory });
    const { rows } = await sql`SELECT id FROM writes`.execute(second.kysely);
    assert.deepEqual(rows, [{ id: 1 }]);
    await second.stop();
    rmSync(dataDirectory, { recursive: true });
  });

  test('a requested restart is reported; a second one right after it is refused', async () => {
    await using database = await testDatabase({ migrationsDirectory: migrations });
    const pid = pidOf(database);
    const restart = database.service.controls?.['restart'];
    const action = { now: 0, trigger: 'operator', reason: 'it feels slow' } as const;

    assert.deepEqual(restart?.(action), { what: 'database', from: 'up', to: 'restarting' });
    assert.throws(() => restart?.(action), RestartTooSoonError);
    assert.equal(report(database)['reason'], 'it feels slow');

    await until('it is up again', () => database.ready());
    assert.notEqual(pidOf(database), pid);
    assert.equal(report(database)['restarts'], 1);
    await sql`SELECT 1`.execute(database.kysely);
  });

  test('restart() resolves when the database is up again', async () => {
    await using database = await testDatabase({ migrationsDirectory: migrations });
    await database.restart('for the test');
    assert.equal(database.ready(), true);
    await sql`SELECT 1`.execute(database.kysely);
  });

  test('delays grow while the process keeps failing; it comes up when the cause is fixed', async () => {
    const pausesMs: number[] = [];
    const log = watching(({ from, database: to, lastedMs }) => {
      if (from === 'down' && to === 'restarting') pausesMs.push(lastedMs ?? Number.NaN);
    });
    await using database = await testDatabase({ migrationsDirectory: migrations, log });
    const version = join(database.dataDirectory, 'postgres', 'PG_VERSION');
    const right = readFileSync(version);
    writeFileSync(version, '9\n');
    database.kill();
    await until('it has been started again four times', () => pausesMs.length === 4);
    const [first = 1_000, second = 0, third = 0, fourth = 0] = pausesMs;
    // Minimum delays only: the actual ones depend on the machine.
    assert.ok(first < second && second >= 250 && third >= 500 && fourth >= 1_000, pausesMs.join(' '));
    assert.match(String(report(database)['reason']), /cannot be opened/);

    writeFileSync(version, right);
    await until('it is up again', () => database.ready());
  });

  test('when the process is killed repeatedly during its restart, the delay is at most a second', async () => {
    const delays: number[] = [];
    const clock: Clock = {
      now: () => systemClock.now(),
      after: (delayMs, callback, options) => {
        delays.push(delayMs);
        return systemClock.after(delayMs, callback, options);
      },
    };
    await using database = await testDatabase({ migrationsDirectory: migrations, clock });
    delays.length = 0;
    for (let kill = 1; kill <= 6; kill += 1) {
      const pid = await until('there is a process', () => report(database)['pid'] as number | undefined);
      process.kill(pid, 'SIGKILL');
      await until('that process has ended', () => report(database)['pid'] !== pid);
    }
    await until('it is up again', () => database.ready(), { limitMs: 60_000 });
    // The limit of a start is two minutes, which is not a delay.
    assert.deepEqual(
      delays.filter((delayMs) => delayMs > 1_000 && delayMs < 120_000),
      [],
    );
  });

  test('a start that keeps failing is abandoned with its reason, and leaves no process', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'broken-'));
    mkdirSync(join(dataDirectory, 'postgres'));
    writeFileSync(join(dataDirectory, 'postgres', 'PG_VERSION'), '9\n');
    await using database = await startEmbedded({ dataDirectory, migrationsDirectory: migrations });
    await assert.rejects(database.start(), {
      code: 'DATABASE_START',
      message: /^The database did not start in 3 attempts: .* cannot be opened: /,
    });
    assert.equal(report(database)['pid'], undefined);
    await database.stop();
    rmSync(dataDirectory, { recursive: true });
  });

  test('a refused migration ends the start with its message, and leaves no process', async () => {
    const gap = mkdtempSync(join(tmpdir(), 'gap-'));
    writeFileSync(join(gap, '0002-second.sql'), 'SELECT 1;');
    await using database = await startEmbedded({ migrationsDirectory: gap });
    await assert.rejects(database.start(), { code: 'MIGRATION_REFUSED', message: /^Migration 0001 is missing/ });
    assert.equal(report(database)['pid'], undefined);
    rmSync(gap, { recursive: true });
  });

  test('when the parent is killed, the database process ends, and the next start has the data', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'orphan-'));
    // Creates the directory for the parent below.
    await using first = await testDatabase({ migrationsDirectory: migrations, dataDirectory });
    await first.stop();
    const parent = await parentProcess(dataDirectory);
    assert.equal(isAlive(parent.databasePid), true);

    parent.kill();
    // The new process waits for the old one, which may still be running.
    await using second = await testDatabase({ migrationsDirectory: migrations, dataDirectory });
    const { rows } = await sql`SELECT id FROM writes`.execute(second.kysely);
    assert.deepEqual(rows, [{ id: 42 }]);
    assert.equal(isAlive(parent.databasePid), false);
    await second.stop();
    rmSync(dataDirectory, { recursive: true });
  });

  test('an interrupted first start is repeated', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'cut-'));
    const steps: string[] = [];
    const database = openDatabase({
      dataFolder: { directory: dataDirectory },
      migrationsDirectory: migrations,
      log: pino({ level: 'silent' }),
      onProgress: (text) => steps.push(text),
    });
    const started = database.start();
    await until('the first files are there', () => readdirSync(dataDirectory).includes('postgres.unfinished'));
    process.kill(pidOf(database), 'SIGKILL');
    await started;
    assert.equal(database.ready(), true);
    assert.equal(steps.filter((step) => step.startsWith('First start')).length, 2);
    assert.equal(existsSync(join(dataDirectory, 'postgres.unfinished')), false);
    await database.stop();
    rmSync(dataDirectory, { recursive: true });
  });
});

/** Starts a process that opens the database, writes a row and then waits to be killed. */
async function parentProcess(dataDirectory: string): Promise<{ databasePid: number; kill(): void }> {
  const script = join(dataDirectory, 'parent.ts');
  writeFileSync(
    script,
    `import { openDatabase } from ${JSON.stringify(new URL('./database.ts', import.meta.url).href)};
     import { pino } from ${JSON.stringify(import.meta.resolve('pino'))};
     import { sql } from ${JSON.stringify(import.meta.resolve('kysely'))};
     const database = openDatabase({
       dataFolder: { directory: ${JSON.stringify(dataDirectory)} },
       migrationsDirectory: ${JSON.stringify(migrations)},
       log: pino({ level: 'silent' }),
     });
     database.start()
       .then(() => sql\`INSERT INTO writes VALUES (42)\`.execute(database.kysely))
       .then(() => process.send(database.service.report(0).pid));`,
  );
  const child = fork(script, { execArgv: ['--conditions=source', '--import', import.meta.resolve('tsx')] });
  const databasePid = await new Promise<number>((resolve, reject) => {
    child.once('message', (pid: number) => resolve(pid));
    child.once('exit', (code) => reject(new Error(`The parent ended with code ${String(code)}.`)));
  });
  return { databasePid, kill: () => void child.kill('SIGKILL') };
}

interface StateLine {
  readonly database?: string;
  readonly from?: string;
  readonly lastedMs?: number;
}

function watching(onChange: (line: StateLine) => void): Logger {
  return pino({}, { write: (text: string) => onChange(JSON.parse(text)) });
}

function report(database: ApplicationDatabase): Readonly<Record<string, unknown>> {
  return database.service.report?.(performance.now()) ?? {};
}

function pidOf(database: ApplicationDatabase): number {
  const { pid } = report(database);
  assert.ok(typeof pid === 'number');
  return pid;
}
